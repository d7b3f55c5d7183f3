//! Rewrites a nested template that shares its parent's scope into one that stands on its own.
//!
//! What it takes from the parent — parameters, variables, the state of resources, the parent's loop — becomes a
//! parameter of the same name, and the parent passes the value. ARM evaluates such a template in the parent, so each
//! hoisted expression means there what it meant before.

use serde_json::{Map, Value, json};

use crate::model::expression::{self, Expression};

use super::hoisted_names::{output_name, wanted_name};
use super::json::{inside, member};
use super::kinds::{Kind, Kinds};

/// The nested template with its own parameters, and what the parent passes for each.
pub fn stand_alone(
    parent: &Map<String, Value>,
    nested: &Map<String, Value>,
    redirected: bool,
) -> (Value, Vec<(String, Value)>) {
    let mut hoister = Hoister {
        parent,
        kinds: Kinds::of(parent),
        redirected,
        loops: 0,
        own: own_types(nested),
        taken: Vec::new(),
    };
    let mut template = Map::new();
    for (key, value) in nested {
        let kept = !["parameters", "variables", "functions"]
            .iter()
            .any(|section| key.eq_ignore_ascii_case(section));
        if kept {
            let rewritten = hoister.value(value, key.eq_ignore_ascii_case("resources"));
            template.insert(key.clone(), rewritten);
        }
    }
    let parameters = hoister
        .taken
        .iter()
        .map(|taken| (taken.name.clone(), taken.definition.clone()))
        .collect();
    template.insert("parameters".to_owned(), Value::Object(parameters));
    let passed = hoister
        .taken
        .into_iter()
        .map(|taken| (taken.name, Value::String(taken.expression.to_string())));
    (Value::Object(template), passed.collect())
}

struct Taken {
    name: String,
    definition: Value,
    /// As it reads in the parent.
    expression: Expression,
}

struct Hoister<'a> {
    parent: &'a Map<String, Value>,
    kinds: Kinds,
    /// The nested deployment goes to another scope than the parent's.
    redirected: bool,
    /// How many loops of the nested template surround the value at hand.
    loops: usize,
    /// The types of the nested template's own resources, in lower case.
    own: Vec<String>,
    taken: Vec<Taken>,
}

impl Hoister<'_> {
    fn value(&mut self, value: &Value, resources: bool) -> Value {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item, resources)).collect())
            }
            Value::Object(entries) => {
                let looping = usize::from(member(entries, "copy").is_some_and(|copy| !copy.is_null()));
                self.loops += looping;
                let own_scope = resources && super::nested::has_own_scope(entries);
                let mut rewritten = Map::new();
                for (key, value) in entries {
                    let value = match value {
                        Value::Object(properties) if own_scope && key.eq_ignore_ascii_case("properties") => {
                            self.all_but_template(properties)
                        }
                        _ => self.value(value, resources),
                    };
                    let key = self.text(key);
                    rewritten.insert(key.as_str().unwrap_or_default().to_owned(), value);
                }
                self.loops -= looping;
                Value::Object(rewritten)
            }
            other => other.clone(),
        }
    }

    /// A deployment in the nested template with a scope of its own: only what it is given is rewritten.
    fn all_but_template(&mut self, properties: &Map<String, Value>) -> Value {
        let rewrite = |(key, value): (&String, &Value)| {
            let kept = key.eq_ignore_ascii_case("template");
            (
                key.clone(),
                if kept {
                    value.clone()
                } else {
                    self.value(value, false)
                },
            )
        };
        Value::Object(properties.iter().map(rewrite).collect())
    }

    fn text(&mut self, text: &str) -> Value {
        let parsed = if expression::is_expression(text) {
            expression::parse(text).ok()
        } else {
            None
        };
        let rewritten = parsed.map(|parsed| self.expression(&parsed).to_string());
        Value::String(rewritten.unwrap_or_else(|| text.to_owned()))
    }

    fn expression(&mut self, expression: &Expression) -> Expression {
        if let Some(definition) = self.needs_parent(expression) {
            return self.take(expression, definition);
        }
        match expression {
            Expression::Call { name, arguments } => Expression::call(
                name.clone(),
                arguments
                    .iter()
                    .map(|argument| self.expression(argument))
                    .collect(),
            ),
            Expression::Property { of, name } => Expression::Property {
                of: Box::new(self.expression(of)),
                name: name.clone(),
            },
            Expression::Index { of, index } => Expression::Index {
                of: Box::new(self.expression(of)),
                index: Box::new(self.expression(index)),
            },
            plain => plain.clone(),
        }
    }

    /// The definition of the parameter that replaces `expression`, if only the parent can evaluate it.
    fn needs_parent(&self, expression: &Expression) -> Option<Value> {
        let root = root(expression);
        let Expression::Call { name, arguments } = root else {
            return None;
        };
        let whole = std::ptr::eq(root, expression);
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "parameters" if whole => Some(self.parameter(arguments)),
            "variables" if whole => Some(json!({ "type": self.kinds.of_expression(expression).type_name() })),
            "copyindex" if whole && self.loops == 0 => Some(json!({ "type": "int" })),
            "deployment" => self.known(expression, whole),
            "resourcegroup" | "subscription" if self.redirected => self.known(expression, whole),
            "resourceid" if whole && self.redirected && !self.is_own(arguments) => {
                Some(json!({ "type": "string" }))
            }
            "reference" | "references" if !self.uses_own_loop(root) => match self.module_output(expression) {
                Some(declared) => Some(json!({ "type": declared })),
                None if lower == "references" => whole.then(|| json!({ "type": "array" })),
                None => whole.then(|| json!({ "type": "object" })),
            },
            list if list.starts_with("list") && whole && !self.uses_own_loop(expression) => {
                Some(json!({ "type": "secureObject" }))
            }
            own if own.contains('.') && whole => Some(json!({ "type": self.type_of(expression) })),
            _ => None,
        }
    }

    fn type_of(&self, expression: &Expression) -> &'static str {
        match self.kinds.of_expression(expression) {
            Kind::Unknown => "object",
            kind => kind.type_name(),
        }
    }

    /// A property whose kind is known is taken alone, otherwise the whole object that holds it.
    fn known(&self, expression: &Expression, whole: bool) -> Option<Value> {
        let kind = self.kinds.of_expression(expression);
        (whole || kind != Kind::Unknown).then(|| json!({ "type": self.type_of(expression) }))
    }

    /// The declared type of `reference(…).outputs.x.value`, from whichever deployment of the parent has that output.
    fn module_output(&self, expression: &Expression) -> Option<String> {
        let output = output_name(expression)?;
        let deployments = member(self.parent, "resources")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let mut declared = deployments.filter_map(|deployment| {
            let template = member(
                member(deployment.as_object()?, "properties")?.as_object()?,
                "template",
            )?;
            let outputs = member(template.as_object()?, "outputs")?.as_object()?;
            Some(
                member(member(outputs, output)?.as_object()?, "type")?
                    .as_str()?
                    .to_owned(),
            )
        });
        Some(declared.next().unwrap_or_else(|| "string".to_owned()))
    }

    /// A parameter keeps its type, its secrecy above all; what the parent checked need not be checked again.
    fn parameter(&self, arguments: &[Expression]) -> Value {
        let name = arguments
            .first()
            .and_then(Expression::as_text)
            .unwrap_or_default();
        let definition = member(self.parent, "parameters")
            .and_then(Value::as_object)
            .and_then(|parameters| member(parameters, name))
            .and_then(Value::as_object);
        let declared = definition
            .and_then(|definition| member(definition, "type"))
            .and_then(Value::as_str);
        json!({ "type": declared.unwrap_or("string") })
    }

    fn is_own(&self, arguments: &[Expression]) -> bool {
        let mut texts = arguments.iter().filter_map(Expression::as_text);
        texts
            .find(|text| text.contains('/'))
            .is_some_and(|text| self.own.contains(&text.to_lowercase()))
    }

    fn uses_own_loop(&self, expression: &Expression) -> bool {
        self.loops > 0 && mentions_loop(expression)
    }

    fn take(&mut self, expression: &Expression, definition: Value) -> Expression {
        let known = self.taken.iter().find(|taken| taken.expression == *expression);
        let name = if let Some(taken) = known {
            taken.name.clone()
        } else {
            let name = self.free_name(&wanted_name(expression));
            self.taken.push(Taken {
                name: name.clone(),
                definition,
                expression: expression.clone(),
            });
            name
        };
        Expression::call("parameters", vec![Expression::Text(name)])
    }

    fn free_name(&self, wanted: &str) -> String {
        let free = |name: &str| {
            !self
                .taken
                .iter()
                .any(|taken| taken.name.eq_ignore_ascii_case(name))
        };
        let numbered = (2_usize..).map(|number| format!("{wanted}{number}"));
        std::iter::once(wanted.to_owned())
            .chain(numbered)
            .find(|name| free(name))
            .unwrap_or_default()
    }
}

/// Where a chain of properties and indexes starts.
fn root(expression: &Expression) -> &Expression {
    match expression {
        Expression::Property { of, .. } => root(of),
        Expression::Index { of, index }
            if matches!(**index, Expression::Text(_) | Expression::Integer(_)) =>
        {
            root(of)
        }
        other => other,
    }
}

fn mentions_loop(expression: &Expression) -> bool {
    expression.arguments_of("copyIndex").is_some() || inside(expression).into_iter().any(mentions_loop)
}

fn own_types(nested: &Map<String, Value>) -> Vec<String> {
    let resources = member(nested, "resources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    resources
        .filter_map(|resource| Some(member(resource.as_object()?, "type")?.as_str()?.to_lowercase()))
        .collect()
}
