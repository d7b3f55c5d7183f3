//! How often things happen, and how long a cut-over therefore waits.

use super::rules;
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::model::{Class, Flow};
use crate::mirror::lint::read::{Block, Form};
use crate::mirror::lint::spread;

rules! {
    SLOW_DRAIN = Warning "slow-drain" {
        trap: "the default intervals of 60 s",
        reason: "After the last record a cut-over must wait for the next flush of Connect, then for the next checkpoint, then for the next group sync. Consumers stand still meanwhile.",
        fix: "set `offset.flush.interval.ms` to 10000 on the worker, `emit.checkpoints.interval.seconds` and `sync.group.offsets.interval.seconds` to 10",
        source: "MirrorSourceTask.commit; MirrorCheckpointTask"
    }
    SLOW_REFRESH = Advice "slow-refresh" {
        trap: "the default `refresh.topics.interval.seconds` and `refresh.groups.interval.seconds` of 600",
        reason: "A topic, a partition or a group that appears is not seen for up to ten minutes.",
        fix: "set both to 60 while the migration is prepared",
        source: "MirrorSourceConfig; MirrorCheckpointConfig"
    }
    BUSY = Warning "busy-refresh" {
        trap: "refreshing every second",
        reason: "Each refresh lists all topics and settings of both clusters, or all groups; a change deals the tasks anew, and the mirror stands still while it does.",
        fix: "30 to 60 seconds are enough",
        source: "MirrorSourceConnector.refreshTopicPartitions"
    }
    FLUSH = Warning "flush-timeout-short" {
        trap: "`offset.flush.timeout.ms` at 5000 with large buffers",
        reason: "A flush waits until every buffered record is acknowledged. What does not make it is copied again after a restart, and the offset syncs wait with it.",
        fix: "set `offset.flush.timeout.ms` to 30000 on the worker",
        source: "WorkerConfig"
    }
    REVERSE = Warning "reverse-heartbeats" {
        trap: "a dedicated file with `A->B` alone and heartbeats on",
        reason: "Unless heartbeats are off for it, the disabled pair `B->A` is started as well: a Connect cluster with three internal topics on the source, for heartbeats alone.",
        fix: "set `B->A.emit.heartbeats.enabled` to `false`",
        source: "MirrorMakerConfig.clusterPairs; settled against Kafka in docs/mirrormaker2.md"
    }
    BEATS = Advice "heartbeat-every-second" {
        trap: "the default heartbeat of one second",
        reason: "One record a second for ever tells no more than one in ten.",
        fix: "set `emit.heartbeats.interval.seconds` to 5 or 10",
        source: "MirrorHeartbeatConfig"
    }
}

/// A cut-over that waits longer is worth a word. Three intervals of 10 s, with room.
const PATIENCE_SECONDS: i64 = 60;

pub fn check(flow: &Flow, out: &mut Vec<Finding>) {
    drain(flow, out);
    refresh(flow, Class::Source, "refresh.topics", out);
    refresh(flow, Class::Checkpoint, "refresh.groups", out);
    flush(flow, out);
    if let Some(heartbeat) = flow.settings(Class::Heartbeat) {
        let key = "emit.heartbeats.interval.seconds";
        if heartbeat.flag("emit.heartbeats.enabled", true) && heartbeat.number_or(key, 1) < 2 {
            let fix = format!("set `{}` to 5 or 10", flow.spell(key));
            out.push(
                BEATS
                    .at(&heartbeat.at(key), "a heartbeat is written every second")
                    .fix(fix),
            );
        }
    }
}

fn drain(flow: &Flow, out: &mut Vec<Finding>) {
    let Some(checkpoint) = flow.settings(Class::Checkpoint) else {
        return;
    };
    if !checkpoint.flag("sync.group.offsets.enabled", false) {
        return;
    }
    let flush = flow.worker.as_ref().map_or(60_000, |worker| {
        worker.number_or("offset.flush.interval.ms", 60_000)
    }) / 1000;
    let checkpoints = checkpoint.number_or("emit.checkpoints.interval.seconds", 60);
    let groups = checkpoint.number_or("sync.group.offsets.interval.seconds", 60);
    let refresh = checkpoint.number_or("refresh.groups.interval.seconds", 600);
    let total = flush.saturating_add(checkpoints).saturating_add(groups);
    if total > PATIENCE_SECONDS {
        let known = if flow.worker.is_some() {
            "flush"
        } else {
            "flush, the default of a worker that was not given"
        };
        let found = format!(
            "a cut-over waits {total} s for offsets: {flush} ({known}) + {checkpoints} (checkpoint) + {groups} (group sync), and {refresh} more for a new group"
        );
        let fix = format!(
            "set `{}` to 10000, `{}` and `{}` to 10",
            flow.spell_worker("offset.flush.interval.ms"),
            flow.spell("emit.checkpoints.interval.seconds"),
            flow.spell("sync.group.offsets.interval.seconds"),
        );
        out.push(
            SLOW_DRAIN
                .at(&checkpoint.at("sync.group.offsets.interval.seconds"), found)
                .fix(fix),
        );
    }
}

fn refresh(flow: &Flow, class: Class, what: &str, out: &mut Vec<Finding>) {
    let Some(settings) = flow.settings(class) else {
        return;
    };
    if !settings.flag(&format!("{what}.enabled"), true) {
        return;
    }
    let key = format!("{what}.interval.seconds");
    if settings.get(&key).is_some() && settings.number(&key).is_none() {
        return;
    }
    let seconds = settings.number_or(&key, 600);
    if seconds >= 600 {
        let fix = format!("set `{}` to 60 while the migration is prepared", flow.spell(&key));
        out.push(
            SLOW_REFRESH
                .at(&settings.at(&key), format!("`{key}` is {seconds}"))
                .fix(fix),
        );
    } else if seconds < 5 {
        out.push(BUSY.at(&settings.at(&key), format!("`{key}` is {seconds}")));
    }
}

fn flush(flow: &Flow, out: &mut Vec<Finding>) {
    let Some(worker) = flow.worker.as_ref() else {
        return;
    };
    let buffer = flow
        .producer("buffer.memory")
        .or_else(|| flow.producer("batch.size"));
    let large = buffer.is_some_and(|value| {
        value.text.trim().parse().is_ok_and(|bytes: i64| {
            bytes > 64 << 20
                || (value
                    .at
                    .key
                    .as_deref()
                    .is_some_and(|key| key.ends_with("batch.size"))
                    && bytes > 256 << 10)
        })
    });
    let timeout = worker.number_or("offset.flush.timeout.ms", 5000);
    if large && timeout <= 5000 {
        let fix = format!("set `{}` to 30000", flow.spell_worker("offset.flush.timeout.ms"));
        out.push(
            FLUSH
                .at(
                    &worker.at("offset.flush.timeout.ms"),
                    format!("a flush has {timeout} ms"),
                )
                .fix(fix),
        );
    }
}

/// The herder that a dedicated file starts for the other direction.
pub fn check_heartbeats(blocks: &[Block], flows: &[Flow], out: &mut Vec<Finding>) {
    for block in blocks.iter().filter(|block| block.form == Form::Dedicated) {
        let all = spread::settings(block);
        for (source, target) in spread::pairs(&all) {
            let is = |flow: &Flow, from: &str, to: &str| {
                flow.dedicated && flow.head.file == block.file && flow.source == from && flow.target == to
            };
            let forward = flows.iter().any(|flow| is(flow, &target, &source));
            let enabled = flows.iter().any(|flow| is(flow, &source, &target));
            let global = all.flag("emit.heartbeats.enabled", true);
            let key = format!("{source}->{target}.emit.heartbeats.enabled");
            if forward && !enabled && all.flag(&key, global) {
                let found = format!(
                    "`{source}->{target}` is disabled, and started for heartbeats alone, on `{target}`"
                );
                out.push(
                    REVERSE
                        .at(&all.at(&key), found)
                        .fix(format!("set `{key}` to `false`")),
                );
            }
        }
    }
}
