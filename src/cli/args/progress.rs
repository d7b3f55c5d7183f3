//! What may be said to `landfall mirror ENV run` and `status`.

use std::time::Duration;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct MirrorRun {
    /// When to end
    #[arg(long, value_enum, default_value_t)]
    pub until: MirrorEnd,
    /// Go on, with a warning, behind records that the source deleted before they were copied
    #[arg(long)]
    pub accept_loss: bool,
    /// Forget the position of a topic that was made anew, and copy it from its beginning; may be repeated
    #[arg(long, value_name = "TOPIC")]
    pub begin_anew: Vec<String>,
}

#[derive(Debug, Args)]
pub struct MirrorStatus {
    /// Look again and again, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// How long to wait between two looks, such as `500ms` or `5s`
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = interval)]
    pub interval: Duration,
    /// Watch until the mirror has caught up; exits with 4 when it never can
    #[arg(long, value_enum)]
    pub until: Option<WatchEnd>,
    /// Take note of losses and of topics that were made anew: from now on they are no alarm
    #[arg(long)]
    pub acknowledge: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WatchEnd {
    /// Once nothing is left to copy
    CaughtUp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MirrorEnd {
    /// Not before Ctrl-C
    #[default]
    Stopped,
    /// Once the target has everything that the source holds
    CaughtUp,
}

fn interval(text: &str) -> Result<Duration, String> {
    let time = crate::config::time(text).filter(|time| *time >= Duration::from_millis(100));
    time.ok_or_else(|| "write a time of at least 100ms, such as `500ms` or `5s`".to_owned())
}
