//! The resources of a template as one flat list: inline children lifted out, extension types taken apart.

use serde_json::{Map, Value};

use crate::model::expression::Expression;

use super::error::BicepError;
use super::json::{as_object, expression, join, member, text};
use super::nested::{self, Nested};
use super::pieces::{Expansions, Piece, Segment, fixed, segments, written_pieces};
use super::target::{Place, Target};

/// One resource, before it has a symbol.
#[derive(Clone, Debug)]
pub struct Declared {
    pub path: String,
    pub body: Map<String, Value>,
    pub resource_type: String,
    pub api_version: String,
    /// Every segment of its name, variables looked into; what references are compared with.
    pub names: Vec<Segment>,
    /// What it is called below its parent, as written.
    pub own_name: Vec<Piece>,
    /// The whole name as written.
    pub full_name: Vec<Piece>,
    pub base: Option<Target>,
    pub place: Place,
    /// The name that a template of language version 2.0 gives it.
    pub symbolic: Option<String>,
    pub existing: bool,
    /// A deployment whose template is at hand becomes a module.
    pub nested: Option<Nested>,
}

/// What reading resources needs to know of the whole template.
pub struct Reader<'a> {
    pub template: &'a Map<String, Value>,
    pub expansions: &'a Expansions,
    pub path: &'a str,
}

impl Reader<'_> {
    pub fn resources(&self) -> Result<Vec<Declared>, BicepError> {
        let mut list = Vec::new();
        let path = join(self.path, "resources");
        match member(self.template, "resources") {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                for (position, item) in items.iter().enumerate() {
                    self.read(item, &format!("{path}[{position}]"), None, None, &mut list)?;
                }
            }
            Some(Value::Object(entries)) => {
                for (symbol, item) in entries {
                    self.read(item, &join(&path, symbol), Some(symbol), None, &mut list)?;
                }
            }
            Some(_) => {
                return Err(BicepError::NotATemplate {
                    path,
                    expected: "an array or an object",
                });
            }
        }
        Ok(list)
    }

    fn read(
        &self,
        value: &Value,
        path: &str,
        symbolic: Option<&str>,
        parent: Option<&Declared>,
        list: &mut Vec<Declared>,
    ) -> Result<(), BicepError> {
        let body = as_object(value, path)?;
        let declared = self.one(body, path, symbolic, parent)?;
        let children = match member(body, "resources") {
            Some(Value::Array(children)) => children.as_slice(),
            None | Some(Value::Null) => &[],
            Some(_) => {
                return Err(BicepError::NotATemplate {
                    path: join(path, "resources"),
                    expected: "an array",
                });
            }
        };
        list.push(declared.clone());
        for (position, child) in children.iter().enumerate() {
            self.read(
                child,
                &format!("{path}.resources[{position}]"),
                None,
                Some(&declared),
                list,
            )?;
        }
        Ok(())
    }

    fn one(
        &self,
        body: &Map<String, Value>,
        path: &str,
        symbolic: Option<&str>,
        parent: Option<&Declared>,
    ) -> Result<Declared, BicepError> {
        for extensible in ["import", "extension"] {
            if member(body, extensible).is_some() {
                return Err(BicepError::untranslatable(
                    path,
                    "it belongs to an extension, not to Azure Resource Manager",
                ));
            }
        }
        let own_type = text(body, "type", path)?;
        let name = expression(text(body, "name", path)?, &join(path, "name"))?;
        let full_name = written_pieces(&name);
        let mut names = segments(&self.expansions.pieces(&name));
        let own_name = own_name(&full_name, &names);
        let mut resource_type = own_type.trim_matches('/').to_owned();
        if let Some(parent) = parent.filter(|_| is_relative(own_type)) {
            resource_type = format!("{}/{own_type}", parent.resource_type);
            names.splice(0..0, parent.names.iter().cloned());
        }
        if !resource_type.contains('/') {
            let path = join(path, "type");
            return Err(BicepError::NotATemplate {
                path,
                expected: "a resource type such as `Microsoft.X/types`",
            });
        }
        let mut declared = Declared {
            path: path.to_owned(),
            own_name,
            full_name,
            names,
            api_version: self.api_version(body, path)?,
            base: None,
            place: Place::Here,
            symbolic: symbolic.map(str::to_owned),
            existing: member(body, "existing") == Some(&Value::Bool(true)),
            nested: None,
            resource_type,
            body: body.clone(),
        };
        declared.split_extension(path)?;
        if nested::is_deployment(&declared.resource_type) {
            declared.nested = nested::read(self, &declared)?;
        }
        self.read_scope(&mut declared)?;
        Ok(declared)
    }

    /// Bicep writes the version into the type, so it must be known now: fixed, or in a variable or a default.
    fn api_version(&self, body: &Map<String, Value>, path: &str) -> Result<String, BicepError> {
        let at = join(path, "apiVersion");
        let version = expression(text(body, "apiVersion", path)?, &at)?;
        let fixed_version = match version.arguments_of("parameters") {
            Some([Expression::Text(name)]) => self.default_text(name),
            _ => match self.expansions.pieces(&version).as_slice() {
                [Piece::Text(version)] => Some(version.clone()),
                _ => None,
            },
        };
        fixed_version
            .filter(|version| version.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
            .ok_or_else(|| BicepError::untranslatable(&at, "the version of a resource must be fixed text"))
    }

    fn default_text(&self, parameter: &str) -> Option<String> {
        let definition = member(member(self.template, "parameters")?.as_object()?, parameter)?;
        Some(
            member(definition.as_object()?, "defaultValue")?
                .as_str()?
                .to_owned(),
        )
    }
}

impl Declared {
    /// Takes `Base/types/providers/extensions` apart into the extension and what it extends.
    fn split_extension(&mut self, path: &str) -> Result<(), BicepError> {
        let words: Vec<&str> = self.resource_type.split('/').collect();
        let Some(at) = words
            .iter()
            .position(|word| word.eq_ignore_ascii_case("providers"))
        else {
            return Ok(());
        };
        let named = at.saturating_sub(1);
        let namespace = self
            .names
            .get(named)
            .and_then(|segment| fixed(segment))
            .map(str::to_owned);
        let (Some(namespace), true) = (namespace, self.names.len() + 1 == words.len() && named > 0) else {
            let reason = "the name of an extension must spell out as many segments as its type";
            return Err(BicepError::untranslatable(&join(path, "name"), reason));
        };
        let own = self.names.split_off(named + 1);
        let base_names: Vec<Segment> = self.names.drain(..named).collect();
        self.base = Some(Target {
            resource_type: words[..at].join("/"),
            names: base_names,
            base: None,
            place: Place::Here,
        });
        self.resource_type = format!("{namespace}/{}", words[at + 1..].join("/"));
        self.names = own;
        self.full_name = self.own_name.clone();
        Ok(())
    }

    /// The identity of its parent, if it is a child whose name spells the parent's out.
    pub fn parent(&self) -> Option<Target> {
        let (parent_type, _) = self
            .resource_type
            .rsplit_once('/')
            .filter(|(rest, _)| rest.contains('/'))?;
        let complete = self.resource_type.split('/').count() == self.names.len() + 1;
        complete.then(|| Target {
            resource_type: parent_type.to_owned(),
            names: self.names[..self.names.len() - 1].to_vec(),
            base: self.base.clone().map(Box::new),
            place: self.place.clone(),
        })
    }

    /// A resource that the template only refers to.
    pub fn existing(target: &Target, api_version: String) -> Self {
        let own_name = target.names.last().cloned().unwrap_or_default();
        Self {
            path: String::new(),
            body: Map::new(),
            resource_type: target.resource_type.clone(),
            api_version,
            full_name: joined_names(&target.names),
            names: target.names.clone(),
            own_name,
            base: target.base.as_deref().cloned(),
            place: target.place.clone(),
            symbolic: None,
            existing: true,
            nested: None,
        }
    }
}

fn joined_names(names: &[Segment]) -> Vec<Piece> {
    names.join(&Piece::Text("/".to_owned()))
}

/// The last segment as written where that can be told, otherwise with variables looked into.
fn own_name(written: &[Piece], names: &[Segment]) -> Vec<Piece> {
    let written = segments(written);
    let last = if written.len() == names.len() {
        written.last()
    } else {
        names.last()
    };
    last.cloned().unwrap_or_default()
}

/// An inline child's type is short; one with a namespace of its own is complete already.
fn is_relative(resource_type: &str) -> bool {
    let namespace = resource_type.split('/').next().unwrap_or_default();
    !namespace.contains('.') || !resource_type.contains('/')
}
