//! The status of what a stack is doing, at an address of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::world::World;
use super::Stacks;

/// One run of a stack, or its deletion.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// The id of the stack or of its preview, in lower case.
    pub stack: String,
    pub location: String,
    /// How it ended, when it has.
    pub ended: Option<Result<(), ArmError>>,
}

impl Stacks {
    pub(super) fn end_operation(&mut self, token: &str, error: Option<ArmError>) {
        if let Some(operation) = self.operations.get_mut(token) {
            operation.ended = Some(error.map_or(Ok(()), Err));
        }
    }
}

impl World {
    pub(super) fn begin_operation(&mut self, stack: &str, location: &str) -> String {
        let token = self.fresh_guid();
        let operation = Operation {
            stack: stack.to_owned(),
            location: location.to_owned(),
            ended: None,
        };
        self.state.stacks.operations.insert(token.clone(), operation);
        token
    }

    /// `{id, name, status}`, with the error of one that failed, and whether it is over.
    pub fn operation_status(&self, token: &str) -> Option<(Value, bool)> {
        let operation = self.state.stacks.operations.get(token)?;
        let id = format!(
            "/subscriptions/{}/providers/Microsoft.Resources/locations/{}/deploymentStackOperationStatus/{token}",
            self.settings.subscription, operation.location
        );
        let running = || {
            let stack = self.state.stacks.all.get(&operation.stack);
            stack.map_or("initializing", |stack| stack.phase.word())
        };
        let word = match &operation.ended {
            None => running(),
            Some(Ok(())) => "succeeded",
            Some(Err(_)) => "failed",
        };
        let mut body = json!({"id": id, "name": token, "status": word});
        if let Some(Err(error)) = &operation.ended {
            body["error"] = error.object();
        }
        Some((body, operation.ended.is_some()))
    }
}
