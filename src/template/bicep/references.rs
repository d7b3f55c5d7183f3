//! Calls that name a resource: `resourceId`, `reference`, `list…`, and the outputs of modules.
//!
//! A resource of the file is spoken of by its symbol; that is also what makes Bicep wait for it.

use crate::model::expression::Expression;

use super::error::BicepError;
use super::graph::waits;
use super::json::member;
use super::names::identifier;
use super::table::Found;
use super::target::Target;
use super::translator::Translator;
use super::tree::Code;

impl Translator<'_> {
    /// The symbolic form of a call, or `None` where it stays a call.
    pub(super) fn resource_call(
        &mut self,
        call: &Expression,
        path: &str,
    ) -> Result<Option<Code>, BicepError> {
        let Expression::Call { name, arguments } = call else {
            return Ok(None);
        };
        let function = name.to_ascii_lowercase();
        if function.ends_with("resourceid") {
            let found = self.resource_of(call).filter(|found| !self.is_module(found));
            return found
                .map(|found| Ok(self.symbol(&found, path)?.property("id")))
                .transpose();
        }
        let Some(first) = arguments.first().filter(|_| waits(&function)) else {
            return Ok(None);
        };
        if function == "references" {
            return self.collection(arguments, path);
        }
        let Some(found) = self.named(first) else {
            return Ok(None);
        };
        if self.is_module(&found) {
            return self.deployment(call, &found, path).map(Some);
        }
        let symbol = self.symbol(&found, path)?;
        let version = arguments.get(1);
        if function == "resourceinfo" {
            return Ok(Some(symbol));
        }
        if function == "reference" {
            if !self.is_own_version(version, &found) {
                let mut codes = vec![symbol.property("id")];
                codes.extend(self.expressions(&arguments[1..], path)?);
                return Ok(Some(Code::call(self.function("reference"), codes)));
            }
            let full = arguments
                .get(2)
                .and_then(Expression::as_text)
                .is_some_and(|text| text.eq_ignore_ascii_case("full"));
            return Ok(Some(if full {
                symbol
            } else {
                symbol.property("properties")
            }));
        }
        let own = self.is_own_version(version, &found) && arguments.len() < 3;
        let rest = if own {
            &[]
        } else {
            arguments.get(1..).unwrap_or_default()
        };
        let rest = self.expressions(rest, path)?;
        let name = super::functions::spelling(name);
        Ok(Some(Code::Method {
            of: Box::new(symbol),
            name,
            arguments: rest,
        }))
    }

    /// `references('loop')`: what each element's properties are.
    fn collection(&mut self, arguments: &[Expression], path: &str) -> Result<Option<Code>, BicepError> {
        let found = self.table.find_named(&arguments[0]).into_iter().next();
        let Some(found) = found.filter(|found| self.allows(found)) else {
            return Ok(None);
        };
        let symbol = self.symbol(&found, path)?;
        let full = arguments
            .iter()
            .filter_map(Expression::as_text)
            .any(|text| text.eq_ignore_ascii_case("full"));
        if full {
            return Ok(Some(symbol));
        }
        let item = self.local_name("item", &[]);
        let body = Box::new(Code::name(&item).property("properties"));
        Ok(Some(Code::call(
            self.function("map"),
            vec![
                symbol,
                Code::Lambda {
                    parameters: vec![item],
                    body,
                },
            ],
        )))
    }

    /// What ARM knows of a module beyond its outputs: the deployment is asked for by its name.
    fn deployment(&mut self, call: &Expression, found: &Found, path: &str) -> Result<Code, BicepError> {
        let Expression::Call { name, arguments } = call else {
            return Ok(Code::Null);
        };
        let version = self.table.resources[found.resource].declared.api_version.clone();
        let symbol = self.symbol(found, path)?;
        let kind = Code::text("Microsoft.Resources/deployments");
        let id = Code::call(self.function("resourceId"), vec![kind, symbol.property("name")]);
        let mut codes = vec![id, Code::text(version)];
        codes.extend(self.expressions(arguments.get(2..).unwrap_or_default(), path)?);
        Ok(Code::call(self.function(name), codes))
    }

    /// `reference('module').outputs.x.value` is `module.outputs.x`.
    pub(super) fn module_output(
        &mut self,
        chain: &Expression,
        path: &str,
    ) -> Result<Option<Code>, BicepError> {
        let (root, keys) = keys_of(chain);
        let Expression::Call { name, arguments } = root else {
            return Ok(None);
        };
        let Some(first) = arguments.first() else {
            return Ok(None);
        };
        let output = match (name.to_ascii_lowercase().as_str(), keys.as_slice()) {
            ("reference", [outputs, output, value])
                if is_word(outputs, "outputs") && is_word(value, "value") =>
            {
                output
            }
            ("reference", [properties, outputs, output, value])
                if is_word(properties, "properties")
                    && is_word(outputs, "outputs")
                    && is_word(value, "value") =>
            {
                output
            }
            ("listoutputswithsecurevalues", [output]) => output,
            _ => return Ok(None),
        };
        let named = self
            .named(first)
            .filter(|found| self.is_module(found) && !output.is_empty());
        let Some(found) = named else { return Ok(None) };
        Ok(Some(
            self.symbol(&found, path)?
                .property("outputs")
                .property(identifier(output)),
        ))
    }

    /// The one resource that `expression` names and that may be spoken of by its symbol here.
    fn named(&self, expression: &Expression) -> Option<Found> {
        let mut found = self.table.find_named(expression).into_iter();
        let one = found.next().filter(|_| found.next().is_none())?;
        self.usable(one)
    }

    fn resource_of(&self, id: &Expression) -> Option<Found> {
        let target = Target::read(&self.table.expansions, id)?;
        self.usable(self.table.find_one(&target)?)
    }

    /// A loop as a whole has no id and no properties, only its elements do.
    fn usable(&self, found: Found) -> Option<Found> {
        let body = &self.table.resources[found.resource].declared.body;
        let looping = member(body, "copy").is_some_and(|copy| !copy.is_null());
        (self.allows(&found) && looping == found.element.is_some()).then_some(found)
    }

    fn allows(&self, found: &Found) -> bool {
        self.table.graph.allows(&self.node, found.resource)
    }

    fn is_module(&self, found: &Found) -> bool {
        self.table.resources[found.resource].declared.nested.is_some()
    }

    /// Without a version ARM takes the resource's own; so does one that is computed from `providers(…)`.
    fn is_own_version(&self, version: Option<&Expression>, found: &Found) -> bool {
        let own = &self.table.resources[found.resource].declared.api_version;
        let Some(version) = version else { return true };
        if keys_of(version).0.arguments_of("providers").is_some() {
            return true;
        }
        match self.table.expansions.pieces(version).as_slice() {
            [super::pieces::Piece::Text(text)] => text.eq_ignore_ascii_case(own),
            _ => false,
        }
    }
}

/// A chain of properties as its root and keys; an index that is no fixed text has an empty key.
fn keys_of(chain: &Expression) -> (&Expression, Vec<&str>) {
    let (mut at, mut keys) = (chain, Vec::new());
    loop {
        match at {
            Expression::Property { of, name } => {
                keys.push(name.as_str());
                at = of;
            }
            Expression::Index { of, index } => {
                keys.push(index.as_text().unwrap_or_default());
                at = of;
            }
            root => {
                keys.reverse();
                return (root, keys);
            }
        }
    }
}

fn is_word(key: &str, word: &str) -> bool {
    key.eq_ignore_ascii_case(word)
}
