//! Where a resource lives: another scope, or on the resource that it extends.

use serde_json::Value;

use crate::model::expression::Expression;

use super::declared::{Declared, Reader};
use super::error::BicepError;
use super::json::{expression, join, member, text};
use super::target::{Place, Target};

impl Reader<'_> {
    /// Where a resource lives: `scope`, or `subscriptionId` and `resourceGroup`.
    pub(super) fn read_scope(&self, declared: &mut Declared) -> Result<(), BicepError> {
        let read = |key: &str| -> Result<Option<Expression>, BicepError> {
            match member(&declared.body, key) {
                None | Some(Value::Null) => Ok(None),
                Some(_) => {
                    let path = join(&declared.path, key);
                    expression(text(&declared.body, key, &declared.path)?, &path).map(Some)
                }
            }
        };
        if let Some(scope) = read("scope")? {
            if let Some(place) = Place::of_id(&scope) {
                declared.place = place;
                return Ok(());
            }
            let target = match scope.as_text() {
                Some(symbol) if !symbol.contains('/') => self.by_symbol(symbol),
                _ => Target::read(self.expansions, &scope),
            };
            let reason = "its scope does not spell out the resource it names";
            let path = join(&declared.path, "scope");
            declared.base = Some(target.ok_or_else(|| BicepError::untranslatable(&path, reason))?);
            return Ok(());
        }
        match (read("subscriptionId")?, read("resourceGroup")?) {
            (None, None) => {}
            (subscription, Some(group)) => declared.place = Place::Group { subscription, group },
            (subscription, None) => declared.place = Place::Subscription(subscription),
        }
        Ok(())
    }

    /// The identity of the resource that a template of version 2.0 calls `symbol`.
    fn by_symbol(&self, symbol: &str) -> Option<Target> {
        let body = member(self.template, "resources")?
            .as_object()?
            .get(symbol)?
            .as_object()?;
        let name = super::unify::segments_of(self.expansions, member(body, "name")?.as_str()?)?;
        let resource_type = member(body, "type")?.as_str()?.to_owned();
        Some(Target {
            resource_type,
            names: name,
            base: None,
            place: Place::Here,
        })
    }
}
