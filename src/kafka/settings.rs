//! The settings of clients, in librdkafka's words.
//!
//! They keep a connection alive through Azure's load balancer, which drops an idle one after 240 s, and stay below
//! the request size of Event Hubs. Source: azure-event-hubs-for-kafka, CONFIGURATION.md.

use rdkafka::ClientConfig;
use secrecy::ExposeSecret;

use super::Credentials;

/// Largest request that Event Hubs takes is 1,046,528 bytes; Microsoft advises this.
pub const LARGEST_REQUEST_BYTES: u32 = 1_000_000;

/// The version of librdkafka and what it was built with, in its own words: `ssl`, `sasl_scram`, `zstd` …
pub fn librdkafka() -> (String, Vec<String>) {
    let (_, version) = rdkafka::util::get_rdkafka_version();
    let settings = ClientConfig::new().create_native_config();
    let named = settings
        .and_then(|settings| settings.get("builtin.features"))
        .unwrap_or_default();
    (
        version,
        named.split(',').map(|name| name.trim().to_owned()).collect(),
    )
}

/// What every client has: where, how to sign in, how to keep the line open.
pub(super) fn common(bootstrap: &str, credentials: &Credentials) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("client.id", "landfall")
        .set("bootstrap.servers", bootstrap)
        .set("socket.keepalive.enable", "true")
        .set("socket.nagle.disable", "true")
        .set("metadata.max.age.ms", "180000")
        .set("connections.max.idle.ms", "180000")
        .set("reconnect.backoff.ms", "100")
        .set("reconnect.backoff.max.ms", "2000")
        .set("log.connection.close", "false");
    sign_in(&mut config, credentials);
    config
}

fn sign_in(config: &mut ClientConfig, credentials: &Credentials) {
    let security = &credentials.security;
    config.set("security.protocol", security.protocol.as_str());
    if let Some(mechanism) = security.mechanism.filter(|_| security.protocol.is_sasl()) {
        config.set("sasl.mechanisms", mechanism.as_str());
        if !credentials.uses_tokens() {
            if let Some(username) = &security.username {
                config.set("sasl.username", username);
            }
            if let Some(password) = &credentials.password {
                config.set("sasl.password", password.expose_secret());
            }
        }
    }
    let files = [
        ("ssl.ca.location", &security.ca_file),
        ("ssl.certificate.location", &security.certificate_file),
        ("ssl.key.location", &security.key_file),
    ];
    for (setting, file) in files {
        if let Some(file) = file {
            config.set(setting, file.as_str());
        }
    }
    if let Some(password) = &credentials.key_password {
        config.set("ssl.key.password", password.expose_secret());
    }
}

/// What librdkafka may need for a record beside its key, value and headers: an estimate, with which a buffer of 16 MiB
/// made a process of 43 MiB of records of 100 bytes (docs/benchmarks.md).
const RECORD_OVERHEAD: u64 = 512;

/// A reader of whole partitions that commits only when told to: large fetches, `buffer_bytes` of read-ahead.
///
/// An answer arrives whole, however full the queue is, so that one may be no more than half of it; and small records are
/// counted, because their overhead is larger than they are.
pub(super) fn consumer(mut config: ClientConfig, group: &str, buffer_bytes: u64) -> ClientConfig {
    let kibibytes = (buffer_bytes / 1024).clamp(1024, 2_097_151);
    let answer = (buffer_bytes / 2).clamp(1 << 20, 64 << 20);
    let records = (buffer_bytes / RECORD_OVERHEAD).clamp(1_000, 1_000_000);
    config
        .set("group.id", group)
        .set("allow.auto.create.topics", "false")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "error")
        .set("isolation.level", "read_committed")
        .set("check.crcs", "true")
        .set("fetch.wait.max.ms", "100")
        .set("fetch.error.backoff.ms", "100")
        .set("fetch.queue.backoff.ms", "10")
        .set("queued.min.messages", records.to_string())
        .set("queued.max.messages.kbytes", kibibytes.to_string())
        .set("fetch.message.max.bytes", answer.min(8 << 20).to_string())
        .set("fetch.max.bytes", answer.to_string())
        // A broker may answer with more than was asked for: one record batch larger than the limit.
        .set("receive.message.max.bytes", "2147483647");
    config
}

/// How a producer writes.
#[derive(Clone, Copy, Debug)]
pub struct Writing {
    /// Bytes of records that may wait for their acknowledgement.
    pub buffer_bytes: u64,
    /// Requests under way per broker, 1 to 5.
    pub in_flight: u32,
    /// The largest request, and so the largest record, that the target takes.
    pub largest_request_bytes: u32,
}

/// A writer that neither loses, doubles nor reorders while it lives: idempotent, acknowledged by all replicas.
///
/// A record waits for ever rather than being given up, and what could leave a gap ends the producer: the caller decides
/// when an outage was too long.
pub(super) fn producer(mut config: ClientConfig, writing: Writing) -> ClientConfig {
    let kibibytes = (writing.buffer_bytes / 1024).clamp(1024, 2_097_151);
    let records = (writing.buffer_bytes / RECORD_OVERHEAD).clamp(10_000, 2_000_000);
    let in_flight = writing.in_flight.clamp(1, 5);
    config
        .set("enable.idempotence", "true")
        .set("enable.gapless.guarantee", "true")
        .set("acks", "all")
        .set("message.timeout.ms", "0")
        .set("max.in.flight.requests.per.connection", in_flight.to_string())
        .set("request.timeout.ms", "60000")
        .set("message.max.bytes", writing.largest_request_bytes.to_string())
        .set("batch.size", writing.largest_request_bytes.to_string())
        .set("batch.num.messages", "100000")
        .set("linger.ms", "5")
        .set("compression.type", "none")
        .set("retry.backoff.ms", "100")
        .set("queue.buffering.max.messages", records.to_string())
        .set("queue.buffering.max.kbytes", kibibytes.to_string());
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(config: &ClientConfig, setting: &str) -> u64 {
        config.get(setting).unwrap().parse().unwrap()
    }

    #[test]
    fn a_reader_stays_within_its_buffer_whatever_the_size_of_records() {
        for mebibytes in [1, 8, 32, 64, 256, 4096] {
            let config = consumer(ClientConfig::new(), "group", mebibytes << 20);
            let buffer = number(&config, "queued.max.messages.kbytes") << 10;
            assert!(buffer <= mebibytes << 20, "{mebibytes} MiB");
            let answer = number(&config, "fetch.max.bytes");
            assert!(answer <= (buffer / 2).max(1 << 20), "{mebibytes} MiB: {answer}");
            assert!(
                number(&config, "fetch.message.max.bytes") <= answer,
                "{mebibytes} MiB"
            );
            let overhead = number(&config, "queued.min.messages") * RECORD_OVERHEAD;
            assert!(overhead <= mebibytes << 20, "{mebibytes} MiB: {overhead}");
        }
    }

    #[test]
    fn a_writer_stays_within_its_buffer_and_takes_one_to_five_requests() {
        let writing = |in_flight| Writing {
            buffer_bytes: 32 << 20,
            in_flight,
            largest_request_bytes: LARGEST_REQUEST_BYTES,
        };
        for (asked, given) in [(0, 1), (1, 1), (5, 5), (9, 5)] {
            let config = producer(ClientConfig::new(), writing(asked));
            assert_eq!(number(&config, "max.in.flight.requests.per.connection"), given);
            assert_eq!(number(&config, "queue.buffering.max.kbytes"), 32 << 10);
            let records = number(&config, "queue.buffering.max.messages");
            assert!(records * RECORD_OVERHEAD <= 32 << 20);
        }
    }
}
