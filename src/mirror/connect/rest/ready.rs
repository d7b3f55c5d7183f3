//! Whether a worker may be believed yet.

use std::time::Duration;

use tokio::time::Instant;

use super::send::Call;
use super::{ConnectError, Worker};

/// How long a worker may know no question: it listens before it has put anything behind its address.
const FIRST_ANSWERS: Duration = Duration::from_secs(30);

impl Worker {
    /// Waits until the worker has read which connectors there are. Before that it answers as if there were none, and at
    /// first as if it knew no question at all. Workers before Kafka 3.9 do not tell, and are taken at their word once they
    /// know any. Source: KIP-1017.
    ///
    /// # Errors
    ///
    /// [`ConnectError::NotFound`] from a server that is no worker.
    pub async fn ready(&self) -> Result<(), ConnectError> {
        let (began, limit) = (Instant::now(), FIRST_ANSWERS.min(self.patience.rebalance));
        let mut knows_questions = false;
        loop {
            match self.send(&Call::get(&["health"])).await {
                Err(ConnectError::NotFound { .. }) if knows_questions => return Ok(()),
                Err(ConnectError::NotFound { .. }) => {}
                answer => return answer.map(|_| ()),
            }
            match self.info().await {
                Ok(_) => knows_questions = true,
                Err(ConnectError::NotFound { .. }) if began.elapsed() < limit => {
                    tokio::time::sleep(self.patience.poll).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}
