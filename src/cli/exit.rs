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

impl Exit {
    /// Of several ends the one with the highest is told.
    pub fn severity(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Differences => 1,
            Self::Gate => 2,
            Self::Stopped => 3,
            Self::Kafka => 4,
            Self::Azure => 5,
            Self::Configuration => 6,
            Self::Usage => 7,
            Self::Bug => 8,
            Self::Interrupted => 9,
        }
    }

    /// The end in words, for a summary.
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Bug => "failed: a bug",
            Self::Usage => "failed: wrong usage",
            Self::Configuration => "failed: configuration or template wrong",
            Self::Differences => "changes or differences found",
            Self::Azure => "failed: Azure refused",
            Self::Kafka => "failed: Kafka not reachable",
            Self::Gate => "failed: a gate is closed",
            Self::Stopped => "stopped half-way, state saved",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
