//! Trouble with Kafka Connect.

use super::{Advice, Failure};
use crate::cli::exit::Exit;
use crate::config::Environment;
use crate::mirror::connect::ConnectError;

impl Failure {
    /// The commands of one engine, used with the other.
    pub fn other_engine(environment: &Environment) -> Self {
        let name = &environment.name;
        Self::usage(format!(
            "the mirror of `{name}` is the embedded engine, which runs in this program"
        ))
        .hint(format!(
            "copy with `landfall mirror {name} run`; Ctrl-C stops it, and the same command goes on"
        ))
        .hint("write `mirror: { engine: connect }` to use MirrorMaker 2 on Kafka Connect")
    }

    /// `mirror run` where Kafka Connect copies.
    pub fn runs_on_connect(environment: &Environment) -> Self {
        let name = &environment.name;
        Self::usage(format!(
            "the mirror of `{name}` runs on Kafka Connect, not in this program"
        ))
        .hint(format!("start it with `landfall mirror {name} start`"))
        .hint("write `mirror: { engine: embedded }` to copy in this program")
    }

    /// Nobody said where a worker answers.
    pub fn no_connect_url(environment: &Environment) -> Self {
        let message = format!(
            "nobody says where the kafka connect workers of `{}` answer",
            environment.name
        );
        Self::of_text(Exit::Configuration, message)
            .hint("write `mirror.connect.url`: a worker's REST address, or the near end of a tunnel to it")
    }

    /// A site without a worker.
    pub fn no_connect_on_site() -> Self {
        Self::usage("the mock site that answers has no kafka connect worker")
            .hint("use one of containers: `landfall mock up --docker`, then the same command with `--mock=docker`")
            .hint("or rehearse with this program's own engine: `--set mirror.engine=embedded`")
    }
}

pub fn call(error: &ConnectError) -> Advice {
    let (exit, hint) = match error {
        ConnectError::NotAnAddress { .. } => (
            Exit::Configuration,
            "write `mirror.connect.url` as `https://HOST:8083`",
        ),
        ConnectError::Authorities { .. } => (
            Exit::Configuration,
            "name a PEM file with `mirror.connect.ca-file`",
        ),
        ConnectError::Setup { .. } => (
            Exit::Configuration,
            "check that this machine has certificate authorities with `landfall doctor`",
        ),
        ConnectError::SignIn { .. } => (
            Exit::Kafka,
            "check `mirror.connect.username` and the secret that `password` refers to",
        ),
        ConnectError::Redirected { .. } => (
            Exit::Kafka,
            "name in `mirror.connect.url` where the worker itself answers, with https where it asks for it",
        ),
        ConnectError::Unreachable { .. } | ConnectError::Cut { .. } => (
            Exit::Kafka,
            "check `mirror.connect.url`, the tunnel to it, and that a worker runs; then run the same command again",
        ),
        ConnectError::Busy { .. } => (
            Exit::Kafka,
            "the workers cannot agree who does what: look at their logs, then run the same command again",
        ),
        ConnectError::NotFound { .. } | ConnectError::Refused { .. } | ConnectError::Malformed { .. } => (
            Exit::Kafka,
            "check that `mirror.connect.url` is a Kafka Connect worker of version 3.6.2 or later; `-vv` shows every call",
        ),
        ConnectError::NoPlugin { .. } => (
            Exit::Kafka,
            "put the connect-mirror jar of Apache Kafka on the workers' class path or `plugin.path`, and restart them",
        ),
        ConnectError::OldVersion { .. } => (Exit::Kafka, "run the workers with Apache Kafka 3.8 or later"),
        ConnectError::Invalid { .. } => (
            Exit::Configuration,
            "change the environment; `landfall mirror ENV lint` says more; nothing was started",
        ),
        ConnectError::Renamed { .. } | ConnectError::OtherPosition { .. } => (
            Exit::Gate,
            "keep `mirror.connect.source-alias` and `target-alias` as they were; to begin anew on empty topics, remove the connectors first",
        ),
        ConnectError::SecondMirror { .. } => (
            Exit::Gate,
            "give the environment its old name back, or remove the other connector if its copy shall be abandoned",
        ),
        ConnectError::OtherClass { .. } => (
            Exit::Gate,
            "remove that connector, or use workers of the mirror's own",
        ),
        ConnectError::NotStarted { .. } => (Exit::Gate, "start it with `landfall mirror ENV start`"),
        ConnectError::Failed { .. } => (
            Exit::Kafka,
            "remove the cause, then `landfall mirror ENV restart`, which restarts only what failed",
        ),
        ConnectError::NotReached { .. } => (
            Exit::Kafka,
            "look at the workers' logs; one without a state means that their status topic was changed under them: restart the workers",
        ),
        ConnectError::Stopped => (Exit::Stopped, "what was done is kept: run the same command again"),
    };
    (exit, Some(hint.into()))
}
