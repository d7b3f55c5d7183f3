//! Writes the tree as text: two spaces a level, objects and arrays over several lines, parentheses where precedence asks.

use super::quote::{self, escape};
use super::tree::{Code, Key, Part};

/// Tightest level: what can be followed by `.name`.
const PRIMARY: u8 = 10;
const UNARY: u8 = 9;
const COALESCE: u8 = 2;
const TERNARY: u8 = 1;
const LAMBDA: u8 = 0;

/// The text of `code`, whose first line stands `indent` levels deep.
pub fn print(code: &Code, indent: usize) -> String {
    let mut printer = Printer {
        out: String::new(),
        indent,
        inline: false,
    };
    printer.write(code);
    printer.out
}

/// The text of `code` on one line.
pub fn print_inline(code: &Code) -> String {
    let mut printer = Printer {
        out: String::new(),
        indent: 0,
        inline: true,
    };
    printer.write(code);
    printer.out
}

struct Printer {
    out: String,
    indent: usize,
    /// Inside an interpolation everything stays on one line.
    inline: bool,
}

impl Printer {
    fn write(&mut self, code: &Code) {
        match code {
            Code::Name(name) => self.push(name),
            Code::Text(parts) => self.text(parts),
            Code::Integer(number) => self.push(&number.to_string()),
            Code::Bool(value) => self.push(if *value { "true" } else { "false" }),
            Code::Null => self.push("null"),
            Code::Array(items) => self.array(items),
            Code::Object(entries) => self.object(entries),
            Code::Call { function, arguments } => {
                self.push(function);
                self.arguments(arguments);
            }
            Code::Method { of, name, arguments } => {
                self.at_least(of, PRIMARY);
                self.push(".");
                self.push(name);
                self.arguments(arguments);
            }
            Code::Property { of, name, safe } => {
                self.at_least(of, PRIMARY);
                self.push(if *safe { ".?" } else { "." });
                self.push(name);
            }
            Code::Index { of, index, safe } => {
                self.at_least(of, PRIMARY);
                self.push(if *safe { "[?" } else { "[" });
                self.write(index);
                self.push("]");
            }
            Code::Not(value) => {
                self.push("!");
                self.at_least(value, PRIMARY);
            }
            Code::Binary {
                operator,
                left,
                right,
            } => {
                self.at_least(left, operator.level());
                self.push(&format!(" {} ", operator.sign()));
                self.at_least(right, operator.level() + 1);
            }
            Code::Ternary { condition, yes, no } => {
                // Bicep would not need parentheses around `??` here; readers of Bicep do.
                self.at_least(condition, COALESCE + 1);
                self.push(" ? ");
                self.at_least(yes, COALESCE + 1);
                self.push(" : ");
                if matches!(**no, Code::Ternary { .. }) {
                    self.write(no);
                } else {
                    self.at_least(no, COALESCE + 1);
                }
            }
            Code::Lambda { parameters, body } => {
                match parameters.as_slice() {
                    [one] => self.push(one),
                    several => self.push(&format!("({})", several.join(", "))),
                }
                self.push(" => ");
                self.write(body);
            }
            Code::For {
                variables,
                over,
                body,
            } => {
                self.push(&format!("[for {variables} in "));
                self.at_least(over, PRIMARY);
                self.push(": ");
                self.write(body);
                self.push("]");
            }
            Code::If { condition, body } => {
                self.push("if (");
                self.write(condition);
                self.push(") ");
                self.write(body);
            }
            Code::Group(inner) => self.parenthesised(inner),
        }
    }

    fn at_least(&mut self, code: &Code, wanted: u8) {
        if level(code) >= wanted {
            self.write(code);
        } else {
            self.parenthesised(code);
        }
    }

    fn parenthesised(&mut self, code: &Code) {
        self.push("(");
        self.write(code);
        self.push(")");
    }

    fn arguments(&mut self, arguments: &[Code]) {
        self.push("(");
        self.separated(arguments);
        self.push(")");
    }

    fn separated(&mut self, items: &[Code]) {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            self.write(item);
        }
    }

    fn text(&mut self, parts: &[Part]) {
        if let [Part::Text(text)] = parts
            && !self.inline
            && quote::suits_block(text)
        {
            return self.push(&format!("'''\n{text}'''"));
        }
        self.push("'");
        for part in parts {
            match part {
                Part::Text(text) => escape(text, true, &mut self.out),
                Part::Code(code) => self.interpolation(code),
            }
        }
        self.push("'");
    }

    fn interpolation(&mut self, code: &Code) {
        let outside = std::mem::replace(&mut self.inline, true);
        self.push("${");
        self.write(code);
        self.push("}");
        self.inline = outside;
    }

    /// Items that open with a sign which could continue the line before share a line, separated by commas.
    fn array(&mut self, items: &[Code]) {
        let continues = |item: &Code| print_inline(item).starts_with(['[', '(', '-', '?', '.']);
        if items.is_empty() || self.inline || items.iter().skip(1).any(continues) {
            self.push("[");
            self.separated(items);
            return self.push("]");
        }
        self.push("[");
        self.indent += 1;
        for item in items {
            self.line();
            self.write(item);
        }
        self.indent -= 1;
        self.line();
        self.push("]");
    }

    fn object(&mut self, entries: &[(Key, Code)]) {
        if entries.is_empty() {
            return self.push("{}");
        }
        self.push("{");
        self.indent += 1;
        for (position, (key, value)) in entries.iter().enumerate() {
            match (self.inline, position) {
                (false, _) => self.line(),
                (true, 0) => self.push(" "),
                (true, _) => self.push(", "),
            }
            self.key(key);
            self.push(": ");
            self.write(value);
        }
        self.indent -= 1;
        if self.inline {
            self.push(" ");
        } else {
            self.line();
        }
        self.push("}");
    }

    fn key(&mut self, key: &Key) {
        match key {
            Key::Text(text) => self.push(&quote::key(text)),
            Key::Code(parts) => {
                let outside = std::mem::replace(&mut self.inline, true);
                self.text(parts);
                self.inline = outside;
            }
        }
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.indent));
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }
}

fn level(code: &Code) -> u8 {
    match code {
        Code::Binary { operator, .. } => operator.level(),
        Code::Ternary { .. } => TERNARY,
        Code::Lambda { .. } | Code::If { .. } => LAMBDA,
        Code::Not(_) => UNARY,
        Code::Integer(number) if *number < 0 => UNARY,
        _ => PRIMARY,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::Operator::{Add, And, Multiply, Or, Subtract};
    use super::*;

    fn name(name: &str) -> Code {
        Code::name(name)
    }

    #[test]
    fn adds_parentheses_only_where_precedence_asks() {
        let sum = Code::binary(Add, name("a"), name("b"));
        let product = Code::binary(Multiply, sum.clone(), name("c"));
        assert_eq!(print(&product, 0), "(a + b) * c");
        let right = Code::binary(Subtract, name("a"), sum);
        assert_eq!(print(&right, 0), "a - (a + b)");
        let either = Code::binary(Or, Code::binary(And, name("a"), name("b")), name("c"));
        assert_eq!(print(&Code::Not(Box::new(either)), 0), "!(a && b || c)");
        let safe = Code::Property {
            of: Box::new(name("a")),
            name: "b".into(),
            safe: true,
        };
        assert_eq!(print(&safe.property("c"), 0), "(a.?b).c");
    }

    #[test]
    fn keeps_an_interpolation_on_one_line() {
        let object = Code::Object(vec![(Key::Text("a".into()), Code::Integer(1))]);
        let text = Code::Text(vec![
            Part::Text("x".into()),
            Part::Code(Code::call("string", vec![object.clone()])),
        ]);
        assert_eq!(print(&text, 0), "'x${string({ a: 1 })}'");
        assert_eq!(print(&Code::Array(vec![object]), 0), "[\n  {\n    a: 1\n  }\n]");
    }

    #[test]
    fn writes_several_lines_of_text_as_a_block() {
        assert_eq!(print(&Code::text("a\nb's\n"), 2), "'''\na\nb's\n'''");
        assert_eq!(print(&Code::text("a\nb"), 0), r"'a\nb'");
    }
}
