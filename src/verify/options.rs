//! How a verification goes about it.

/// The bounds of a verification.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Partitions compared at the same time.
    pub workers: usize,
    /// Bytes of records that all workers together may read ahead.
    pub buffer_bytes: u64,
    /// How far, in records, the two sides are searched for each other after a difference.
    pub window: usize,
    /// How many differences are listed; all are counted.
    pub listed: usize,
}

impl Default for Options {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            workers: processors.clamp(2, 8),
            buffer_bytes: 128 << 20,
            window: 10_000,
            listed: 100,
        }
    }
}
