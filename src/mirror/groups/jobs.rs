//! Answering for many groups and partitions, on threads that read both clusters.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::consumer::BaseConsumer;

use super::Engine;
use super::partition::Job;
use super::report::PartitionReport;
use super::translate::Log;
use crate::kafka::{Cluster, KafkaError, Listener, Print, Printer, Reader, TopicPartition, Watermarks};
use crate::mirror::{Flow, MirrorError};
use crate::run::Stop;

/// So many partitions are read at once: each waits for brokers most of the time.
const WORKERS: usize = 8;

type Marks = BTreeMap<TopicPartition, Watermarks>;

/// What the workers share.
struct Work {
    flow: Flow,
    engine: Engine,
    jobs: Mutex<VecDeque<Job>>,
    source: Marks,
    target: Marks,
    done: AtomicUsize,
    stop: Stop,
}

/// Answers every job; `progress` hears how many are done.
///
/// # Errors
///
/// The first trouble with either cluster.
pub async fn answer(
    flow: &Flow,
    engine: &Engine,
    jobs: Vec<Job>,
    (source, target): (Marks, Marks),
    stop: &Stop,
    mut progress: impl FnMut(usize),
) -> Result<Vec<(String, PartitionReport)>, MirrorError> {
    let workers = WORKERS.min(jobs.len());
    let work = Arc::new(Work {
        flow: flow.clone(),
        engine: engine.clone(),
        jobs: Mutex::new(jobs.into()),
        source,
        target,
        done: AtomicUsize::new(0),
        stop: stop.clone(),
    });
    let threads: Vec<_> = (0..workers)
        .map(|_| {
            let work = Arc::clone(&work);
            tokio::task::spawn_blocking(move || work.through())
        })
        .collect();
    let mut answers = Vec::new();
    for mut thread in threads {
        let answered = loop {
            let pause = tokio::time::sleep(std::time::Duration::from_millis(500));
            tokio::select! {
                ended = &mut thread => break ended.map_err(|_| MirrorError::EngineEnded)?,
                () = pause => progress(work.done.load(Ordering::Relaxed)),
            }
        };
        answers.extend(answered?);
    }
    Ok(answers)
}

impl Work {
    fn through(&self) -> Result<Vec<(String, PartitionReport)>, MirrorError> {
        let (source, target) = (
            Side::new(&self.flow.source, true),
            Side::new(&self.flow.target, false),
        );
        let mut answers = Vec::new();
        while !self.stop.is_asked() {
            let job = self
                .jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            let Some(job) = job else { break };
            let answer = self.one(&job, &source, &target);
            if answer.is_err() {
                self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clear();
            }
            answers.push((job.group.clone(), answer?));
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(answers)
    }

    fn one(&self, job: &Job, source: &Side, target: &Side) -> Result<PartitionReport, MirrorError> {
        let nothing = Watermarks { start: 0, end: 0 };
        let marks = |all: &Marks| all.get(&job.place).copied().unwrap_or(nothing);
        let mut source = source.log(&job.place, marks(&self.source));
        let mut target = target.log(&job.place, marks(&self.target));
        job.answer(&self.engine, &mut source, &mut target)
    }
}

/// One cluster as one worker reads it; the consumer is made when it is needed.
struct Side {
    cluster: Cluster,
    is_source: bool,
    consumer: std::cell::OnceCell<BaseConsumer<Listener>>,
}

impl Side {
    fn new(cluster: &Cluster, is_source: bool) -> Self {
        Self {
            cluster: cluster.clone(),
            is_source,
            consumer: std::cell::OnceCell::new(),
        }
    }

    fn log<'a>(&'a self, place: &'a TopicPartition, marks: Watermarks) -> Partition<'a> {
        Partition {
            side: self,
            place,
            marks,
        }
    }

    fn consumer(&self) -> Result<&BaseConsumer<Listener>, KafkaError> {
        if let Some(consumer) = self.consumer.get() {
            return Ok(consumer);
        }
        let mut settings = self.cluster.consumer_settings("landfall-reader", 2 << 20);
        // Most questions end after a few records: what is fetched beyond them is thrown away.
        settings.set("fetch.message.max.bytes", "262144");
        let made = self.cluster.open(&settings, self.cluster.listener())?;
        Ok(self.consumer.get_or_init(|| made))
    }
}

struct Partition<'a> {
    side: &'a Side,
    place: &'a TopicPartition,
    marks: Watermarks,
}

impl Partition<'_> {
    fn read(&self, from: i64, until: i64, each: &mut dyn FnMut(Print) -> bool) -> Result<(), KafkaError> {
        let (from, until) = (from.max(self.marks.start), until.min(self.marks.end));
        if from >= until {
            return Ok(());
        }
        let consumer = self.side.consumer()?;
        let mut reader = Reader::open(&self.side.cluster, consumer, self.place, from, until)?;
        let mut printer = Printer::default();
        let mut wanted = true;
        while wanted && !reader.is_done() {
            reader.read(|record| {
                if wanted {
                    wanted = each(printer.print(record));
                }
            })?;
        }
        Ok(())
    }
}

impl Log for Partition<'_> {
    type Error = MirrorError;

    fn marks(&self) -> Watermarks {
        self.marks
    }

    fn scan(
        &mut self,
        from: i64,
        until: i64,
        each: &mut dyn FnMut(Print) -> bool,
    ) -> Result<(), MirrorError> {
        let read = self.read(from, until, each);
        read.map_err(|source| {
            if self.side.is_source {
                MirrorError::Source { source }
            } else {
                MirrorError::Target { source }
            }
        })
    }
}
