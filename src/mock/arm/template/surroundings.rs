//! The functions that look around: scope, ids, time, and the deployed world through `reference` and `list…`.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::expression::Expression;

use super::error::Halt;
use super::evaluator::{Evaluator, Place};
use super::functions::{dates_written, display, join_id};
use super::scope::cloud;

impl Evaluator<'_> {
    /// Answers a function of the surroundings; `None` when there is none of that name.
    pub fn surroundings(&self, name: &str, values: &[Value]) -> Option<Result<Value, Halt>> {
        let scope = &self.frame.scope;
        let text = |index: usize| values.get(index).map(display).unwrap_or_default();
        Some(match name {
            "resourcegroup" => Ok(scope.resource_group()),
            "subscription" => Ok(scope.subscription_object()),
            "tenant" => Ok(scope.tenant_object()),
            "environment" => Ok(cloud()),
            "deployment" => Ok(self.deployment()),
            "deployer" => Ok(json!({
                "objectId": Uuid::new_v5(&Uuid::NAMESPACE_OID, scope.subscription.as_bytes()).to_string(),
                "tenantId": scope.tenant,
                "userPrincipalName": "rehearsal@landfall.example",
            })),
            "managementgroup" => {
                Err(self.failed("'managementGroup' is not expected in a resource group deployment"))
            }
            "resourceid" => self.resource_id(values),
            "subscriptionresourceid" => self.subscription_resource_id(values),
            "tenantresourceid" => self.joined("", values),
            "managementgroupresourceid" => {
                let group = format!("/providers/Microsoft.Management/managementGroups/{}", text(0));
                self.joined(&group, values.get(1..).unwrap_or_default())
            }
            "extensionresourceid" => self.joined(&text(0), values.get(1..).unwrap_or_default()),
            "providers" => Ok(json!({"resourceType": text(1), "locations": [], "apiVersions": []})),
            "pickzones" => self.zones(values),
            "tologicalzone" | "tophysicalzone" => Ok(Value::from(text(values.len().saturating_sub(1)))),
            "utcnow" => self.default_only("utcNow").map(|()| self.now(values)),
            "newguid" => self.default_only("newGuid").map(|()| self.new_guid()),
            _ => return None,
        })
    }

    fn deployment(&self) -> Value {
        let scope = &self.frame.scope;
        json!({
            "name": scope.deployment,
            "properties": {
                "templateHash": self.frame.template_hash,
                "mode": "Incremental",
                "provisioningState": "Accepted",
            },
        })
    }

    fn default_only(&self, name: &str) -> Result<(), Halt> {
        if self.place == Place::Default {
            return Ok(());
        }
        Err(self.failed(format!(
            "The template function '{name}' is only valid in the default value of a parameter"
        )))
    }

    fn now(&self, values: &[Value]) -> Value {
        let now: Timestamp = self.frame.scope.now;
        let format = values.first().and_then(Value::as_str);
        Value::from(dates_written(now, format))
    }

    /// Another one at each call, the same ones when a deployment is evaluated again.
    fn new_guid(&self) -> Value {
        let scope = &self.frame.scope;
        let drawn = format!(
            "{}/{}/{}",
            scope.seed,
            scope.deployment,
            self.frame.parameters.len()
        );
        Value::from(Uuid::new_v5(&Uuid::NAMESPACE_URL, drawn.as_bytes()).to_string())
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
    fn resource_id(&self, values: &[Value]) -> Result<Value, Halt> {
        let scope = &self.frame.scope;
        let at = values
            .iter()
            .position(|value| value.as_str().is_some_and(|text| text.contains('/')));
        let (subscription, group) = match at {
            Some(0) => (scope.subscription.clone(), scope.group.clone()),
            Some(1) => (scope.subscription.clone(), display(&values[0])),
            Some(2) => (display(&values[0]), display(&values[1])),
            _ => {
                return Err(self.failed(
                    "Unable to evaluate the template language function 'resourceId': no type was given",
                ));
            }
        };
        let base = format!("/subscriptions/{subscription}/resourceGroups/{group}");
        self.joined(&base, &values[at.unwrap_or_default()..])
    }

    fn subscription_resource_id(&self, values: &[Value]) -> Result<Value, Halt> {
        let own = self.frame.scope.subscription_id();
        match values.first().and_then(Value::as_str) {
            Some(first) if !first.contains('/') => self.joined(
                &format!("/subscriptions/{first}"),
                values.get(1..).unwrap_or_default(),
            ),
            _ => self.joined(&own, values),
        }
    }

    /// `pickZones(namespace, type, region[, count[, offset]])`.
    fn zones(&self, values: &[Value]) -> Result<Value, Halt> {
        let number = |index: usize, absent: usize| {
            let given = values.get(index).and_then(Value::as_u64);
            given
                .and_then(|given| usize::try_from(given).ok())
                .unwrap_or(absent)
        };
        let (count, offset) = (number(3, 1), number(4, 0));
        if !(1..=3).contains(&count) {
            return Err(self.failed("'pickZones' gives 1 to 3 zones"));
        }
        Ok((0..count)
            .map(|index| Value::from(((index + offset) % 3 + 1).to_string()))
            .collect())
    }

    /// `reference(nameOrId[, apiVersion][, 'Full'])`.
    pub fn reference(&self, name: &str, arguments: &[Expression]) -> Result<Value, Halt> {
        let values = self.all(arguments)?;
        self.run_time_only(name)?;
        let target = values.first().map(display).unwrap_or_default();
        let full = values
            .get(1..)
            .unwrap_or_default()
            .iter()
            .any(|v| v.as_str().is_some_and(|t| t.eq_ignore_ascii_case("full")));
        let runtime = self.runtime.ok_or(Halt::Later)?;
        let one = |id: &str| {
            let resource = runtime.resource(id).ok_or_else(|| {
                self.failed(format!(
                    "The resource '{id}' that the template function 'reference' asks for was not found"
                ))
            })?;
            Ok(if full {
                resource
            } else {
                resource.get("properties").cloned().unwrap_or_default()
            })
        };
        if name == "references" {
            let ids = self.names.map(|names| names.of_loop(&target)).unwrap_or_default();
            return ids.iter().map(|id| one(id)).collect();
        }
        one(&self.id_of(&target))
    }

    /// `list…(nameOrId, apiVersion[, body])`; what it gives is secret.
    pub fn list(&self, name: &str, values: &[Value]) -> Result<Value, Halt> {
        self.run_time_only(name)?;
        let target = values.first().map(display).unwrap_or_default();
        let runtime = self.runtime.ok_or(Halt::Later)?;
        self.meter.taint();
        runtime
            .list(&self.id_of(&target), name)
            .map_err(|message| self.failed(message))
    }

    fn run_time_only(&self, name: &str) -> Result<(), Halt> {
        if self.place == Place::Body && self.arguments.is_none() {
            return Ok(());
        }
        Err(self.failed(format!(
            "The template function '{name}' is not expected at this location"
        )))
    }

    /// The id behind a name of this template; an id stays as it is.
    pub fn id_of(&self, target: &str) -> String {
        let known = self.names.and_then(|names| names.id_of(target));
        known.map_or_else(|| target.to_owned(), ToOwned::to_owned)
    }
}
