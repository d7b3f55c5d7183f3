//! The mock site in containers, with its defaults.

use super::Checker;
use crate::config::environment::Mock;
use crate::config::layer::MockLayer;

/// Completes `mock`.
pub fn complete(layer: MockLayer, checker: &mut Checker<'_>) -> Mock {
    let brokers = layer.brokers.unwrap_or(1);
    checker.check("mock.brokers", matches!(brokers, 1 | 3), || {
        format!("is {brokers}; a side has 1 or 3 brokers")
    });
    if let Some(image) = &layer.kafka_image {
        checker.check("mock.kafka-image", is_image(image), || {
            format!("is `{image}`, which is not the name of an image such as `apache/kafka:4.3.1`")
        });
    }
    Mock {
        kafka_image: layer.kafka_image,
        brokers: u16::try_from(brokers).unwrap_or(1),
        source_security: layer.source_security.unwrap_or_default(),
        target_security: layer.target_security.unwrap_or_default(),
        target_limits: layer.target_limits.unwrap_or_default(),
    }
}

/// Whether `name` can be handed to an engine: never something that reads like an option.
fn is_image(name: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_never_reads_like_an_option() {
        assert!(is_image("registry.corp:5000/kafka@sha256:00ff"));
        for name in ["--privileged", "", "a b", "kafka;rm"] {
            assert!(!is_image(name), "{name}");
        }
    }
}
