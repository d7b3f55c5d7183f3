//! Fingerprints: 128 bits that stand for a record, so that two of them can be compared without keeping either.
//!
//! Everything that a mirror must keep is in it: key, value (null is not empty), timestamp, and the headers in their order.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::ffi::records::Arrival;

/// What is remembered of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print {
    pub offset: i64,
    /// Of the whole record without its offset.
    pub record: u128,
    /// Of the key alone; `None` for a null key.
    pub key: Option<u64>,
}

/// Takes fingerprints; keeps one buffer for all of them.
#[derive(Default)]
pub struct Printer(Vec<u8>);

impl Printer {
    /// The fingerprint of a record.
    pub fn print(&mut self, record: &Arrival<'_>) -> Print {
        let buffer = &mut self.0;
        buffer.clear();
        part(buffer, record.key());
        part(buffer, record.value());
        buffer.extend_from_slice(&record.timestamp().to_le_bytes());
        record.each_header(|name, value| {
            part(buffer, Some(name));
            part(buffer, value);
        });
        Print {
            offset: record.offset(),
            record: xxh3_128(buffer),
            key: record.key().map(xxh3_64),
        }
    }
}

/// Its length in front keeps `ab|c` apart from `a|bc`; null has a length that nothing else has.
fn part(buffer: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let length = bytes.map_or(u64::MAX, |bytes| bytes.len() as u64);
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(bytes.unwrap_or_default());
}

/// The running digest of a partition: it changes with every record and with their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(u128);

impl Digest {
    /// Takes one more record in.
    pub fn add(&mut self, record: u128) {
        let mut both = [0; 32];
        both[..16].copy_from_slice(&self.0.to_le_bytes());
        both[16..].copy_from_slice(&record.to_le_bytes());
        self.0 = xxh3_128(&both);
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_knows_the_order() {
        let (mut there, mut back) = (Digest::default(), Digest::default());
        there.add(1);
        there.add(2);
        back.add(2);
        back.add(1);
        assert_ne!(there, back);
        assert_eq!(there.to_string().len(), 32);
    }

    #[test]
    fn null_is_not_empty_and_parts_do_not_run_together() {
        let encode = |parts: [Option<&[u8]>; 2]| {
            let mut buffer = Vec::new();
            for bytes in parts {
                part(&mut buffer, bytes);
            }
            buffer
        };
        assert_ne!(encode([None, None]), encode([Some(b""), None]));
        assert_ne!(
            encode([Some(b"ab"), Some(b"c")]),
            encode([Some(b"a"), Some(b"bc")])
        );
    }
}
