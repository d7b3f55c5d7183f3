//! The functions that look around: scope, ids, time, and the deployed world through `reference` and `list…`.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::expression::Expression;

use super::error::Halt;
use super::evaluator::{Evaluator, Place};
use super::functions::{dates_written, display};
use super::level::Level;
use super::scope::cloud;
use super::zones::provider;

impl Evaluator<'_> {
    /// Answers a function of the surroundings; `None` when there is none of that name.
    pub fn surroundings(&self, name: &str, values: &[Value]) -> Option<Result<Value, Halt>> {
        let scope = &self.frame.scope;
        let text = |index: usize| values.get(index).map(display).unwrap_or_default();
        Some(match name {
            "resourcegroup" => self
                .expect(&[Level::Group], "resourceGroup")
                .map(|()| scope.resource_group()),
            "subscription" => self
                .expect(&[Level::Group, Level::Subscription], "subscription")
                .map(|()| scope.subscription_object()),
            "tenant" => Ok(scope.tenant_object()),
            "environment" => Ok(cloud()),
            "deployment" => Ok(self.deployment()),
            "deployer" => Ok(json!({
                "objectId": Uuid::new_v5(&Uuid::NAMESPACE_OID, scope.tenant.as_bytes()).to_string(),
                "tenantId": scope.tenant,
                "userPrincipalName": "rehearsal@landfall.example",
            })),
            "managementgroup" => self
                .expect(&[Level::ManagementGroup], "managementGroup")
                .map(|()| scope.management_group()),
            "providers" => Ok(provider(&text(0), values.get(1).map(display).as_deref())),
            "pickzones" => self.zones(values),
            "tologicalzone" | "tophysicalzone" => self.zone(name, &text(1), &text(2)).map(Value::from),
            "tologicalzones" | "tophysicalzones" => self.all_zones(name, &text(1), values.get(2)),
            "externalinputs" => self.external_input(&text(0)),
            "utcnow" => self.default_only("utcNow").map(|()| self.now(values)),
            "newguid" => self.default_only("newGuid").map(|()| self.new_guid()),
            _ => return self.ids(name, values),
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
        let answer = runtime.list(&self.id_of(&target), name);
        // Why there is none is no secret.
        let answer = answer.map_err(|message| self.failed(message))?;
        self.meter.taint();
        Ok(answer)
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
        if let Some(known) = self.names.and_then(|names| names.id_of(target)) {
            return known.to_owned();
        }
        // `Microsoft.Storage/storageAccounts/records`: of the scope that is deployed to.
        let is_relative = !target.starts_with('/')
            && target.split('/').next().is_some_and(|first| first.contains('.'))
            && target.split('/').count() % 2 == 1;
        if is_relative {
            format!("{}/providers/{target}", self.frame.scope.id)
        } else {
            target.to_owned()
        }
    }
}
