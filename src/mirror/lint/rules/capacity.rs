//! Tasks, memory, throughput.

use super::rules;
use crate::mirror::lint::facts::Facts;
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::model::{Class, Flow, Settings};
use crate::model::units::binary_size;

rules! {
    ONE_TASK = Warning "one-task" {
        trap: "`tasks.max` left at 1 for the source connector",
        reason: "One task is one consumer and one producer in one thread, on one worker: more workers and more cores change nothing.",
        fix: "set `tasks.max` to about a fifth to a tenth of the partitions",
        source: "ConnectorConfig; MirrorSourceConnector.taskConfigs"
    }
    MEMORY = Warning "memory-of-tasks" {
        trap: "large buffers times many tasks",
        reason: "Each task has a producer with its own `buffer.memory` and a consumer that holds what it fetched; the heap of the workers must hold all of them.",
        fix: "give the workers that much heap, or lower `buffer.memory` and the fetch sizes",
        source: "ProducerConfig"
    }
    DEFAULT_SIZES = Advice "default-sizes" {
        trap: "batches of 16 kB over a long line",
        reason: "A producer with default batches and a consumer with default fetches wait for the line most of the time: published measurements found less than 5 MB/s on a line of 128 MB/s.",
        fix: "set `batch.size` (327680) and `linger.ms` (100) of the producer, `max.partition.fetch.bytes` of the consumer, as far as the target takes them",
        source: "Red Hat, high-volume MirrorMaker 2; Klarrio, 2024"
    }
}

/// More than a worker of 4 GiB should keep in buffers.
const MUCH_MEMORY: u64 = 2 << 30;

pub fn check(flow: &Flow, _: &Facts, out: &mut Vec<Finding>) {
    let Some(source) = flow.settings(Class::Source) else {
        return;
    };
    let tasks = source.number_or("tasks.max", 1);
    if tasks <= 1 {
        let finding = ONE_TASK.at(&source.at("tasks.max"), format!("`tasks.max` is {tasks}"));
        out.push(finding.fix(format!(
            "set `{}` to about a fifth to a tenth of the partitions",
            flow.spell("tasks.max")
        )));
    }
    memory(flow, source, tasks.max(1).unsigned_abs(), out);
    if flow.producer("batch.size").is_none() && flow.producer("linger.ms").is_none() {
        let key = flow.spell_producer("batch.size");
        let finding = DEFAULT_SIZES.at(&source.at(&key), "batches have 16 kB and wait for at most 5 ms");
        out.push(finding.fix(format!(
            "set `{key}` (327680) and `{}` (100), and `{}`, as far as the target takes them",
            flow.spell_producer("linger.ms"),
            flow.spell_consumer("max.partition.fetch.bytes"),
        )));
    }
}

fn memory(flow: &Flow, source: &Settings, tasks: u64, out: &mut Vec<Finding>) {
    let bytes = |value: Option<&crate::mirror::lint::model::Value>, default: u64| {
        value
            .and_then(|value| value.text.trim().parse().ok())
            .unwrap_or(default)
    };
    let (buffer, fetch) = (flow.producer("buffer.memory"), flow.consumer("fetch.max.bytes"));
    let each = bytes(buffer, 32 << 20).saturating_add(bytes(fetch, 50 << 20));
    let total = each.saturating_mul(tasks);
    if total > MUCH_MEMORY && buffer.or(fetch).is_some() {
        let at = buffer
            .or(fetch)
            .map_or_else(|| source.head.clone(), |value| value.at.clone());
        let found = format!(
            "{tasks} tasks may hold {} each, {} together",
            binary_size(each),
            binary_size(total)
        );
        out.push(MEMORY.at(&at, found));
    }
}
