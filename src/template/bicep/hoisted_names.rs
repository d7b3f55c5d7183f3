//! What the parameters of a hoisted template are called.

use crate::model::expression::Expression;

use super::names::{camel, identifier, is_identifier, lower_first, singular, upper_first};

/// What `x` is in `….outputs.x.value`.
pub fn output_name(expression: &Expression) -> Option<&str> {
    let Expression::Property { of, name } = expression else {
        return None;
    };
    let (outputs, output) = match &**of {
        Expression::Property { of, name } => (of, name.as_str()),
        Expression::Index { of, index } => (of, index.as_text()?),
        _ => return None,
    };
    let is_output =
        matches!(&**outputs, Expression::Property { name, .. } if name.eq_ignore_ascii_case("outputs"));
    (is_output && name.eq_ignore_ascii_case("value")).then_some(output)
}

/// A readable name for the parameter that stands for `expression`.
pub fn wanted_name(expression: &Expression) -> String {
    let wanted = match expression {
        Expression::Call { name, arguments } => name_of_call(&name.to_ascii_lowercase(), name, arguments),
        Expression::Property { of, name } => match (output_name(expression), &**of) {
            (Some(output), _) => output.to_owned(),
            (None, Expression::Call { name: function, .. }) if !name.starts_with(function.as_str()) => {
                function.clone() + &upper_first(name)
            }
            _ => name.clone(),
        },
        Expression::Index { of, .. } => wanted_name(of),
        _ => "value".to_owned(),
    };
    if is_identifier(&wanted) {
        wanted
    } else {
        identifier(&wanted)
    }
}

fn name_of_call(function: &str, spelled: &str, arguments: &[Expression]) -> String {
    let named = |argument: &Expression| match argument {
        Expression::Call { arguments, .. } => last_type(arguments).or_else(|| match arguments.as_slice() {
            [Expression::Text(given)] => Some(camel(given.trim_end_matches("Name"))),
            _ => None,
        }),
        Expression::Text(text) => Some(camel(text)),
        _ => None,
    };
    match (function, arguments) {
        ("parameters" | "variables", [Expression::Text(given)]) => given.clone(),
        ("copyindex", _) => "index".to_owned(),
        ("resourceid", all) => format!("{}Id", last_type(all).unwrap_or_else(|| "resource".to_owned())),
        ("reference", [first, ..]) => {
            named(first).map_or("properties".to_owned(), |of| format!("{of}Properties"))
        }
        _ if function.starts_with("list") && function.len() > 4 => lower_first(&spelled[4..]),
        _ => camel(spelled),
    }
}

/// One of the type that an id's arguments name: `virtualNetwork`.
fn last_type(arguments: &[Expression]) -> Option<String> {
    let resource_type = arguments
        .iter()
        .filter_map(Expression::as_text)
        .find(|text| text.contains('/'))?;
    Some(singular(&camel(resource_type.rsplit('/').next()?)))
}
