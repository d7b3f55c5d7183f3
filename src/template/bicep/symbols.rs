//! Symbolic names for resources: `namespace`, `ordersEventhub`, `brokerSubnet`.
//!
//! A resource that is the only one of its kind is called by its type; several are told apart by their names.

use super::declared::Declared;
use super::names::{Names, camel, lower_first, singular, upper_first};
use super::pieces::Piece;

/// How long the telling part of a symbol may be.
const LONGEST_TELLING: usize = 40;

/// One symbol for each resource, in order.
///
/// A parameter or variable of the same name is the more important one; the resource then says what it is.
pub fn of(resources: &[Declared], names: &mut Names) -> Vec<String> {
    let bases: Vec<String> = resources.iter().map(base).collect();
    let alone = |base: &String| bases.iter().filter(|other| *other == base).count() == 1;
    let declared = names.clone();
    let mut symbol = |wanted: &str| {
        let longer = if declared.contains(wanted) {
            format!("{wanted}Resource")
        } else {
            wanted.to_owned()
        };
        names.make(&longer)
    };
    let each = resources.iter().zip(&bases);
    each.map(|(resource, base)| match &resource.symbolic {
        Some(own) => symbol(own),
        None if alone(base) && resource.nested.is_none() => symbol(base),
        None => symbol(&telling(resource, base)),
    })
    .collect()
}

/// The last word of the type, for one: `namespaces/eventhubs` is an `eventhub`.
fn base(declared: &Declared) -> String {
    if declared.nested.is_some() {
        return "deployment".to_owned();
    }
    let last = declared.resource_type.rsplit('/').next().unwrap_or_default();
    singular(&lower_first(&camel(last)))
}

/// The base with what tells this resource from others of its type.
fn telling(declared: &Declared, base: &str) -> String {
    let mut words: String = declared
        .own_name
        .iter()
        .map(words)
        .map(|word| upper_first(&word))
        .collect();
    if let Some(extended) = declared.base.as_ref().filter(|_| words.is_empty()) {
        words = singular(&camel(
            extended.resource_type.rsplit('/').next().unwrap_or_default(),
        ));
    }
    let words = lower_first(&words.chars().take(LONGEST_TELLING).collect::<String>());
    let ends_with_base = words.to_ascii_lowercase().ends_with(&base.to_ascii_lowercase());
    if words.is_empty() {
        base.to_owned()
    } else if ends_with_base || declared.nested.is_some() {
        words
    } else {
        words + &upper_first(base)
    }
}

fn words(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => camel(text),
        Piece::Value(value) => {
            let named = value
                .arguments_of("parameters")
                .or_else(|| value.arguments_of("variables"));
            match named {
                Some([name]) => camel(name.as_text().unwrap_or_default().trim_end_matches("Name")),
                _ => String::new(),
            }
        }
    }
}
