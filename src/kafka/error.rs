//! What can go wrong between us and a cluster, by name; no secret and no librdkafka jargon in the text.

use std::time::Duration;

use rdkafka::types::RDKafkaErrorCode as Code;

/// A question that a cluster did not answer as hoped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KafkaError {
    #[error("no answer from `{bootstrap}` within {} s: {reason}", .waited.as_secs_f32())]
    Unreachable {
        bootstrap: String,
        waited: Duration,
        reason: String,
    },
    #[error("`{bootstrap}` is there, but no coordinator of a group answered the Kafka call `{api}` within {} s: {reason}", .waited.as_secs())]
    NoCoordinator {
        bootstrap: String,
        api: &'static str,
        waited: Duration,
        reason: String,
    },
    #[error("`{bootstrap}` refused the sign-in with {mechanism}")]
    AuthenticationFailed { bootstrap: String, mechanism: String },
    #[error("cannot agree on TLS with `{bootstrap}`: {reason}")]
    Tls { bootstrap: String, reason: String },
    #[error("the topic `{topic}` does not exist on `{bootstrap}`")]
    UnknownTopic { bootstrap: String, topic: String },
    #[error("`{bootstrap}` does not offer the Kafka call `{api}`")]
    Unsupported { bootstrap: String, api: &'static str },
    #[error("`{bootstrap}` does not allow us the Kafka call `{api}`")]
    NotAllowed { bootstrap: String, api: &'static str },
    #[error("`{bootstrap}` refused the topic `{topic}`: {reason}")]
    TopicRefused {
        bootstrap: String,
        topic: String,
        reason: String,
    },
    #[error("the Kafka call `{api}` to `{bootstrap}` failed: {reason}")]
    Refused {
        bootstrap: String,
        api: &'static str,
        reason: String,
    },
    #[error("cannot use the Kafka setting `{setting}` for `{bootstrap}`: {reason}")]
    Setting {
        bootstrap: String,
        setting: String,
        reason: String,
    },
}

/// Whether the call itself is unknown to the cluster.
pub(super) fn is_unsupported(code: Code) -> bool {
    matches!(
        code,
        Code::UnsupportedFeature | Code::UnsupportedVersion | Code::NotImplemented
    )
}

/// Whether the cluster knows us and says no.
pub(super) fn is_not_allowed(code: Code) -> bool {
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::PolicyViolation
    )
}

/// Whether nobody answered, so that the reason must be looked for in what the client heard meanwhile.
pub(super) fn is_silence(code: Code) -> bool {
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::Resolve
            | Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::SSL
            | Code::MessageTimedOut
            | Code::TimedOutQueue
    )
}
