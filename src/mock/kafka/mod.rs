//! Local Kafka clusters.
