//! The arguments of `plan`, `up` and `down`.

use camino::Utf8PathBuf;
use clap::Args;

#[derive(Debug, Args)]
pub struct Plan {
    /// The environment
    pub environment: String,
    /// Exit with 4 when something would change
    #[arg(long)]
    pub exit_code: bool,
    /// Save the plan for `up --plan`
    #[arg(long, value_name = "FILE")]
    pub out: Option<Utf8PathBuf>,
}

#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    pub apply: Apply,
    /// Apply exactly the plan that `plan --out` saved, without asking; refused with 7 when the world has moved
    #[arg(long, value_name = "FILE")]
    pub plan: Option<Utf8PathBuf>,
}

#[derive(Debug, Args)]
pub struct Apply {
    /// The environment
    pub environment: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}
