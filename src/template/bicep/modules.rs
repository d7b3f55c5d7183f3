//! What a module is given: `params`, with secrets taken from their Key Vault.

use serde_json::Value;

use super::error::BicepError;
use super::json::join;
use super::names::identifier;
use super::nested::{Argument, Nested};
use super::resources::Resources;
use super::translator::Translator;
use super::tree::{Code, Key};

impl Resources<'_> {
    pub(super) fn arguments(
        &self,
        translator: &mut Translator<'_>,
        nested: &Nested,
        path: &str,
    ) -> Result<Vec<(Key, Code)>, BicepError> {
        let path = join(path, "properties.parameters");
        translator.allows_for = true;
        let mut codes = Vec::new();
        for (name, argument) in &nested.arguments {
            let path = join(&path, name);
            let code = match argument {
                Argument::Value(value) => translator.value(value, &path)?,
                Argument::Looped(holder) => {
                    let mut entries = translator.object(holder, &path)?;
                    entries.pop().map_or(Code::Null, |(_, value)| value)
                }
                Argument::Secret { vault, name, version } => {
                    self.secret(translator, vault, [Some(name), version.as_ref()], &path)?
                }
            };
            codes.push((Key::Text(identifier(name)), code));
        }
        translator.allows_for = false;
        let params = (!codes.is_empty()).then(|| (Key::Text("params".to_owned()), Code::Object(codes)));
        Ok(params.into_iter().collect())
    }

    fn secret(
        &self,
        translator: &mut Translator<'_>,
        vault: &Value,
        arguments: [Option<&Value>; 2],
        path: &str,
    ) -> Result<Code, BicepError> {
        let target = self.table.vault(vault, path)?;
        let found = self.table.find_one(&target);
        let found =
            found.ok_or_else(|| BicepError::untranslatable(path, "its Key Vault could be one of several"))?;
        let vault = translator.symbol(&found, path)?;
        let given = arguments.into_iter().flatten().filter(|value| !value.is_null());
        let arguments = given
            .map(|value| translator.value(value, path))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Code::Method {
            of: Box::new(vault),
            name: "getSecret".to_owned(),
            arguments,
        })
    }
}
