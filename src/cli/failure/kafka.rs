//! Trouble with Kafka, with the mirror, and with a comparison.

use super::Advice;
use crate::cli::exit::Exit;
use crate::kafka::KafkaError;
use crate::mirror::MirrorError;
use crate::verify::VerifyError;

pub fn call(error: &KafkaError) -> Advice {
    let hint = match error {
        KafkaError::Unreachable { .. } => {
            "check the address, the port and the network from this machine to every broker; the security protocol must be the listener's"
        }
        KafkaError::NoCoordinator { .. } => {
            "check that this machine reaches every broker, and that `__consumer_offsets` there has a leader for each partition; then run again"
        }
        KafkaError::AuthenticationFailed { .. } => {
            "check `username`, the secret that `password` refers to, and `mechanism` in the security block"
        }
        KafkaError::Tls { .. } => {
            "name the authority that signed the broker's certificate with `ca-file` in the security block"
        }
        KafkaError::UnknownTopic { .. } => "check `topics.include`, and that the topic exists",
        KafkaError::Unsupported { .. } => {
            "this cluster cannot be asked; name what you need in the environment instead"
        }
        KafkaError::NotAllowed { .. } => {
            "give this user the right: Describe and Read on source topics and the mirror's group, Write on target topics"
        }
        KafkaError::TopicRefused { .. } => {
            "declare the topic under `topics.overrides` with what the target allows"
        }
        KafkaError::Refused { .. } => "run again with `-vv` to see what the cluster said",
        KafkaError::Setting { .. } => {
            return (
                Exit::Configuration,
                Some("check the security block of the environment".into()),
            );
        }
    };
    (Exit::Kafka, Some(hint.into()))
}

/// What a verification error without a Kafka error inside means.
pub fn verify(error: &VerifyError) -> Advice {
    let (exit, hint) = match error {
        VerifyError::NoTopics { .. } => (
            Exit::Configuration,
            "check `topics.include`, `topics.exclude` and `--topics`",
        ),
        VerifyError::Stopped => (Exit::Stopped, "run `landfall verify ENV` again: it begins anew"),
        VerifyError::Source { .. } | VerifyError::Target { .. } => (
            Exit::Kafka,
            "run `landfall verify ENV` again once the cluster answers",
        ),
        VerifyError::Ended => (Exit::Bug, "run again with `-vv` and report what it prints"),
    };
    (exit, Some(hint.into()))
}

/// What a mirror error without a Kafka error inside means.
pub fn mirror(error: &MirrorError) -> Advice {
    let (exit, hint) = match error {
        MirrorError::NoTopics { .. } => (
            Exit::Configuration,
            "check `topics.include` and `topics.exclude` in the environment",
        ),
        MirrorError::MissingTopics { .. } => (
            Exit::Configuration,
            "declare the topics under `topics.overrides`, then `landfall up ENV`",
        ),
        MirrorError::FewerPartitions { .. } => (
            Exit::Configuration,
            "raise `topics.overrides.TOPIC.partitions`, then `landfall up ENV`",
        ),
        MirrorError::MorePartitions { .. } => (
            Exit::Configuration,
            "make the topic again with the source's partitions while the target is empty, or raise the source's; `landfall mirror ENV topics` shows both",
        ),
        MirrorError::Lost { .. } => (
            Exit::Gate,
            "records are gone from the source: lengthen its retention, decide what the loss means, then go on behind it with `landfall mirror ENV run --accept-loss`",
        ),
        MirrorError::SourceReset { .. }
        | MirrorError::SourceRecreated { .. }
        | MirrorError::TargetReset { .. } => (
            Exit::Gate,
            "decide which side is right; to copy the topic from its beginning, make the target's topic anew and run `landfall mirror ENV run --begin-anew TOPIC`",
        ),
        MirrorError::TopicGone { .. } => (
            Exit::Gate,
            "leave the topic out with `topics.exclude`, or make it again and begin it anew",
        ),
        MirrorError::AlwaysOvertaken => (Exit::Gate, "lengthen the retention of the source first"),
        MirrorError::Memory { .. } => (
            Exit::Usage,
            "check the state folder with `landfall doctor`, or choose another `--state DIR`",
        ),
        MirrorError::ForeignRecord { .. } => (
            Exit::Gate,
            "stop the other writer; a mirrored topic takes records from the mirror alone until the cut-over",
        ),
        MirrorError::TooManyPartitions { .. } => (
            Exit::Configuration,
            "divide the topics among several environments, or use the connect engine",
        ),
        MirrorError::RecordTooLarge { .. } => (
            Exit::Gate,
            "choose a tier with a larger limit, or leave the topic out with `topics.exclude`",
        ),
        MirrorError::SecondMirror { .. } => (Exit::Gate, "stop the other `landfall mirror ENV run` first"),
        // Connect's own error inside has told.
        MirrorError::Connect { .. } => (
            Exit::Kafka,
            "check that a worker runs, then run the same command again",
        ),
        MirrorError::EngineEnded => (Exit::Bug, "run again with `-vv` and report what it prints"),
        MirrorError::Source { .. }
        | MirrorError::Target { .. }
        | MirrorError::RecordRefused { .. }
        | MirrorError::Unreadable { .. }
        | MirrorError::TargetSilent { .. }
        | MirrorError::SourceSilent { .. }
        | MirrorError::PositionNotSaved { .. } => (
            Exit::Kafka,
            "the position is saved: run the same command again once the cluster answers",
        ),
    };
    (exit, Some(hint.into()))
}
