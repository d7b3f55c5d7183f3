//! What MirrorMaker 2 writes into its checkpoints and offset syncs topics.
//!
//! Source: Apache Kafka, `org.apache.kafka.connect.mirror.Checkpoint` (key: group, topic, partition; value: a version,
//! then upstream offset, downstream offset, metadata) and `OffsetSync` (key: topic, partition; value: upstream offset,
//! downstream offset, no version). Texts are two bytes of length and UTF-8, numbers are big-endian.

use super::checkpoints::Checkpoint;

/// The version of checkpoints that this program reads; MirrorMaker 2 has had no other.
const VERSION: i16 = 0;

/// A pair of offsets: the record at `upstream` of the source is at `downstream` of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetSync {
    pub topic: String,
    pub partition: i32,
    pub upstream: i64,
    pub downstream: i64,
}

/// Reads a checkpoint; `None` for anything else, a newer version among it.
pub fn decode_checkpoint(key: &[u8], value: &[u8]) -> Option<Checkpoint> {
    let mut key = Bytes(key);
    let (group, topic, partition) = (key.text()?, key.text()?, key.int()?);
    let mut value = Bytes(value);
    if value.short()? != VERSION {
        return None;
    }
    let (upstream, downstream) = (value.long()?, value.long()?);
    value.text()?;
    Some(Checkpoint {
        group,
        topic,
        partition,
        upstream,
        downstream,
    })
}

/// Reads an offset sync; `None` for anything else.
pub fn decode_sync(key: &[u8], value: &[u8]) -> Option<OffsetSync> {
    let (mut key, mut value) = (Bytes(key), Bytes(value));
    Some(OffsetSync {
        topic: key.text()?,
        partition: key.int()?,
        upstream: value.long()?,
        downstream: value.long()?,
    })
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn short(&mut self) -> Option<i16> {
        self.take().map(i16::from_be_bytes)
    }

    fn int(&mut self) -> Option<i32> {
        self.take().map(i32::from_be_bytes)
    }

    fn long(&mut self) -> Option<i64> {
        self.take().map(i64::from_be_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.short()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Vec<u8> {
        let mut bytes = i16::try_from(value.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(value.as_bytes());
        bytes
    }

    fn checkpoint(version: i16) -> (Vec<u8>, Vec<u8>) {
        let key = [text("billing"), text("orders"), 3_i32.to_be_bytes().to_vec()].concat();
        let mut value = version.to_be_bytes().to_vec();
        value.extend_from_slice(&4_000_000_000_i64.to_be_bytes());
        value.extend_from_slice(&17_i64.to_be_bytes());
        value.extend(text("note"));
        (key, value)
    }

    #[test]
    fn a_checkpoint_is_read_as_mirror_maker_writes_it() {
        let (key, value) = checkpoint(0);
        let read = decode_checkpoint(&key, &value).unwrap();
        assert_eq!((read.group.as_str(), read.topic.as_str()), ("billing", "orders"));
        assert_eq!(
            (read.partition, read.upstream, read.downstream),
            (3, 4_000_000_000, 17)
        );
    }

    #[test]
    fn an_offset_sync_is_read_as_mirror_maker_writes_it() {
        let key = [text("orders"), 1_i32.to_be_bytes().to_vec()].concat();
        let value = [5_i64.to_be_bytes(), 2_i64.to_be_bytes()].concat();
        let read = decode_sync(&key, &value).unwrap();
        assert_eq!((read.topic.as_str(), read.partition), ("orders", 1));
        assert_eq!((read.upstream, read.downstream), (5, 2));
    }

    #[test]
    fn anything_else_is_no_checkpoint_and_no_reason_to_stop() {
        let (key, value) = checkpoint(1);
        assert_eq!(decode_checkpoint(&key, &value), None);
        let (key, value) = checkpoint(0);
        for length in 0..key.len() {
            assert_eq!(decode_checkpoint(&key[..length], &value), None);
        }
        for length in 0..value.len() {
            assert_eq!(decode_checkpoint(&key, &value[..length]), None);
        }
        assert_eq!(decode_checkpoint(&[0xff; 8], &value), None);
    }
}
