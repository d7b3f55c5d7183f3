//! A stack is asked for: read, evaluated, recorded; or its deletion begins.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::clock::after;
use super::super::error::ArmError;
use super::super::prepare::{Prepared, without_secrets};
use super::super::world::World;
use super::request::of_deployment;
use super::run::MOMENT;
use super::{Action, Phase, Stack, StackScope, Wish};

/// A stack that was asked for and could be read.
pub struct PreparedStack {
    pub id: String,
    pub location: String,
    /// The id of the scope that is deployed to.
    pub target: String,
    pub wish: Wish,
    pub tags: Map<String, Value>,
    pub deployment: String,
    pub prepared: Prepared,
}

impl World {
    /// Reads the body of a stack's `PUT` or `validate`, and evaluates its template.
    ///
    /// # Errors
    ///
    /// 400 for what cannot be read, 404 for a group that is not there.
    pub fn prepare_stack(
        &mut self,
        scope: &StackScope,
        name: &str,
        body: &Value,
    ) -> Result<PreparedStack, ArmError> {
        super::check_name(name)?;
        let wish = Wish::read(body)?;
        let id = scope.stack_id(self, name)?;
        let location = scope.location(self, body["location"].as_str())?;
        let target = scope.target(self, &wish)?;
        let deployment = self.deployment_name(name);
        self.state.counter += 1;
        let seed = self.state.counter;
        let prepared = self.prepare(&target, &deployment, &of_deployment(body, &target), seed)?;
        Ok(PreparedStack {
            id,
            location,
            target,
            wish,
            tags: body["tags"].as_object().cloned().unwrap_or_default(),
            deployment,
            prepared,
        })
    }

    /// `{stack}-{date}-{five letters}`, within the length of a deployment's name.
    fn deployment_name(&mut self, stack: &str) -> String {
        let begin: String = stack.chars().take(37).collect();
        let guid = self.fresh_guid();
        let letters = guid.get(..5).unwrap_or_default();
        format!("{begin}-{}-{letters}", self.now().strftime("%Y-%m-%d-%H-%M-%S"))
    }

    /// Takes a stack on: its deployment is recorded, or its refusal is due.
    pub fn start_stack(&mut self, asked: PreparedStack, correlation: &str, at: Timestamp) {
        let key = asked.id.to_lowercase();
        let deployment = format!(
            "{}/providers/Microsoft.Resources/deployments/{}",
            asked.target, asked.deployment
        );
        let fits = self.preflight(&asked.prepared, &asked.deployment);
        let refused = fits
            .and_then(|()| self.make_room(&deployment, asked.prepared.location.as_deref()))
            .err();
        if refused.is_none() {
            self.record(&deployment, &asked.prepared, correlation, None, at);
        }
        let operation = self.begin_operation(&key, &asked.location);
        let due = refused
            .is_some()
            .then(|| after(at, self.settings.clock.takes(MOMENT)));
        let before = self.state.stacks.all.remove(&key);
        let stack = Stack {
            id: before.as_ref().map_or(asked.id, |before| before.id.clone()),
            location: asked.location,
            tags: asked.tags,
            wish: asked.wish,
            template: without_secrets(&asked.prepared.template),
            parameters: lower_types(asked.prepared.expanded.parameters()),
            phase: if before.is_some() {
                Phase::Initializing
            } else {
                Phase::Creating
            },
            correlation_id: correlation.to_owned(),
            deployment_id: refused.is_none().then_some(deployment),
            operation,
            resources: before
                .as_ref()
                .map(|before| before.resources.clone())
                .unwrap_or_default(),
            detached: Vec::new(),
            deleted: Vec::new(),
            failed: Vec::new(),
            outputs: before.as_ref().and_then(|before| before.outputs.clone()),
            error: refused,
            enforced: before
                .as_ref()
                .map(|before| before.enforced.clone())
                .unwrap_or_default(),
            baseline: before
                .as_ref()
                .map(|before| before.baseline.clone())
                .unwrap_or_default(),
            created: before.as_ref().map_or(at, |before| before.created),
            changed: at,
            started: at,
            duration: before.and_then(|before| before.duration),
            due,
            leaving: Vec::new(),
            ending: None,
        };
        self.state.stacks.all.insert(key, stack);
        self.dirty = true;
    }

    /// Begins the deletion of a stack.
    pub fn end_stack(&mut self, key: &str, action: Action, correlation: &str, at: Timestamp) {
        let Some(location) = self.state.stacks.all.get(key).map(|stack| stack.location.clone()) else {
            return;
        };
        let operation = self.begin_operation(key, &location);
        let due = after(at, self.settings.clock.takes(MOMENT));
        self.change_stack(key, |stack| {
            stack.phase = Phase::Deleting;
            stack.operation = operation;
            correlation.clone_into(&mut stack.correlation_id);
            stack.started = at;
            stack.changed = at;
            stack.due = Some(due);
            stack.ending = Some(action);
            stack.error = None;
            stack.failed.clear();
        });
    }
}

/// `{name: {type: "String", …}}` with the types of stacks: `string`.
pub fn lower_types(mut parameters: Map<String, Value>) -> Map<String, Value> {
    for parameter in parameters.values_mut() {
        if let Some(Value::String(kind)) = parameter.get_mut("type")
            && let Some(first) = kind.get_mut(..1)
        {
            first.make_ascii_lowercase();
        }
    }
    parameters
}
