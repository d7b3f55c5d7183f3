//! What a stack would do, kept as a resource of its own until its time is over.

use std::time::Duration;

use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::clock::after;
use super::super::comparison::Comparison;
use super::super::error::ArmError;
use super::super::view::stamp;
use super::super::world::World;
use super::start::{PreparedStack, lower_types};
use super::{Stack, Wish, changes};

pub const PREVIEW: &str = "Microsoft.Resources/deploymentStacksWhatIfResults";
/// Source: recorded what-ifs of stacks with a trivial template took about half a minute.
const TAKES: Duration = Duration::from_secs(30);
/// Source: `az stack-whatif group create --help`: 1 to 30 days.
const RETENTION_DAYS: std::ops::RangeInclusive<f64> = 1.0..=30.0;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Preview {
    pub id: String,
    pub location: String,
    pub tags: Map<String, Value>,
    pub wish: Wish,
    /// The stack that it is compared with.
    pub stack: String,
    /// ISO 8601, as it was given.
    pub retention: String,
    pub parameters: Map<String, Value>,
    pub correlation_id: String,
    pub operation: String,
    /// When the stack was changed last; `None` when there was none.
    pub last_modified: Option<Timestamp>,
    pub outcome: Result<Value, ArmError>,
    /// When the outcome can be read; `None` when it can.
    pub due: Option<Timestamp>,
    pub expires: Timestamp,
}

fn invalid(message: impl Into<String>) -> ArmError {
    ArmError::bad_request("InvalidRequestContent", message)
}

/// How long a result is kept.
fn retention(text: &str) -> Result<Duration, ArmError> {
    let refused = || {
        invalid(format!(
            "The retention interval '{text}' is not an ISO 8601 duration of 1 to 30 days."
        ))
    };
    let span: Span = text.parse().map_err(|_| refused())?;
    let days = span
        .total(jiff::SpanTotal::from(jiff::Unit::Day).days_are_24_hours())
        .map_err(|_| refused())?;
    if RETENTION_DAYS.contains(&days) {
        Ok(Duration::from_secs_f64(days * 86_400.0))
    } else {
        Err(refused())
    }
}

impl World {
    /// Takes a preview on: its outcome can be read after a while.
    ///
    /// # Errors
    ///
    /// 400 for a body without the stack, or with a retention that is out of bounds.
    pub fn start_preview(
        &mut self,
        id: &str,
        asked: &PreparedStack,
        body: &Value,
        correlation: &str,
        at: Timestamp,
    ) -> Result<(), ArmError> {
        let text = |name: &str| body["properties"][name].as_str();
        let stack = text("deploymentStackResourceId").filter(|stack| is_stack(stack));
        let stack = stack.ok_or_else(|| {
            invalid(
                "The value of 'properties.deploymentStackResourceId' is not the id of a deployment stack.",
            )
        })?;
        let given = text("retentionInterval");
        let given =
            given.ok_or_else(|| invalid("The request content has no 'properties.retentionInterval'."))?;
        let expires = after(at, retention(given)?);
        let outcome = self.predicted(stack, asked, correlation);
        let before = self.state.stacks.all.get(&stack.to_lowercase());
        let last_modified = before.map(|stack| stack.changed);
        let key = id.to_lowercase();
        let preview = Preview {
            id: id.to_owned(),
            location: asked.location.clone(),
            tags: asked.tags.clone(),
            wish: asked.wish.clone(),
            stack: stack.to_owned(),
            retention: given.to_owned(),
            parameters: lower_types(asked.prepared.expanded.parameters()),
            correlation_id: correlation.to_owned(),
            operation: self.begin_operation(&key, &asked.location),
            last_modified,
            outcome,
            due: Some(after(at, self.settings.clock.takes(TAKES))),
            expires,
        };
        self.state.stacks.previews.insert(key, preview);
        self.dirty = true;
        Ok(())
    }

    fn predicted(&self, stack: &str, asked: &PreparedStack, correlation: &str) -> Result<Value, ArmError> {
        self.preflight(&asked.prepared, &asked.deployment)?;
        let plain = self.what_if(&asked.prepared, &asked.target, correlation, false);
        let before = self.state.stacks.all.get(&stack.to_lowercase());
        Ok(changes::of(self, before, &asked.wish, &plain["properties"]))
    }

    /// The outcome of a preview can be read from now on.
    pub(super) fn preview_due(&mut self, key: &str) {
        let Some(preview) = self.state.stacks.previews.get_mut(key) else {
            return;
        };
        preview.due = None;
        let (token, error) = (preview.operation.clone(), preview.outcome.clone().err());
        self.state.stacks.end_operation(&token, error);
        self.dirty = true;
    }

    /// Forgets previews whose time is over.
    pub fn expire_previews(&mut self) {
        let now = self.now();
        let before = self.state.stacks.previews.len();
        self.state
            .stacks
            .previews
            .retain(|_, preview| preview.expires > now);
        self.dirty |= self.state.stacks.previews.len() != before;
    }

    /// What comparing a resource with itself still shows, right after it was deployed: it says nothing about a change.
    pub(super) fn baseline(&self, stack: &Stack) -> Map<String, Value> {
        let mut baseline = Map::new();
        for one in &stack.resources {
            let key = one.id.to_lowercase();
            let Some(stored) = self.state.resources.get(&key) else {
                continue;
            };
            let noise = Comparison { hidden: &[] }.resource(&stored.document, &stored.given, &stored.given);
            if !noise.is_empty() {
                baseline.insert(key, noise.into());
            }
        }
        baseline
    }
}

fn is_stack(id: &str) -> bool {
    let kind = crate::model::resource_id::ResourceId::new(id).resource_type();
    kind.eq_ignore_ascii_case(super::STACK)
}

impl Preview {
    /// As a reader gets it; `whole` with what changes inside each resource.
    pub fn document(&self, whole: bool) -> Value {
        let last_modified = self.last_modified.map(stamp);
        let mut properties = json!({
            "deploymentStackResourceId": self.stack,
            "retentionInterval": self.retention,
            "provisioningState": self.word(),
            "deploymentStackLastModified": last_modified.unwrap_or_else(|| "0001-01-01T00:00:00+00:00".to_owned()),
            "correlationId": self.correlation_id,
            "parameters": self.parameters,
        });
        if let Some(fields) = properties.as_object_mut() {
            fields.extend(super::document::wish_of(&self.wish));
            match &self.outcome {
                _ if self.due.is_some() => {}
                Ok(outcome) => fields.extend(shown(outcome, whole)),
                Err(error) => {
                    fields.insert("error".to_owned(), error.object());
                }
            }
        }
        let name = self.id.rsplit('/').next();
        let mut document = json!({"id": self.id, "name": name, "type": PREVIEW, "tags": self.tags});
        if !self.id.to_lowercase().contains("/resourcegroups/") {
            document["location"] = self.location.as_str().into();
        }
        document["properties"] = properties;
        document
    }

    pub fn word(&self) -> &'static str {
        match &self.outcome {
            _ if self.due.is_some() => "initializing",
            Ok(_) => "succeeded",
            Err(_) => "failed",
        }
    }
}

fn shown(outcome: &Value, whole: bool) -> Map<String, Value> {
    let mut outcome = outcome.clone();
    if !whole && let Some(Value::Array(all)) = outcome.pointer_mut("/changes/resourceChanges") {
        for change in all.iter_mut().filter_map(Value::as_object_mut) {
            change.shift_remove("resourceConfigurationChanges");
        }
    }
    match outcome {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
