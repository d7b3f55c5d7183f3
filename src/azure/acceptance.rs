//! What must be accepted once, also where the answer to it is lost.

use tokio::time::Instant;

use super::operations::Pace;
use super::{AzureError, Client};

/// Looks for what may have been accepted before it is believed that it was not: right after a PUT a 404 passes.
///
/// Source: the Resource Manager contract, section 9.
const LOOKS: u32 = 3;

impl Client {
    /// Sends what must not be accepted twice: when it is unknown whether it was, `found` tells.
    pub(super) async fn accepted_once<T>(
        &self,
        put: impl AsyncFn() -> Result<T, AzureError>,
        found: impl AsyncFn() -> Result<Option<T>, AzureError>,
    ) -> Result<T, AzureError> {
        let began = Instant::now();
        let pace = Pace::of(self.rhythm());
        loop {
            let error = match put().await {
                Ok(accepted) => return Ok(accepted),
                Err(error) => error,
            };
            if !error.outcome_is_unknown() && !error.is_still_active() {
                return Err(error);
            }
            let looks = if error.outcome_is_unknown() { LOOKS } else { 1 };
            for look in 0..looks {
                if look > 0 {
                    tokio::time::sleep(pace.wait(None)).await;
                }
                if let Some(accepted) = found().await? {
                    return Ok(accepted);
                }
            }
            let wait = pace.wait(None);
            if !error.outcome_is_unknown() || began.elapsed() + wait > self.rhythm().patience {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
        }
    }
}
