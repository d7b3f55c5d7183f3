//! The verification as a whole: what is compared, by how many workers, and what comes of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;

use super::Options;
use super::partition::{self, Job, Side};
use super::verdict::{Counts, Difference, PartitionVerdict, TopicVerdict, Verdict};
use crate::kafka::{Cluster, KafkaError, Listener, Topic, TopicPartition, Watermarks};
use crate::model::selection::Selection;
use crate::run::{Event, Sink, Stop};

/// How often progress is reported.
const REPORT_EVERY: Duration = Duration::from_millis(500);

/// A verification that came to no verdict.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("no topic of the source `{bootstrap}` is selected")]
    NoTopics { bootstrap: String },
    #[error("the source cannot be read")]
    Source { source: KafkaError },
    #[error("the target cannot be read")]
    Target { source: KafkaError },
    #[error("the verification was stopped before it had a verdict")]
    Stopped,
    #[error("the verification ended by itself")]
    Ended,
}

/// What the workers share.
struct Work {
    source: Cluster,
    target: Cluster,
    options: Options,
    jobs: Mutex<VecDeque<Job>>,
    results: Mutex<Vec<(TopicPartition, PartitionVerdict)>>,
    done: AtomicU64,
    abandoned: AtomicBool,
    stop: Stop,
}

/// Compares the selected topics of `source` with the same topics of `target`.
///
/// # Errors
///
/// [`VerifyError`]. Differences are no error: they are in the [`Verdict`].
pub async fn run(
    source: &Cluster,
    target: &Cluster,
    topics: &Selection,
    options: Options,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Verdict, VerifyError> {
    let began = Instant::now();
    let at_source = |source| VerifyError::Source { source };
    let selected = source.selected_topics(topics).await.map_err(at_source)?;
    if selected.is_empty() {
        let bootstrap = source.bootstrap().to_owned();
        return Err(VerifyError::NoTopics { bootstrap });
    }
    let compacted = compacted(source, &selected).await?;
    let jobs = jobs(source, target, &selected).await?;
    let total: i64 = jobs.iter().map(|job| job.source.end - job.source.start).sum();
    let work = Arc::new(Work {
        source: source.clone(),
        target: target.clone(),
        options,
        jobs: Mutex::new(jobs),
        results: Mutex::default(),
        done: AtomicU64::new(0),
        abandoned: AtomicBool::new(false),
        stop: stop.clone(),
    });
    let _guard = Abandon(Arc::clone(&work));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..options.workers.max(1) {
        let work = Arc::clone(&work);
        workers.spawn_blocking(move || work.work());
    }
    let mut tick = tokio::time::interval(REPORT_EVERY);
    loop {
        tokio::select! {
            ended = workers.join_next() => match ended {
                Some(ended) => ended.map_err(|_| VerifyError::Ended)??,
                None => break,
            },
            _ = tick.tick() => sink.emit(Event::Progress {
                step: "verify",
                done: work.done.load(Ordering::Relaxed),
                total: u64::try_from(total).ok(),
                unit: "records",
            }),
        }
    }
    if stop.is_asked() {
        return Err(VerifyError::Stopped);
    }
    let results = std::mem::take(&mut *work.results.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(verdict(results, &compacted, options, began.elapsed()))
}

/// A verification that is dropped half-way leaves nothing running.
struct Abandon(Arc<Work>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abandoned.store(true, Ordering::Relaxed);
    }
}

impl Work {
    /// Compares partitions until there are no more. A partition that fails ends the other workers too.
    fn work(&self) -> Result<(), VerifyError> {
        let result = self.try_work();
        if result.is_err() {
            self.abandoned.store(true, Ordering::Relaxed);
        }
        result
    }

    fn try_work(&self) -> Result<(), VerifyError> {
        let share = self.options.buffer_bytes / 2 / self.options.workers.max(1) as u64;
        let open = |cluster: &Cluster| -> Result<BaseConsumer<Listener>, KafkaError> {
            cluster.open(
                &cluster.consumer_settings("landfall-verify", share),
                cluster.listener(),
            )
        };
        let source = open(&self.source).map_err(|source| VerifyError::Source { source })?;
        let target = open(&self.target).map_err(|source| VerifyError::Target { source })?;
        let source = Side {
            cluster: &self.source,
            consumer: &source,
        };
        let target = Side {
            cluster: &self.target,
            consumer: &target,
        };
        let goes_on = || !self.abandoned.load(Ordering::Relaxed) && !self.stop.is_asked();
        while let Some(job) = self.next() {
            let Some(verdict) =
                partition::compare(&job, &source, &target, &self.options, &self.done, goes_on)?
            else {
                return Ok(());
            };
            let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
            results.push((job.place, verdict));
        }
        Ok(())
    }

    fn next(&self) -> Option<Job> {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }
}

/// Every partition that either side has of the selected topics, the longest first.
///
/// The target is measured before the source: a record that arrives meanwhile can only be one that the source has.
async fn jobs(source: &Cluster, target: &Cluster, topics: &[Topic]) -> Result<VecDeque<Job>, VerifyError> {
    let at_source = |source| VerifyError::Source { source };
    let at_target = |source| VerifyError::Target { source };
    let there = target.topics().await.map_err(at_target)?;
    let there: Vec<_> = there
        .into_iter()
        .filter(|topic| topics.iter().any(|wanted| wanted.name == topic.name))
        .collect();
    let places = |topics: &[Topic]| topics.iter().flat_map(Topic::each_partition).collect::<Vec<_>>();
    let target = target.watermarks(&places(&there)).await.map_err(at_target)?;
    let source = source.watermarks(&places(topics)).await.map_err(at_source)?;
    let nothing = Watermarks { start: 0, end: 0 };
    let mut both: BTreeMap<TopicPartition, (Watermarks, Watermarks)> = BTreeMap::new();
    for (place, marks) in source {
        both.insert(place, (marks, nothing));
    }
    for (place, marks) in target {
        both.entry(place).or_insert((nothing, nothing)).1 = marks;
    }
    let mut jobs: Vec<Job> = both
        .into_iter()
        .map(|(place, (source, target))| Job {
            place,
            source,
            target,
        })
        .collect();
    jobs.sort_by_key(|job| job.source.start - job.source.end);
    Ok(jobs.into())
}

/// Which topics lose records to compaction; nothing is known where the source cannot tell.
async fn compacted(
    source: &Cluster,
    topics: &[Topic],
) -> Result<BTreeMap<String, Option<bool>>, VerifyError> {
    let names: Vec<_> = topics.iter().map(|topic| topic.name.clone()).collect();
    let settings = match source.topic_settings(&names).await {
        Ok(settings) => Some(settings),
        Err(KafkaError::Unsupported { .. } | KafkaError::NotAllowed { .. }) => None,
        Err(source) => return Err(VerifyError::Source { source }),
    };
    let is_compacted = |name: &String| {
        let settings = settings.as_ref()?.get(name)?;
        Some(
            settings
                .get("cleanup.policy")
                .is_some_and(|policy| policy.contains("compact")),
        )
    };
    Ok(names
        .iter()
        .map(|name| (name.clone(), is_compacted(name)))
        .collect())
}

fn verdict(
    mut results: Vec<(TopicPartition, PartitionVerdict)>,
    compacted: &BTreeMap<String, Option<bool>>,
    options: Options,
    time: Duration,
) -> Verdict {
    results.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut counts = Counts::default();
    let mut differences: Vec<Difference> = Vec::new();
    let mut topics: Vec<TopicVerdict> = Vec::new();
    let mut notes = Vec::new();
    let mut diverged = false;
    for (place, mut result) in results {
        counts.add(&result.counts);
        diverged |= result.diverged.is_some();
        differences.append(&mut result.differences);
        if topics.last().is_none_or(|topic| topic.topic != place.topic) {
            let compacted = compacted.get(&place.topic).copied().flatten();
            if compacted == Some(true) {
                notes.push(format!(
                    "`{}` is compacted: a record that compaction has removed on one side alone counts as missing or extra",
                    place.topic
                ));
            }
            topics.push(TopicVerdict {
                topic: place.topic,
                compacted,
                partitions: Vec::new(),
            });
        }
        if let Some(topic) = topics.last_mut() {
            topic.partitions.push(result);
        }
    }
    differences.truncate(options.listed);
    if counts.expired_at_source + counts.expired_at_target > 0 {
        notes.push(
            "records that one side has deleted since, by its retention, could not be compared".to_owned(),
        );
    }
    Verdict {
        ok: counts.is_clean() && !diverged,
        counts,
        topics,
        differences,
        notes,
        seconds: time.as_secs_f64(),
    }
}
