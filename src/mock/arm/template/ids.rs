//! The functions that put ids together: `resourceId` and its kin, whose meaning depends on the scope.

use serde_json::Value;
use uuid::Uuid;

use super::error::Halt;
use super::evaluator::Evaluator;
use super::functions::{display, join_id};
use super::level::Level;

impl Evaluator<'_> {
    /// Answers a function of this file; `None` when there is none of that name.
    pub(super) fn ids(&self, name: &str, values: &[Value]) -> Option<Result<Value, Halt>> {
        let text = |index: usize| values.get(index).map(display).unwrap_or_default();
        let rest = values.get(1..).unwrap_or_default();
        Some(match name {
            "resourceid" => self.resource_id(values),
            "subscriptionresourceid" => self.subscription_resource_id(values),
            "tenantresourceid" => self.joined("", values),
            "managementgroupresourceid" => self.management_group_resource_id(values),
            "extensionresourceid" => self.joined(&text(0), rest),
            _ => return None,
        })
    }

    fn joined(&self, scope: &str, values: &[Value]) -> Result<Value, Halt> {
        let (resource_type, names) = values
            .split_first()
            .ok_or_else(|| self.failed("a resource id needs a type and names"))?;
        let names: Vec<String> = names.iter().map(display).collect();
        let id = join_id(scope, &display(resource_type), &names);
        id.map(Value::from).map_err(|message| self.failed(message))
    }

    /// `resourceId([subscription], [group], type, name…)`: the type is the first argument with a slash.
    ///
    /// Above groups it gives the id at the scope of the subscription, and above subscriptions that of the tenant.
    fn resource_id(&self, values: &[Value]) -> Result<Value, Halt> {
        let scope = &self.frame.scope;
        let at = values
            .iter()
            .position(|value| value.as_str().is_some_and(|text| text.contains('/')));
        let own = scope.subscription();
        let in_group =
            |subscription: &str, group: &str| format!("/subscriptions/{subscription}/resourceGroups/{group}");
        let base = match (at, scope.level()) {
            (Some(0), Level::Group | Level::Subscription) => scope.id.clone(),
            (Some(0), _) => String::new(),
            (Some(1), Level::Group) => in_group(own, &display(&values[0])),
            (Some(1), _) => match display(&values[0]) {
                subscription if Uuid::try_parse(&subscription).is_ok() => {
                    format!("/subscriptions/{subscription}")
                }
                group => in_group(own, &group),
            },
            (Some(2), _) => in_group(&display(&values[0]), &display(&values[1])),
            _ => {
                return Err(self.failed(
                    "Unable to evaluate the template language function 'resourceId': no type was given",
                ));
            }
        };
        self.joined(&base, &values[at.unwrap_or_default()..])
    }

    fn subscription_resource_id(&self, values: &[Value]) -> Result<Value, Halt> {
        match values.first().and_then(Value::as_str) {
            Some(first) if !first.contains('/') => self.joined(
                &format!("/subscriptions/{first}"),
                values.get(1..).unwrap_or_default(),
            ),
            _ => {
                self.expect(&[Level::Group, Level::Subscription], "subscriptionResourceId")?;
                self.joined(&self.frame.scope.subscription_id(), values)
            }
        }
    }

    fn management_group_resource_id(&self, values: &[Value]) -> Result<Value, Halt> {
        match values.first().and_then(Value::as_str) {
            Some(first) if !first.contains('/') => self.joined(
                &format!("/providers/Microsoft.Management/managementGroups/{first}"),
                values.get(1..).unwrap_or_default(),
            ),
            _ => {
                self.expect(&[Level::ManagementGroup], "managementGroupResourceId")?;
                self.joined(&self.frame.scope.id, values)
            }
        }
    }

    /// Refuses a function at a scope that it has no meaning at.
    pub(super) fn expect(&self, levels: &[Level], function: &str) -> Result<(), Halt> {
        let level = self.frame.scope.level();
        if levels.contains(&level) {
            return Ok(());
        }
        Err(self.failed(format!(
            "The template function '{function}' is not expected at the scope of a {}",
            level.word()
        )))
    }
}
