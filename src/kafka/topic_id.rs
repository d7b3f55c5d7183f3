//! The id that Kafka gives a topic when it is made: the same name under another id is another topic.
//!
//! Source: KIP-516, brokers since 2.8. Older ones and Event Hubs give none, and then it is unknown.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// An id, written as Kafka's own tools write it: 22 characters of URL-safe base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(u128);

/// A text that is no topic id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no topic id: 22 characters of URL-safe base64")]
pub struct NoTopicId {
    pub text: String,
}

impl TopicId {
    /// The id of these bits; `None` for zero, by which a broker says that it has none.
    pub fn from_bits(most: i64, least: i64) -> Option<Self> {
        let bits = (u128::from(most.cast_unsigned()) << 64) | u128::from(least.cast_unsigned());
        (bits != 0).then_some(Self(bits))
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.to_be_bytes()))
    }
}

impl fmt::Debug for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TopicId {
    type Err = NoTopicId;

    fn from_str(text: &str) -> Result<Self, NoTopicId> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let bits = bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
        bits.map(|bits| Self(u128::from_be_bytes(bits)))
            .ok_or_else(|| NoTopicId {
                text: text.to_owned(),
            })
    }
}

impl Serialize for TopicId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TopicId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_kafka_writes_it_and_read_back() {
        let id = TopicId::from_bits(-1, 0x3e).unwrap();
        assert_eq!(id.to_string(), "__________8AAAAAAAAAPg");
        assert_eq!(id.to_string().parse::<TopicId>().unwrap(), id);
        assert!("AAAA".parse::<TopicId>().is_err());
    }

    #[test]
    fn zero_is_no_id() {
        assert_eq!(TopicId::from_bits(0, 0), None);
    }
}
