//! The arguments of `plan`, `up`, `status` and `down`.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

/// Which environments are meant.
#[derive(Debug, Args)]
pub struct Environments {
    /// The environments; several run side by side
    #[arg(value_name = "ENVIRONMENT", required_unless_present = "all")]
    pub names: Vec<String>,
    /// Every environment of the folder
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub environments: Environments,
    /// Exit with 4 when something would change
    #[arg(long)]
    pub exit_code: bool,
    /// Save the plan for `up --plan`
    #[arg(long, value_name = "FILE")]
    pub out: Option<Utf8PathBuf>,
    /// Show also what was there right after the last deployment and is left out
    #[arg(long)]
    pub reveal: bool,
    /// Draw resources and what they wait for: `.mmd` for Mermaid, `.svg`, or `-` for Mermaid on standard output
    #[arg(long, value_name = "FILE")]
    pub graph: Option<Utf8PathBuf>,
}

#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    pub apply: Apply,
    /// Apply exactly the plan that `plan --out` saved, without asking; refused with 7 when the world has moved
    #[arg(long, value_name = "FILE")]
    pub plan: Option<Utf8PathBuf>,
    /// Do not keep what Azure shows right afterwards: saves a what-if, and the next plan is as noisy as Azure's
    #[arg(long)]
    pub no_baseline: bool,
    /// What Ctrl-C means for a deployment that Azure has begun
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub on_interrupt: OnInterrupt,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnInterrupt {
    /// Ask, where somebody can answer; leave it running elsewhere
    #[default]
    Ask,
    /// Azure goes on; the next `up` follows it to its end
    Leave,
    /// Cancel it; what it has made stays
    Cancel,
}

#[derive(Debug, Args)]
pub struct Apply {
    #[command(flatten)]
    pub environments: Environments,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    pub environments: Environments,
    /// Compare what was deployed with what is there; exits with 4 when something differs
    #[arg(long)]
    pub drift: bool,
    /// Draw resources, durations and the critical path: `.mmd` for Mermaid, `.svg`, or `-` for Mermaid on standard output
    #[arg(long, value_name = "FILE")]
    pub graph: Option<Utf8PathBuf>,
}
