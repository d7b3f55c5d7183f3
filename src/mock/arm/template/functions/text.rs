//! How values become text: .NET's spelling of booleans, and `format`'s alignment and number formats.

use serde_json::Value;

/// A value inside a larger text: `True` and `False` as .NET writes them, JSON for what has parts, nothing for null.
pub fn display(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `format('{0}-{1,5:D3}', …)`: .NET composite formatting.
pub fn format(pattern: &str, values: &[Value]) -> Result<String, String> {
    let mut text = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..];
        if brace.starts_with("{{") || brace.starts_with("}}") {
            text.push_str(&brace[..1]);
            rest = &brace[2..];
            continue;
        }
        let end = brace.find('}').filter(|_| brace.starts_with('{'));
        let Some(end) = end else {
            return Err(format!("the format '{pattern}' has a brace without its partner"));
        };
        text.push_str(&item(&brace[1..end], values)?);
        rest = &brace[end + 1..];
    }
    text.push_str(rest);
    Ok(text)
}

/// One `{index[,alignment][:format]}`.
fn item(inside: &str, values: &[Value]) -> Result<String, String> {
    let (head, style) = inside.split_once(':').unwrap_or((inside, ""));
    let (index, alignment) = head.split_once(',').unwrap_or((head, "0"));
    let bad = || format!("the format item '{{{inside}}}' cannot be understood");
    let index: usize = index.trim().parse().map_err(|_| bad())?;
    let alignment: i32 = alignment.trim().parse().map_err(|_| bad())?;
    let value = values
        .get(index)
        .ok_or_else(|| format!("the format item '{{{inside}}}' has no argument"))?;
    if alignment.unsigned_abs() > 10_000 {
        return Err(bad());
    }
    Ok(aligned(&styled(value, style), alignment))
}

fn aligned(text: &str, alignment: i32) -> String {
    let width = usize::try_from(alignment.unsigned_abs()).unwrap_or_default();
    if alignment < 0 {
        format!("{text:<width$}")
    } else {
        format!("{text:>width$}")
    }
}

/// The standard numeric formats D, X, N and F; any other style leaves the value as it is.
fn styled(value: &Value, style: &str) -> String {
    let Some(letter) = style.chars().next() else {
        return display(value);
    };
    let digits = style[letter.len_utf8()..]
        .parse::<usize>()
        .ok()
        .map(|digits| digits.min(99));
    match (letter.to_ascii_uppercase(), value.as_i64(), value.as_f64()) {
        ('D', Some(whole), _) => padded(whole, digits.unwrap_or(0)),
        ('X', Some(whole), _) if letter == 'X' => format!("{whole:0width$X}", width = digits.unwrap_or(0)),
        ('X', Some(whole), _) => format!("{whole:0width$x}", width = digits.unwrap_or(0)),
        ('F', _, Some(number)) => format!("{number:.width$}", width = digits.unwrap_or(2)),
        ('N', _, Some(number)) => grouped(&format!("{number:.width$}", width = digits.unwrap_or(2))),
        _ => display(value),
    }
}

fn padded(whole: i64, digits: usize) -> String {
    let sign = if whole < 0 { "-" } else { "" };
    format!("{sign}{:0digits$}", whole.unsigned_abs())
}

fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}
