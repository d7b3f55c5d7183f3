//! What a file declares besides resources: metadata, types, parameters, functions, variables, outputs.

use serde_json::{Map, Value};

use super::error::BicepError;
use super::graph::Node;
use super::json::{as_object, join, member, object, text};
use super::kinds::Kinds;
use super::loops::{Copy, Spelling};
use super::names::identifier;
use super::print::print;
use super::table::Table;
use super::translator::Translator;
use super::tree::Code;

/// Declarations of one section, each a text of one or more lines.
pub type Section = Result<Vec<String>, BicepError>;

/// One file's declarations.
pub struct Declarations<'a> {
    pub table: &'a Table,
    pub template: &'a Map<String, Value>,
    pub path: &'a str,
}

impl Declarations<'_> {
    fn entries(&self, section: &str) -> Result<Vec<(&String, &Value, String)>, BicepError> {
        let path = join(self.path, section);
        let entries = object(self.template, section, self.path)?.into_iter().flatten();
        Ok(entries
            .map(|(name, value)| (name, value, join(&path, name)))
            .collect())
    }

    fn closed(&self) -> Translator<'_> {
        Translator::new(self.table, Node::Closed)
    }

    pub fn metadata(&self) -> Section {
        let entries = self.entries("metadata")?.into_iter();
        entries
            .filter(|(name, _, _)| !name.starts_with('_'))
            .map(|(name, value, path)| {
                let code = self.closed().value(value, &path)?;
                Ok(format!("metadata {} = {}", identifier(name), print(&code, 0)))
            })
            .collect()
    }

    pub fn types(&self) -> Section {
        let entries = self.entries("definitions")?.into_iter();
        entries
            .map(|(name, definition, path)| {
                let typed = self
                    .closed()
                    .typed(as_object(definition, &path)?, true, 0, &path)?;
                let head = format!("type {} = {}", self.table.types[&name.to_lowercase()], typed.name);
                Ok(decorated(typed.decorators, head))
            })
            .collect()
    }

    pub fn parameters(&self) -> Section {
        let entries = self.entries("parameters")?.into_iter();
        entries
            .map(|(name, definition, path)| {
                let definition = as_object(definition, &path)?;
                let typed = self.closed().typed(definition, false, 0, &path)?;
                let mut head = format!(
                    "param {} {}",
                    self.table.parameters[&name.to_lowercase()],
                    typed.name
                );
                if let Some(default) = member(definition, "defaultValue") {
                    let code = self.closed().value(default, &join(&path, "defaultValue"))?;
                    head = format!("{head} = {}", print(&code, 0));
                }
                Ok(decorated(typed.decorators, head))
            })
            .collect()
    }

    pub fn functions(&self) -> Section {
        let path = join(self.path, "functions");
        let mut lines = Vec::new();
        let sets = member(self.template, "functions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for (position, set) in sets.enumerate() {
            let path = format!("{path}[{position}]");
            let set = as_object(set, &path)?;
            let namespace = text(set, "namespace", &path)?;
            for (name, function) in object(set, "members", &path)?.into_iter().flatten() {
                let symbol = &self.table.functions[&format!("{namespace}.{name}").to_lowercase()];
                let path = join(&join(&path, "members"), name);
                lines.push(self.function(symbol, as_object(function, &path)?, &path)?);
            }
        }
        Ok(lines)
    }

    fn function(
        &self,
        symbol: &str,
        function: &Map<String, Value>,
        path: &str,
    ) -> Result<String, BicepError> {
        let mut translator = self.closed();
        let (mut own, mut signature, mut kinds) = (Vec::new(), Vec::new(), Map::new());
        let parameters = member(function, "parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for (position, parameter) in parameters.enumerate() {
            let path = format!("{path}.parameters[{position}]");
            let parameter = as_object(parameter, &path)?;
            let name = text(parameter, "name", &path)?;
            let typed = translator.typed(parameter, true, 0, &path)?;
            signature.push(format!("{} {}", identifier(name), typed.name));
            own.push((name.to_lowercase(), identifier(name)));
            kinds.insert(name.to_owned(), Value::Object(parameter.clone()));
        }
        let output_path = join(path, "output");
        let output = object(function, "output", path)?;
        let output = output.ok_or_else(|| BicepError::Missing {
            path: output_path.clone(),
        })?;
        let typed = translator.typed(output, true, 0, &output_path)?;
        let parameters = Map::from_iter([("parameters".to_owned(), Value::Object(kinds))]);
        translator.own_kinds = Some(Kinds::of(&parameters));
        translator.own_parameters = Some(own);
        let body = translator.value(
            required(output, "value", &output_path)?,
            &join(&output_path, "value"),
        )?;
        let head = format!(
            "func {symbol}({}) {} => {}",
            signature.join(", "),
            typed.name,
            print(&body, 0)
        );
        let described = self.closed().typed(&with_type(function), false, 0, path)?;
        Ok(decorated(described.decorators, head))
    }

    pub fn variables(&self) -> Section {
        let mut lines = Vec::new();
        for (name, value, path) in self.entries("variables")? {
            if let Some(copies) = super::loops::property_copies(name, value) {
                for (position, copy) in copies.iter().enumerate() {
                    lines.push(self.copied_variable(copy, &format!("{path}[{position}]"))?);
                }
            } else {
                let mut translator = Translator::new(self.table, Node::Variable(name.to_lowercase()));
                let code = translator.value(value, &path)?;
                let symbol = self.table.variables.get(&name.to_lowercase());
                let symbol = symbol.ok_or_else(|| BicepError::NotATemplate {
                    path: path.clone(),
                    expected: "an array of copies",
                })?;
                lines.push(format!("var {symbol} = {}", print(&code, 0)));
            }
        }
        Ok(lines)
    }

    fn copied_variable(&self, copy: &Value, path: &str) -> Result<String, BicepError> {
        let copy = as_object(copy, path)?;
        let name = text(copy, "name", path)?.to_lowercase();
        let mut translator = Translator::new(self.table, Node::Variable(name.clone()));
        let input = required(copy, "input", path)?;
        let header = Copy::read(copy, false, path)?;
        let code = translator.looped(&header, Spelling::For, path, |t| {
            t.value(input, &join(path, "input"))
        })?;
        Ok(format!(
            "var {} = {}",
            self.table.variables[&name],
            print(&code, 0)
        ))
    }

    pub fn outputs(&self) -> Section {
        let entries = self.entries("outputs")?.into_iter();
        entries
            .map(|(name, definition, path)| self.output(name, as_object(definition, &path)?, &path))
            .collect()
    }

    fn output(&self, name: &str, definition: &Map<String, Value>, path: &str) -> Result<String, BicepError> {
        let mut translator = Translator::new(self.table, Node::Output);
        let mut typed = translator.typed(definition, false, 0, path)?;
        let mut code = match object(definition, "copy", path)? {
            Some(copy) => {
                let path = join(path, "copy");
                let input = required(copy, "input", &path)?;
                let header = Copy::read(copy, false, &path)?;
                translator.looped(&header, Spelling::For, &path, |t| {
                    t.value(input, &join(&path, "input"))
                })?
            }
            None => translator.value(required(definition, "value", path)?, &join(path, "value"))?,
        };
        if let Some(condition) = member(definition, "condition") {
            let condition = Box::new(translator.value(condition, &join(path, "condition"))?);
            code = Code::Ternary {
                condition,
                yes: Box::new(code),
                no: Box::new(Code::Null),
            };
            if !typed.name.ends_with('?') {
                typed.name.push('?');
            }
        }
        let head = format!("output {} {} = {}", identifier(name), typed.name, print(&code, 0));
        Ok(decorated(typed.decorators, head))
    }
}

pub fn required<'a>(holder: &'a Map<String, Value>, name: &str, path: &str) -> Result<&'a Value, BicepError> {
    member(holder, name).ok_or_else(|| BicepError::Missing {
        path: join(path, name),
    })
}

/// A declaration under its decorators.
pub fn decorated(mut decorators: Vec<String>, head: String) -> String {
    decorators.push(head);
    decorators.join("\n")
}

/// A function carries metadata like a parameter does, but no type of its own.
fn with_type(function: &Map<String, Value>) -> Map<String, Value> {
    let metadata = member(function, "metadata").cloned().unwrap_or(Value::Null);
    let object = Value::String("object".to_owned());
    Map::from_iter([("metadata".to_owned(), metadata), ("type".to_owned(), object)])
}
