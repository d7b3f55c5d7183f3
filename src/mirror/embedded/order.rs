//! What a lane is asked to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Goes on until it is told otherwise; shared by the keeper and its lanes.
#[derive(Clone, Default)]
pub struct Order(Arc<AtomicU8>);

impl Order {
    /// Copy no more, wait for what is under way.
    pub fn finish(&self) {
        self.0.fetch_max(1, Ordering::Relaxed);
    }

    /// Drop everything.
    pub fn abandon(&self) {
        self.0.fetch_max(2, Ordering::Relaxed);
    }

    /// Whether to copy more.
    pub fn goes_on(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// Whether not even to wait for what is under way.
    pub fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 2
    }
}
