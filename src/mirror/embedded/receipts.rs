//! Acknowledgements: each comes back from the producer with the number that the record was sent with.

use std::sync::Arc;

use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError as NativeError;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;
use rdkafka::types::RDKafkaErrorCode as Code;

use super::ledger::Ledger;
use crate::kafka::Listener;

/// The bits of a delivery's opaque number that hold the source offset; the slot is above them.
const OFFSET_BITS: u32 = 48;

/// The most partitions that all lanes together can number.
pub const MOST_PARTITIONS: usize = 1 << (usize::BITS - OFFSET_BITS);

/// The number that a record is sent with: its partition's slot, and its source offset.
pub fn opaque(slot: usize, offset: i64) -> usize {
    (slot << OFFSET_BITS) | usize::try_from(offset).unwrap_or(0)
}

/// The producer's context: it enters acknowledgements into the ledger.
pub struct Receipts {
    pub listener: Listener,
    pub ledger: Arc<Ledger>,
}

impl ClientContext for Receipts {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.listener.log(level, facility, message);
    }

    fn error(&self, error: NativeError, reason: &str) {
        self.listener.error(error, reason);
    }

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        self.listener.generate_oauth_token(config)
    }
}

impl ProducerContext for Receipts {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, opaque: usize) {
        let slot = opaque >> OFFSET_BITS;
        let offset = i64::try_from(opaque & ((1 << OFFSET_BITS) - 1)).unwrap_or(i64::MAX);
        match result {
            Ok(record) => {
                let bytes = (record.key_len() + record.payload_len()) as u64;
                self.ledger.acknowledged(slot, offset, record.offset(), bytes);
            }
            Err((error, _)) => {
                let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
                self.ledger.refused(slot, offset, code);
            }
        }
    }
}
