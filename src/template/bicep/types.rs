//! The types of parameters and outputs, and the decorators that narrow them.

use serde_json::{Map, Value};

use super::error::BicepError;
use super::json::{as_object, join, member, object, text};
use super::kinds::Kind;
use super::print::print;
use super::quote;
use super::translator::Translator;
use super::tree::{Code, Key};

/// Limits that are decorators of the same name.
const LIMITS: [&str; 4] = ["minLength", "maxLength", "minValue", "maxValue"];

/// A type definition as it is written: decorators, and the type.
pub struct Typed {
    pub decorators: Vec<String>,
    pub name: String,
}

impl Translator<'_> {
    /// The type of a parameter, an output or a property. `union` writes the allowed values into the type itself.
    pub fn typed(
        &mut self,
        definition: &Map<String, Value>,
        union: bool,
        indent: usize,
        path: &str,
    ) -> Result<Typed, BicepError> {
        let mut decorators = self.described(definition, indent, path)?;
        let declared = self.base_type(definition, union, indent, path)?;
        if declared.secure {
            decorators.push("@secure()".to_owned());
        }
        for limit in LIMITS {
            if let Some(value) = member(definition, limit).filter(|value| !value.is_null()) {
                let code = self.value(value, &join(path, limit))?;
                decorators.push(format!("@{limit}({})", print(&code, indent)));
            }
        }
        if let Some(allowed) =
            member(definition, "allowedValues").filter(|allowed| !union && allowed.is_array())
        {
            let code = self.value(allowed, &join(path, "allowedValues"))?;
            decorators.push(format!("@allowed({})", print(&code, indent)));
        }
        if member(definition, "additionalProperties") == Some(&Value::Bool(false)) {
            decorators.push("@sealed()".to_owned());
        }
        if let Some(discriminator) = object(definition, "discriminator", path)? {
            let property = text(discriminator, "propertyName", path)?;
            decorators.push(format!("@discriminator({})", quote::quoted(property)));
        }
        let nullable = member(definition, "nullable") == Some(&Value::Bool(true));
        Ok(Typed {
            decorators,
            name: if nullable {
                suffixed(&declared.name, "?")
            } else {
                declared.name
            },
        })
    }

    /// `@description` and `@metadata`.
    fn described(
        &mut self,
        definition: &Map<String, Value>,
        indent: usize,
        path: &str,
    ) -> Result<Vec<String>, BicepError> {
        let Some(metadata) = object(definition, "metadata", path)? else {
            return Ok(Vec::new());
        };
        let mut decorators = Vec::new();
        let mut rest = Vec::new();
        for (key, value) in metadata {
            match value {
                Value::String(text) if key.eq_ignore_ascii_case("description") => {
                    decorators.push(format!("@description({})", print(&Code::text(text), indent)));
                }
                Value::Bool(true) if key == "__bicep_export!" => decorators.push("@export()".to_owned()),
                _ if key.starts_with("__bicep") => {}
                _ => rest.push((Key::Text(key.clone()), self.value(value, &join(path, key))?)),
            }
        }
        if !rest.is_empty() {
            decorators.push(format!("@metadata({})", print(&Code::Object(rest), indent)));
        }
        Ok(decorators)
    }

    fn base_type(
        &mut self,
        definition: &Map<String, Value>,
        union: bool,
        indent: usize,
        path: &str,
    ) -> Result<Base, BicepError> {
        if let Some(reference) = member(definition, "$ref").and_then(Value::as_str) {
            return self.referred(reference, path).map(Base::plain);
        }
        if let Some(allowed) = member(definition, "allowedValues")
            .and_then(Value::as_array)
            .filter(|_| union)
        {
            let literals = allowed
                .iter()
                .map(|value| self.value(value, path).map(|code| print(&code, indent)));
            let union = literals.collect::<Result<Vec<_>, _>>()?.join(" | ");
            let list = text(definition, "type", path).is_ok_and(|name| name.eq_ignore_ascii_case("array"));
            return Ok(Base::plain(if list { suffixed(&union, "[]") } else { union }));
        }
        if let Some(discriminator) = object(definition, "discriminator", path)? {
            return self.variants(discriminator, path).map(Base::plain);
        }
        let declared = match member(definition, "type") {
            None => self.undeclared(definition).to_owned(),
            Some(_) => text(definition, "type", path)?.to_ascii_lowercase(),
        };
        let path = path.to_owned();
        Ok(match declared.as_str() {
            "string" | "int" | "bool" => Base::plain(declared),
            "securestring" => Base {
                name: "string".to_owned(),
                secure: true,
            },
            "secureobject" => Base {
                name: self.object_type(definition, indent, &path)?,
                secure: true,
            },
            "object" => Base::plain(self.object_type(definition, indent, &path)?),
            "array" => Base::plain(self.array_type(definition, indent, &path)?),
            _ => {
                return Err(BicepError::NotATemplate {
                    path: join(&path, "type"),
                    expected: "a type of ARM templates",
                });
            }
        })
    }

    /// A type that ARM leaves open. Bicep has no word for it that every reader knows; the default value tells, or else it
    /// is taken for an object, which is what such parameters hold.
    fn undeclared(&self, definition: &Map<String, Value>) -> &'static str {
        let default = member(definition, "defaultValue").or_else(|| member(definition, "value"));
        match default.map_or(Kind::Unknown, |value| self.table.kinds.of_value(value)) {
            Kind::Unknown => "object",
            kind => kind.type_name(),
        }
    }

    fn referred(&self, reference: &str, path: &str) -> Result<String, BicepError> {
        let name = reference.strip_prefix("#/definitions/").unwrap_or(reference);
        let known = self.table.types.get(&name.to_lowercase()).cloned();
        known.ok_or_else(|| BicepError::Unknown {
            path: join(path, "$ref"),
            what: "type",
            name: name.to_owned(),
        })
    }

    fn variants(&mut self, discriminator: &Map<String, Value>, path: &str) -> Result<String, BicepError> {
        let mapping = object(discriminator, "mapping", path)?.into_iter().flatten();
        let path = join(path, "discriminator.mapping");
        let variants = mapping.map(|(key, value)| {
            let path = join(&path, key);
            let reference = text(as_object(value, &path)?, "$ref", &path)?.to_owned();
            self.referred(&reference, &path)
        });
        let variants = variants.collect::<Result<Vec<_>, _>>()?;
        if variants.is_empty() {
            Err(BicepError::Missing { path })
        } else {
            Ok(variants.join(" | "))
        }
    }

    fn array_type(
        &mut self,
        definition: &Map<String, Value>,
        indent: usize,
        path: &str,
    ) -> Result<String, BicepError> {
        if let Some(Value::Object(items)) = member(definition, "items") {
            let item = self.typed(items, true, indent, &join(path, "items"))?;
            return Ok(suffixed(&item.name, "[]"));
        }
        let Some(Value::Array(prefix)) = member(definition, "prefixItems") else {
            return Ok("array".to_owned());
        };
        let items = prefix.iter().enumerate().map(|(at, item)| {
            let path = format!("{path}.prefixItems[{at}]");
            Ok(self.typed(as_object(item, &path)?, true, indent, &path)?.name)
        });
        Ok(format!(
            "[{}]",
            items.collect::<Result<Vec<_>, BicepError>>()?.join(", ")
        ))
    }

    fn object_type(
        &mut self,
        definition: &Map<String, Value>,
        indent: usize,
        path: &str,
    ) -> Result<String, BicepError> {
        let mut lines = Vec::new();
        let line = |text: &str| format!("{}{text}", "  ".repeat(indent + 1));
        for (name, property) in object(definition, "properties", path)?.into_iter().flatten() {
            let path = join(&join(path, "properties"), name);
            let typed = self.typed(as_object(property, &path)?, true, indent + 1, &path)?;
            lines.extend(typed.decorators.iter().map(|decorator| line(decorator)));
            lines.push(line(&format!("{}: {}", quote::key(name), typed.name)));
        }
        if let Some(Value::Object(rest)) = member(definition, "additionalProperties") {
            let typed = self.typed(rest, true, indent + 1, &join(path, "additionalProperties"))?;
            lines.extend(typed.decorators.iter().map(|decorator| line(decorator)));
            lines.push(line(&format!("*: {}", typed.name)));
        }
        if lines.is_empty() {
            return Ok("object".to_owned());
        }
        Ok(format!("{{\n{}\n{}}}", lines.join("\n"), "  ".repeat(indent)))
    }
}

struct Base {
    name: String,
    secure: bool,
}

impl Base {
    fn plain(name: String) -> Self {
        Self { name, secure: false }
    }
}

/// A union takes parentheses before a suffix.
fn suffixed(name: &str, suffix: &str) -> String {
    let union = name.contains(" | ") && !name.starts_with('{') || name.ends_with('?');
    if union {
        format!("({name}){suffix}")
    } else {
        format!("{name}{suffix}")
    }
}
