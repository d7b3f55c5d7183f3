//! Exit codes: public, documented in the README, tested against it.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A bug in this program.
    Bug = 1,
    /// Wrong usage.
    Usage = 2,
    /// Configuration or template wrong.
    Configuration = 3,
    /// Changes, drift or differences found.
    Differences = 4,
    /// Azure refused.
    Azure = 5,
    /// Kafka or Connect not reachable.
    Kafka = 6,
    /// A gate is closed.
    Gate = 7,
    /// Stopped half-way, state saved.
    Stopped = 8,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
