//! The arguments of `plan`, `up` and `down`.

use clap::Args;

#[derive(Debug, Args)]
pub struct Plan {
    /// The environment
    pub environment: String,
    /// Exit with 4 when something would change
    #[arg(long)]
    pub exit_code: bool,
}

#[derive(Debug, Args)]
pub struct Apply {
    /// The environment
    pub environment: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}
