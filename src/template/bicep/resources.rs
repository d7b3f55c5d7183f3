//! Resources and modules: `resource symbol 'type@version' = { … }`.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::dependencies;
use super::error::BicepError;
use super::graph::Node;
use super::json::{join, member, object};
use super::loops::{Copy, Spelling};
use super::names::identifier;
use super::print::print;
use super::quote::quoted;
use super::table::{Found, Level, Table};
use super::target::Place;
use super::translator::Translator;
use super::tree::{Code, Key};

/// Keys that the declaration itself says.
const SAID: &[&str] = &[
    "type",
    "apiVersion",
    "name",
    "copy",
    "condition",
    "dependsOn",
    "resources",
    "comments",
    "existing",
    "metadata",
    "scope",
    "subscriptionId",
    "resourceGroup",
    "@options",
];

/// Keys that come first, in this order.
const FIRST: &[&str] = &["location", "zones", "tags", "sku", "kind", "identity", "plan"];

/// Writes the resources of one file.
pub struct Resources<'a> {
    pub table: &'a Table,
    /// The resources that each variable refers to, by lower-case name.
    pub reach: HashMap<String, HashSet<usize>>,
}

impl Resources<'_> {
    /// The declaration of a resource; for a module, `file` is what it reads.
    pub fn declare(&self, at: usize, file: Option<&str>) -> Result<String, BicepError> {
        let resource = &self.table.resources[at];
        let declared = &resource.declared;
        let path = declared.path.as_str();
        let mut translator = Translator::new(self.table, Node::Resource(at));
        let mut decorators = Vec::new();
        if let Some(comment) = description(&declared.body) {
            decorators.push(format!("@description({})", print(&Code::text(comment), 0)));
        }
        decorators.extend(options(&mut translator, &declared.body, path)?);
        let code = match object(&declared.body, "copy", path)? {
            Some(copy) => {
                let path = join(path, "copy");
                let serial = member(copy, "mode")
                    .and_then(Value::as_str)
                    .is_some_and(|m| m.eq_ignore_ascii_case("serial"));
                if serial {
                    let batch = member(copy, "batchSize").and_then(Value::as_u64).unwrap_or(1);
                    decorators.push(format!("@batchSize({batch})"));
                }
                let header = Copy::read(copy, true, &path)?;
                translator.looped(&header, Spelling::For, &path, |t| self.conditional(t, at))?
            }
            None => self.conditional(&mut translator, at)?,
        };
        let head = if let Some(file) = file {
            format!("module {} {} = ", resource.symbol, quoted(file))
        } else {
            let of_type = quoted(&format!("{}@{}", declared.resource_type, declared.api_version));
            let existing = if declared.existing { "existing " } else { "" };
            format!("resource {} {of_type} {existing}= ", resource.symbol)
        };
        Ok(super::declarations::decorated(
            decorators,
            head + &print(&code, 0),
        ))
    }

    fn conditional(&self, translator: &mut Translator<'_>, at: usize) -> Result<Code, BicepError> {
        let declared = &self.table.resources[at].declared;
        let condition = match member(&declared.body, "condition") {
            None | Some(Value::Null | Value::Bool(true)) => None,
            Some(condition) => Some(translator.value(condition, &join(&declared.path, "condition"))?),
        };
        let body = Box::new(Code::Object(self.body(translator, at)?));
        Ok(match condition {
            Some(condition) => Code::If {
                condition: Box::new(condition),
                body,
            },
            None => *body,
        })
    }

    fn body(&self, translator: &mut Translator<'_>, at: usize) -> Result<Vec<(Key, Code)>, BicepError> {
        let resource = &self.table.resources[at];
        let declared = &resource.declared;
        let path = declared.path.as_str();
        let name_path = join(path, "name");
        let mut entries = Vec::new();
        let mut add = |key: &str, code: Code| entries.push((Key::Text(key.to_owned()), code));
        let name = match &resource.parent {
            Some(parent) => {
                add("parent", translator.symbol(parent, &name_path)?);
                &declared.own_name
            }
            None => &declared.full_name,
        };
        if let Some(scope) = self.scope(translator, at)?.filter(|_| resource.parent.is_none()) {
            add("scope", scope);
        }
        add("name", translator.pieces(name, &name_path)?);
        match &declared.nested {
            Some(nested) => entries.extend(self.arguments(translator, nested, path)?),
            None => entries.extend(members(translator, &declared.body, path)?),
        }
        let depends_on = self.depends_on(translator, at)?;
        if !depends_on.is_empty() {
            entries.push((Key::Text("dependsOn".to_owned()), Code::Array(depends_on)));
        }
        Ok(entries)
    }

    fn scope(&self, translator: &mut Translator<'_>, at: usize) -> Result<Option<Code>, BicepError> {
        let resource = &self.table.resources[at];
        let path = join(&resource.declared.path, "scope");
        if let Some(base) = &resource.base {
            return translator.symbol(base, &path).map(Some);
        }
        let (function, arguments) = match &resource.declared.place {
            Place::Here => return Ok(None),
            Place::Tenant if self.table.level == Level::Tenant => return Ok(None),
            Place::Subscription(None) if self.table.level == Level::Subscription => return Ok(None),
            Place::ManagementGroup(None) if self.table.level == Level::ManagementGroup => return Ok(None),
            Place::Tenant => ("tenant", Vec::new()),
            Place::Subscription(subscription) => ("subscription", subscription.iter().collect()),
            Place::ManagementGroup(group) => ("managementGroup", group.iter().collect()),
            Place::Group { subscription, group } => (
                "resourceGroup",
                subscription.iter().chain(std::iter::once(group)).collect(),
            ),
        };
        let codes = arguments
            .into_iter()
            .map(|argument| translator.expression(argument, &path));
        let codes = codes.collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Code::call(translator.function(function), codes)))
    }

    /// The dependencies that nothing in the body expresses yet.
    fn depends_on(&self, translator: &mut Translator<'_>, at: usize) -> Result<Vec<Code>, BicepError> {
        let resource = &self.table.resources[at];
        if resource.declared.path.is_empty() {
            return Ok(Vec::new());
        }
        let used = translator.used.clone();
        let by_variables: HashSet<usize> = used
            .variables
            .iter()
            .filter_map(|name| self.reach.get(name))
            .flatten()
            .copied()
            .collect();
        let ancestors = self.ancestors(at);
        let said = |found: &Found| {
            let element = found
                .element
                .as_ref()
                .map(crate::model::expression::Expression::source);
            ancestors.contains(found)
                || used.resources.contains(&(found.resource, element))
                || (found.element.is_none() && by_variables.contains(&found.resource))
        };
        let path = join(&resource.declared.path, "dependsOn");
        let rest = dependencies::resolved(self.table, at)?
            .into_iter()
            .filter(|found| !said(found));
        rest.map(|found| translator.symbol(&found, &path)).collect()
    }

    /// The parents and bases above a resource, whom it waits for through the nearest.
    fn ancestors(&self, at: usize) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            let resource = &self.table.resources[at];
            for found in resource.parent.iter().chain(&resource.base) {
                if !all.contains(found) {
                    all.push(found.clone());
                    open.push(found.resource);
                }
            }
        }
        all
    }
}

fn members(
    translator: &mut Translator<'_>,
    body: &Map<String, Value>,
    path: &str,
) -> Result<Vec<(Key, Code)>, BicepError> {
    let is = |key: &str, list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(key));
    let first = FIRST
        .iter()
        .filter_map(|first| body.iter().find(|(key, _)| key.eq_ignore_ascii_case(first)));
    let rest = body.iter().filter(|(key, _)| !is(key, FIRST) && !is(key, SAID));
    let members: Map<String, Value> = first
        .chain(rest)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    translator.allows_for = true;
    let entries = translator.object(&members, path);
    translator.allows_for = false;
    entries
}

/// What the author said about a resource.
fn description(body: &Map<String, Value>) -> Option<&str> {
    let metadata = member(body, "metadata").and_then(Value::as_object);
    let described = metadata.and_then(|metadata| member(metadata, "description"));
    described
        .or_else(|| member(body, "comments"))
        .and_then(Value::as_str)
}

/// `@options` of language version 2.0, each a decorator.
fn options(
    translator: &mut Translator<'_>,
    body: &Map<String, Value>,
    path: &str,
) -> Result<Vec<String>, BicepError> {
    let path = join(path, "@options");
    let Some(Value::Object(options)) = member(body, "@options") else {
        return Ok(Vec::new());
    };
    let mut decorators = Vec::new();
    for (name, value) in options {
        let arguments = match value {
            Value::Bool(true) => String::new(),
            Value::Array(items) => {
                let codes = items
                    .iter()
                    .map(|item| translator.value(item, &path).map(|code| print(&code, 0)));
                codes.collect::<Result<Vec<_>, _>>()?.join(", ")
            }
            other => print(&translator.value(other, &path)?, 0),
        };
        decorators.push(format!("@{}({arguments})", identifier(name)));
    }
    Ok(decorators)
}
