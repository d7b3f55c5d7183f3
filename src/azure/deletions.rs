//! Deletions that are followed to their end.
//!
//! That the address of a running deletion is not found, or refused, does not mean that it is over: then the thing itself
//! is asked. Source: the Resource Manager contract, sections 9.2 and 9.4.

use serde_json::Value;
use tokio::time::Instant;

use super::call::Call;
use super::operations::{LONGEST, Pace, state};
use super::{AzureError, Client};

/// How often something may be there, and not on its way out, after its deletion was accepted. At Azure's pace that is
/// about 100 s.
const LOOKS: u32 = 10;

impl Client {
    /// Deletes what is at `path` and waits until it is gone; what is not there is gone.
    ///
    /// # Errors
    ///
    /// Azure's refusal, also that of the address when what should have gone stays.
    pub(super) async fn delete_wholly(&self, path: &str, api_version: &str) -> Result<(), AzureError> {
        let answer = match self.send(&Call::delete(path, api_version)).await {
            Ok(answer) => answer,
            Err(error) => return gone(Err(error)),
        };
        match self.finish(answer).await {
            Err(error) if error.tells_nothing_of_the_operation() => {
                self.until_it_is_gone(&Call::get(path, api_version), error).await
            }
            finished => finished.map(drop),
        }
    }

    async fn until_it_is_gone(&self, look: &Call, refused: AzureError) -> Result<(), AzureError> {
        let (began, pace) = (Instant::now(), Pace::of(self.rhythm()));
        let mut stays = 0;
        while stays < LOOKS && began.elapsed() < LONGEST {
            let answer = match self.send(look).await {
                Ok(answer) => answer,
                Err(error) => return gone(Err(error)),
            };
            let leaves = state(&answer.body).is_some_and(|state| state.eq_ignore_ascii_case("deleting"));
            stays = if leaves { 0 } else { stays + 1 };
            tokio::time::sleep(pace.wait(answer.retry_after)).await;
        }
        Err(refused)
    }
}

/// For a deletion, "not found" is success.
pub(super) fn gone(result: Result<Value, AzureError>) -> Result<(), AzureError> {
    match result {
        Err(error) if !error.is_absent() => Err(error),
        _ => Ok(()),
    }
}
