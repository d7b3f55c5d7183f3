//! Looks into a few stretches of partitions: how many committed records they hold, and how large those are.

use std::time::Instant;

use rdkafka::consumer::BaseConsumer;

use super::ffi::records::Arrival;
use super::{Cluster, KafkaError, Listener, Reader, TopicPartition};

/// Stretches that are read at the same time through one consumer.
const TOGETHER: usize = 16;

/// What a look may read ahead, in bytes; it is no copy.
const READ_AHEAD: u64 = 1 << 20;

/// The largest piece that one partition is asked for at once, in bytes.
const PIECE: &str = "262144";

/// A part of a partition: from an offset up to another, which was measured before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub place: TopicPartition,
    pub from: i64,
    pub until: i64,
}

/// What a look into a stretch has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Committed records; transaction markers, aborted records and gaps are none.
    pub records: u64,
    /// Bytes of their keys, values and headers.
    pub bytes: u64,
    /// Whether everything up to the end of the stretch was looked at.
    pub whole: bool,
}

impl Cluster {
    /// Looks into every stretch until it has found `most` records in it; `None` for one that cannot be read. A partition
    /// may have one stretch.
    ///
    /// # Errors
    ///
    /// [`KafkaError::Setting`], or [`KafkaError::Refused`] when the task was ended.
    pub async fn scan(&self, stretches: Vec<Stretch>, most: u64) -> Result<Vec<Option<Scan>>, KafkaError> {
        if stretches.is_empty() {
            return Ok(Vec::new());
        }
        let cluster = self.clone();
        let looking = tokio::task::spawn_blocking(move || look(&cluster, &stretches, most));
        let ended = looking.await;
        ended.unwrap_or_else(|_| Err(self.refused("Fetch", "the task was ended".into())))
    }
}

fn look(cluster: &Cluster, stretches: &[Stretch], most: u64) -> Result<Vec<Option<Scan>>, KafkaError> {
    let mut settings = cluster.consumer_settings("landfall-scan", READ_AHEAD);
    settings
        .set("fetch.message.max.bytes", PIECE)
        .set("queued.min.messages", "1000");
    let consumer: BaseConsumer<Listener> = cluster.open(&settings, cluster.listener())?;
    let began = Instant::now();
    let mut scans = Vec::with_capacity(stretches.len());
    for some in stretches.chunks(TOGETHER) {
        // All are opened before the first is read: while one is waited for, the others arrive.
        let readers: Vec<_> = some
            .iter()
            .map(|one| Reader::open(cluster, &consumer, &one.place, one.from, one.until))
            .collect();
        for reader in readers {
            let late = began.elapsed() > cluster.patience();
            scans.push(
                reader
                    .ok()
                    .filter(|_| !late)
                    .and_then(|reader| read(reader, most)),
            );
        }
    }
    Ok(scans)
}

fn read(mut reader: Reader<'_>, most: u64) -> Option<Scan> {
    let mut scan = Scan::default();
    while !reader.is_done() && scan.records < most {
        let counted = reader.read(|record| {
            scan.records += 1;
            scan.bytes += size(record);
        });
        counted.ok()?;
    }
    scan.whole = reader.is_done();
    Some(scan)
}

fn size(record: &Arrival<'_>) -> u64 {
    let mut bytes = record.key().map_or(0, <[u8]>::len) + record.value().map_or(0, <[u8]>::len);
    record.each_header(|name, value| bytes += name.len() + value.map_or(0, <[u8]>::len));
    bytes as u64
}
