//! Which references may become symbolic: those that close no circle.
//!
//! In ARM an id is only text, in Bicep `symbol.id` makes its reader wait for the resource. Where waiting would go in
//! circles the id stays a call of `resourceId`.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::model::expression::Expression;

use super::json::{inside, member, visit_expressions};
use super::nested::Argument;
use super::table::{Found, Table};
use super::target::Target;

/// What refers: a resource, a variable, or something that nothing waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    Resource(usize),
    /// By lower-case name.
    Variable(String),
    Output,
    /// A parameter's default or a function's body, which cannot refer to resources.
    Closed,
}

/// The references of a template that are safe to make symbolic.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    edges: HashMap<Node, HashSet<Node>>,
}

impl Graph {
    pub fn of(table: &Table, template: &Map<String, Value>) -> Self {
        let mut graph = Self::default();
        let nodes = nodes(table, template);
        let mut ids = Vec::new();
        for (node, values) in &nodes {
            for value in values {
                visit_expressions(value, &mut |expression| {
                    graph.scan(table, node, expression, &mut ids);
                });
            }
        }
        for (at, resource) in table.resources.iter().enumerate() {
            for found in resource.parent.iter().chain(&resource.base) {
                graph.insert(Node::Resource(at), Node::Resource(found.resource));
            }
            for dependency in super::dependencies::declared(table, at) {
                graph.insert(Node::Resource(at), Node::Resource(dependency.resource));
            }
        }
        for (node, found) in ids {
            graph.insert_unless_circular(node, found);
        }
        graph
    }

    /// Tells whether `node` may refer to the resource by its symbol.
    pub fn allows(&self, node: &Node, resource: usize) -> bool {
        match node {
            Node::Output => true,
            Node::Closed => false,
            Node::Resource(own) if *own == resource => false,
            node => self
                .edges
                .get(node)
                .is_some_and(|edges| edges.contains(&Node::Resource(resource))),
        }
    }

    fn scan(&mut self, table: &Table, node: &Node, expression: &Expression, ids: &mut Vec<(Node, usize)>) {
        if let Expression::Call { name, arguments } = expression {
            let lower = name.to_ascii_lowercase();
            match (lower.as_str(), arguments.as_slice()) {
                ("variables", [Expression::Text(variable)]) => {
                    self.insert(node.clone(), Node::Variable(variable.to_lowercase()));
                }
                (function, [first, ..]) if waits(function) => {
                    for Found { resource, .. } in table.find_named(first) {
                        self.insert(node.clone(), Node::Resource(resource));
                    }
                }
                (function, _) if function.ends_with("resourceid") => {
                    let target = Target::read(&table.expansions, expression);
                    ids.extend(
                        target
                            .and_then(|target| table.find_one(&target))
                            .map(|f| (node.clone(), f.resource)),
                    );
                }
                _ => {}
            }
        }
        for part in inside(expression) {
            self.scan(table, node, part, ids);
        }
    }

    fn insert(&mut self, from: Node, to: Node) {
        if from != to {
            self.edges.entry(from).or_default().insert(to);
        }
    }

    fn insert_unless_circular(&mut self, from: Node, resource: usize) {
        let to = Node::Resource(resource);
        if !self.reaches(&to, &from) {
            self.insert(from, to);
        }
    }

    fn reaches(&self, from: &Node, to: &Node) -> bool {
        let (mut seen, mut open) = (HashSet::new(), vec![from]);
        while let Some(node) = open.pop() {
            if node == to {
                return true;
            }
            if seen.insert(node) {
                open.extend(self.edges.get(node).into_iter().flatten());
            }
        }
        false
    }
}

/// Functions that ARM waits for: the state of a resource, or its keys.
pub fn waits(function: &str) -> bool {
    function == "reference"
        || function == "references"
        || function == "resourceinfo"
        || (function.starts_with("list") && !function.contains('.'))
}

/// Everything that can refer, with the values in which it does.
fn nodes(table: &Table, template: &Map<String, Value>) -> Vec<(Node, Vec<Value>)> {
    let variables = member(template, "variables")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let mut nodes: Vec<(Node, Vec<Value>)> = Vec::new();
    for (name, value) in variables {
        let copies = if name.eq_ignore_ascii_case("copy") {
            value.as_array()
        } else {
            None
        };
        match copies {
            Some(copies) => nodes.extend(copies.iter().filter_map(|copy| {
                let name = member(copy.as_object()?, "name")?.as_str()?;
                Some((Node::Variable(name.to_lowercase()), vec![copy.clone()]))
            })),
            None => nodes.push((Node::Variable(name.to_lowercase()), vec![value.clone()])),
        }
    }
    for (at, resource) in table.resources.iter().enumerate() {
        let body = resource.declared.body.iter();
        let read = body.filter(|(key, _)| {
            let module = resource.declared.nested.is_some() && key.eq_ignore_ascii_case("properties");
            !module
                && !["dependsOn", "resources"]
                    .iter()
                    .any(|skipped| key.eq_ignore_ascii_case(skipped))
        });
        let mut values: Vec<Value> = read.map(|(_, value)| value.clone()).collect();
        for (_, argument) in resource
            .declared
            .nested
            .iter()
            .flat_map(|nested| &nested.arguments)
        {
            values.extend(match argument {
                Argument::Value(value) => vec![value.clone()],
                Argument::Looped(holder) => vec![Value::Object(holder.clone())],
                Argument::Secret { vault, name, version } => [Some(vault), Some(name), version.as_ref()]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect(),
            });
        }
        nodes.push((Node::Resource(at), values));
    }
    nodes
}
