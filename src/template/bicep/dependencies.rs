//! `dependsOn`: what a resource waits for by declaration, less what its body already waits for by symbol.

use serde_json::Value;

use crate::model::expression::Expression;

use super::error::BicepError;
use super::json::{expression, join, member};
use super::table::{Found, Table};

/// What `dependsOn` of a resource names, as far as it can be told.
pub fn declared(table: &Table, at: usize) -> Vec<Found> {
    let named = entries(table, at)
        .into_iter()
        .flatten()
        .filter_map(|(path, text)| expression(&text, &path).ok());
    named.flat_map(|named| find(table, &named)).collect()
}

/// What `dependsOn` of a resource names, each without fail.
pub fn resolved(table: &Table, at: usize) -> Result<Vec<Found>, BicepError> {
    let mut all: Vec<Found> = Vec::new();
    for (path, text) in entries(table, at)? {
        let named = expression(&text, &path)?;
        let found = find(table, &named);
        if found.is_empty() {
            return Err(BicepError::Unknown {
                path,
                what: "resource",
                name: text,
            });
        }
        for one in found {
            if one.resource != at && !all.contains(&one) {
                all.push(one);
            }
        }
    }
    Ok(all)
}

fn entries(table: &Table, at: usize) -> Result<Vec<(String, String)>, BicepError> {
    let declared = &table.resources[at].declared;
    let path = join(&declared.path, "dependsOn");
    match member(&declared.body, "dependsOn") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(position, item)| {
                let path = format!("{path}[{position}]");
                match item {
                    Value::String(text) => Ok((path, text.clone())),
                    _ => Err(BicepError::NotATemplate {
                        path,
                        expected: "a string",
                    }),
                }
            })
            .collect(),
        Some(_) => Err(BicepError::NotATemplate {
            path,
            expected: "an array",
        }),
    }
}

/// A dependency may be a loop, a resource, or a choice of either.
fn find(table: &Table, named: &Expression) -> Vec<Found> {
    if let [super::pieces::Piece::Text(name)] = table.expansions.pieces(named).as_slice() {
        let looped = table.find_loop(name);
        if !looped.is_empty() {
            return looped;
        }
    }
    if let Some([_, yes, no]) = named.arguments_of("if") {
        return [yes, no]
            .into_iter()
            .flat_map(|branch| find(table, branch))
            .collect();
    }
    table.find_named(named)
}
