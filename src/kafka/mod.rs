//! The Kafka client: librdkafka through rdkafka, and nothing else.
