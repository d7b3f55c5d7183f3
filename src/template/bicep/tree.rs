//! Bicep as a tree: what the emitter builds and the printer writes.
//!
//! Parentheses are not part of the tree; the printer adds what precedence asks for.

/// A Bicep expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Code {
    Name(String),
    /// A string; a part that is code is interpolated.
    Text(Vec<Part>),
    Integer(i64),
    Bool(bool),
    Null,
    Array(Vec<Code>),
    Object(Vec<(Key, Code)>),
    /// `function(arguments)`; the function may carry a namespace: `az.resourceGroup`.
    Call {
        function: String,
        arguments: Vec<Code>,
    },
    /// `of.name(arguments)`.
    Method {
        of: Box<Code>,
        name: String,
        arguments: Vec<Code>,
    },
    Property {
        of: Box<Code>,
        name: String,
        safe: bool,
    },
    Index {
        of: Box<Code>,
        index: Box<Code>,
        safe: bool,
    },
    Not(Box<Code>),
    Binary {
        operator: Operator,
        left: Box<Code>,
        right: Box<Code>,
    },
    Ternary {
        condition: Box<Code>,
        yes: Box<Code>,
        no: Box<Code>,
    },
    Lambda {
        parameters: Vec<String>,
        body: Box<Code>,
    },
    /// `[for variables in over: body]`.
    For {
        variables: String,
        over: Box<Code>,
        body: Box<Code>,
    },
    /// `if (condition) body`, which only a resource or a module takes.
    If {
        condition: Box<Code>,
        body: Box<Code>,
    },
    /// Parentheses that mean something: they end a chain of `.?`.
    Group(Box<Code>),
}

/// One stretch of a string.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Text(String),
    Code(Code),
}

/// The key of a property: fixed text, or a string with interpolation.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    Text(String),
    Code(Vec<Part>),
}

/// A binary operator; [`Operator::level`] binds tighter the higher it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Coalesce,
    Or,
    And,
    Equals,
    NotEquals,
    EqualsIgnoringCase,
    NotEqualsIgnoringCase,
    Less,
    LessOrEquals,
    Greater,
    GreaterOrEquals,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operator {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Coalesce => "??",
            Self::Or => "||",
            Self::And => "&&",
            Self::Equals => "==",
            Self::NotEquals => "!=",
            Self::EqualsIgnoringCase => "=~",
            Self::NotEqualsIgnoringCase => "!~",
            Self::Less => "<",
            Self::LessOrEquals => "<=",
            Self::Greater => ">",
            Self::GreaterOrEquals => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }

    /// Source: Bicep documentation, operator precedence and associativity.
    pub fn level(self) -> u8 {
        match self {
            Self::Coalesce => 2,
            Self::Or => 3,
            Self::And => 4,
            Self::Equals | Self::NotEquals | Self::EqualsIgnoringCase | Self::NotEqualsIgnoringCase => 5,
            Self::Less | Self::LessOrEquals | Self::Greater | Self::GreaterOrEquals => 6,
            Self::Add | Self::Subtract => 7,
            Self::Multiply | Self::Divide | Self::Modulo => 8,
        }
    }
}

impl Code {
    pub fn name(name: impl Into<String>) -> Self {
        Self::Name(name.into())
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(vec![Part::Text(text.into())])
    }

    pub fn call(function: impl Into<String>, arguments: Vec<Code>) -> Self {
        Self::Call {
            function: function.into(),
            arguments,
        }
    }

    pub fn binary(operator: Operator, left: Code, right: Code) -> Self {
        Self::Binary {
            operator,
            left: Box::new(left),
            right: Box::new(right),
        }
    }

    /// `self.name`, outside any chain of `.?` that `self` may be.
    pub fn property(self, name: impl Into<String>) -> Self {
        Self::Property {
            of: Box::new(self.grouped()),
            name: name.into(),
            safe: false,
        }
    }

    /// `self[index]`, outside any chain of `.?` that `self` may be.
    pub fn index(self, index: Code) -> Self {
        Self::Index {
            of: Box::new(self.grouped()),
            index: Box::new(index),
            safe: false,
        }
    }

    /// The fixed text, if nothing is interpolated.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(parts) => match parts.as_slice() {
                [] => Some(""),
                [Part::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn grouped(self) -> Self {
        if self.is_safe_chain() {
            Self::Group(Box::new(self))
        } else {
            self
        }
    }

    fn is_safe_chain(&self) -> bool {
        match self {
            Self::Property { of, safe, .. } | Self::Index { of, safe, .. } => *safe || of.is_safe_chain(),
            _ => false,
        }
    }
}

/// Adds `part` to a string, joining neighbouring text and dissolving a string inside a string.
pub fn push_part(parts: &mut Vec<Part>, part: Part) {
    match part {
        Part::Code(Code::Text(inner)) => inner.into_iter().for_each(|part| push_part(parts, part)),
        Part::Text(text) => match parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(&text),
            _ => parts.push(Part::Text(text)),
        },
        Part::Code(Code::Integer(number)) => push_part(parts, Part::Text(number.to_string())),
        code @ Part::Code(_) => parts.push(code),
    }
}

/// A string of the values in order.
pub fn joined(values: Vec<Code>) -> Code {
    let mut parts = Vec::new();
    for value in values {
        push_part(&mut parts, Part::Code(value));
    }
    Code::Text(parts)
}
