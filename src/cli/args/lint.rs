//! What `mirror lint` takes.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct Lint {
    /// A configuration of MirrorMaker 2: dedicated properties, connector JSON, worker properties, or Strimzi YAML; may be
    /// repeated, and all files are one deployment; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub file: Vec<String>,
    /// What the files are, instead of what their content says
    #[arg(long, value_enum, requires = "file")]
    pub kind: Option<LintKind>,
    /// The version of Kafka that the Connect workers run
    #[arg(long, value_name = "VERSION")]
    pub connect_version: Option<String>,
    /// How many brokers the target has
    #[arg(long, value_name = "N")]
    pub brokers: Option<u32>,
    /// The tier of the target service, such as Standard
    #[arg(long, requires = "file")]
    pub tier: Option<String>,
    /// Fail on warnings as well
    #[arg(long)]
    pub strict: bool,
}

/// What a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LintKind {
    /// The file of `connect-mirror-maker.sh`
    Dedicated,
    /// One connector or several, JSON or properties
    Connector,
    /// The properties of a Connect worker
    Worker,
    /// A `KafkaMirrorMaker2` resource of Strimzi
    Strimzi,
}
