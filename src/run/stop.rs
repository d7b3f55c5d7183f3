//! The wish to stop, passed down to whatever runs long.

use tokio_util::sync::CancellationToken;

/// Asked once (Ctrl-C), long work finishes or undoes what it is at, saves, and returns.
#[derive(Clone, Debug, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// Asks everyone who holds a copy to stop.
    pub fn ask(&self) {
        self.0.cancel();
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until somebody asks.
    pub async fn asked(&self) {
        self.0.cancelled().await;
    }
}
