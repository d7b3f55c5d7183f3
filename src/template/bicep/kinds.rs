//! What kind of value an expression has, as far as the template tells.
//!
//! Needed where one ARM function is two things in Bicep: `concat` of strings is interpolation, of arrays it is not.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::model::expression::Expression;

use super::json::member;
use super::pieces::string_expression;

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Bool,
    Array,
    Object,
    Unknown,
}

impl Kind {
    /// The Bicep type of a value of this kind; text when nothing is known.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Text | Self::Unknown => "string",
            Self::Integer => "int",
            Self::Bool => "bool",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// The kind of a parameter's or an output's declared type.
    pub fn of_type(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "string" | "securestring" => Self::Text,
            "int" => Self::Integer,
            "bool" => Self::Bool,
            "array" => Self::Array,
            "object" | "secureobject" => Self::Object,
            _ => Self::Unknown,
        }
    }
}

/// The kinds of a template's parameters, and its variables to look into.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    parameters: HashMap<String, Kind>,
    variables: HashMap<String, Value>,
}

impl Kinds {
    pub fn of(template: &Map<String, Value>) -> Self {
        let entries = |section: &str| {
            member(template, section)
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
        };
        let declared = |definition: &Value| -> Kind {
            let name = definition
                .as_object()
                .and_then(|d| member(d, "type"))
                .and_then(Value::as_str);
            name.map_or(Kind::Unknown, Kind::of_type)
        };
        let parameters = entries("parameters")
            .map(|(name, d)| (name.to_lowercase(), declared(d)))
            .collect();
        let mut variables: HashMap<String, Value> = entries("variables")
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .collect();
        if let Some(Value::Array(copies)) = variables.remove("copy") {
            let names = copies
                .iter()
                .filter_map(|copy| copy.get("name").and_then(Value::as_str));
            variables.extend(names.map(|name| (name.to_lowercase(), Value::Array(Vec::new()))));
        }
        Self {
            parameters,
            variables,
        }
    }

    pub fn of_expression(&self, expression: &Expression) -> Kind {
        self.follow(expression, &mut 300)
    }

    /// `fuel` ends variables that lead in circles, and bounds the work of those that repeat each other.
    fn follow(&self, expression: &Expression, fuel: &mut usize) -> Kind {
        if *fuel == 0 {
            return Kind::Unknown;
        }
        *fuel -= 1;
        match expression {
            Expression::Text(_) => Kind::Text,
            Expression::Integer(_) => Kind::Integer,
            Expression::Call { name, arguments } => self.of_call(&name.to_ascii_lowercase(), arguments, fuel),
            Expression::Property { of, name } => self.of_member(of, name, fuel),
            Expression::Index { of, index } => index
                .as_text()
                .map_or(Kind::Unknown, |name| self.of_member(of, name, fuel)),
        }
    }

    pub fn of_value(&self, value: &Value) -> Kind {
        self.of_json(value, &mut 300)
    }

    fn of_json(&self, value: &Value, fuel: &mut usize) -> Kind {
        match value {
            Value::Null => Kind::Unknown,
            Value::Bool(_) => Kind::Bool,
            Value::Number(_) => Kind::Integer,
            Value::Array(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
            Value::String(text) => {
                string_expression(text).map_or(Kind::Unknown, |expression| self.follow(&expression, fuel))
            }
        }
    }

    fn of_member(&self, of: &Expression, name: &str, fuel: &mut usize) -> Kind {
        if let Expression::Call {
            name: function,
            arguments,
        } = of
            && arguments.is_empty()
        {
            let scope = [
                "resourceGroup",
                "subscription",
                "deployment",
                "tenant",
                "managementGroup",
            ];
            let plain = [
                "id",
                "name",
                "location",
                "subscriptionId",
                "tenantId",
                "displayName",
                "type",
            ];
            let known =
                |names: &[&str], wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
            if known(&scope, function) && known(&plain, name) {
                return Kind::Text;
            }
        }
        let Some([variable]) = of.arguments_of("variables") else {
            return Kind::Unknown;
        };
        let value = variable
            .as_text()
            .and_then(|variable| self.variables.get(&variable.to_lowercase()));
        let inside = value
            .and_then(Value::as_object)
            .and_then(|object| member(object, name));
        inside.map_or(Kind::Unknown, |value| self.of_json(value, fuel))
    }

    fn of_call(&self, function: &str, arguments: &[Expression], fuel: &mut usize) -> Kind {
        let named = || {
            arguments
                .first()
                .and_then(Expression::as_text)
                .map(str::to_lowercase)
        };
        match function {
            "parameters" => named()
                .and_then(|name| self.parameters.get(&name).copied())
                .unwrap_or(Kind::Unknown),
            "variables" => named()
                .and_then(|name| self.variables.get(&name))
                .map_or(Kind::Unknown, |value| self.of_json(value, fuel)),
            "concat" => {
                let kinds: Vec<Kind> = arguments
                    .iter()
                    .map(|argument| self.follow(argument, fuel))
                    .collect();
                match kinds.iter().find(|kind| !matches!(kind, Kind::Unknown)) {
                    Some(Kind::Array) => Kind::Array,
                    Some(_) => Kind::Text,
                    None => Kind::Unknown,
                }
            }
            "if" | "coalesce" => {
                let branches = arguments.iter().skip(usize::from(function == "if"));
                let mut kinds = branches.map(|branch| self.follow(branch, fuel));
                kinds.find(|kind| *kind != Kind::Unknown).unwrap_or(Kind::Unknown)
            }
            "take" | "skip" | "union" | "intersection" | "min" | "max" => arguments
                .first()
                .map_or(Kind::Unknown, |first| self.follow(first, fuel)),
            _ => returned(function),
        }
    }
}

/// The kind that a function always returns; `function` in lower case.
fn returned(function: &str) -> Kind {
    match function {
        "format"
        | "string"
        | "tolower"
        | "toupper"
        | "trim"
        | "replace"
        | "substring"
        | "padleft"
        | "uniquestring"
        | "guid"
        | "newguid"
        | "utcnow"
        | "base64"
        | "base64tostring"
        | "uri"
        | "uricomponent"
        | "uricomponenttostring"
        | "datauri"
        | "datauritostring"
        | "join"
        | "resourceid"
        | "subscriptionresourceid"
        | "tenantresourceid"
        | "extensionresourceid"
        | "managementgroupresourceid"
        | "datetimeadd"
        | "datetimefromepoch"
        | "cidrsubnet"
        | "cidrhost" => Kind::Text,
        "add" | "sub" | "mul" | "div" | "mod" | "int" | "length" | "indexof" | "lastindexof"
        | "copyindex" | "datetimetoepoch" => Kind::Integer,
        "equals" | "and" | "or" | "not" | "less" | "lessorequals" | "greater" | "greaterorequals"
        | "empty" | "contains" | "startswith" | "endswith" | "bool" | "true" | "false" => Kind::Bool,
        "createarray" | "array" | "split" | "range" | "map" | "filter" | "sort" | "items" | "objectkeys"
        | "flatten" | "pickzones" => Kind::Array,
        "createobject" | "resourcegroup" | "subscription" | "deployment" | "environment" | "toobject"
        | "groupby" | "mapvalues" | "shallowmerge" | "parsecidr" | "parseuri" => Kind::Object,
        _ => Kind::Unknown,
    }
}
