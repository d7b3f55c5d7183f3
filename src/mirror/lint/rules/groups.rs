//! Consumer groups: what must hold for one to go on where it stopped.

use super::rules;
use crate::mirror::lint::facts::Facts;
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::model::{Class, Flow, Settings};

rules! {
    SYNC_OFF = Warning "group-sync-off" {
        trap: "`sync.group.offsets.enabled` is false unless it is turned on",
        reason: "Checkpoints alone move no group: on the target every consumer starts at its `auto.offset.reset`, at the beginning or at the end.",
        fix: "set `sync.group.offsets.enabled` to `true`",
        source: "MirrorCheckpointConfig; KIP-545"
    }
    CHECKPOINTS_OFF = Error "checkpoints-off" {
        trap: "`emit.checkpoints.enabled = false` in the checkpoint connector",
        reason: "The connector is refused or does nothing; group offsets come from checkpoints, and there are none.",
        fix: "remove it, or do not deploy the connector",
        source: "MirrorCheckpointConfig.validate"
    }
    SYNCS_OFF = Error "offset-syncs-off" {
        trap: "`emit.offset-syncs.enabled = false` where groups are wanted",
        reason: "Without offset syncs nobody knows which offset of the source became which on the target: the checkpoint connector is refused.",
        fix: "remove it",
        source: "MirrorCheckpointConfig.validate; KAFKA-14610"
    }
    LOCATION_MISMATCH = Error "offset-syncs-location-mismatch" {
        trap: "`offset-syncs.topic.location` in one connector only",
        reason: "The source connector writes the topic on one cluster, the checkpoint connector reads an empty one on the other: no group is ever translated.",
        fix: "write the same `offset-syncs.topic.location` into the source and the checkpoint connector",
        source: "KIP-716; MirrorSourceConfig; MirrorCheckpointConfig"
    }
    ON_SOURCE = Advice "offset-syncs-on-source" {
        trap: "`offset-syncs.topic.location` left at `source`",
        reason: "The mirror creates a topic on the source and writes to it: it needs CREATE and WRITE on the cluster that you leave.",
        fix: "set it to `target` in the source and the checkpoint connector, where the target has room for one more topic",
        source: "KIP-716"
    }
    ALONE = Advice "incomplete-deployment" {
        trap: "a source connector without a checkpoint connector",
        reason: "Nothing translates the offsets of groups. When it is in another file, its settings were not compared with these.",
        fix: "give all files of the deployment: `--file source.json --file checkpoint.json --file heartbeat.json --file worker.properties`",
        source: "KIP-382"
    }
    LAG = Warning "offset-lag-max-high" {
        trap: "`offset.lag.max` above its default of 100",
        reason: "An offset sync is written only after so many records, or at the next flush: after the cut-over consumers read that many records again, for every partition.",
        fix: "leave it at 100; for topics with few records, or critical ones, 0 to 10",
        source: "MirrorSourceTask; OffsetSyncWriter"
    }
    DEAD_GROUPS = Advice "stop-checkpoints-before-consumers" {
        trap: "group sync to a service that reports idle groups as dead",
        reason: "MirrorMaker moves a group back only when it is reported as empty; a dead one it takes for new, and writes the checkpoint over the offset to which its consumers had come.",
        fix: "stop the checkpoint connector before the first consumer starts on the target",
        source: "MirrorCheckpointTask.syncGroupOffset; kafkactl issue 217"
    }
}

const LOCATION: &str = "offset-syncs.topic.location";

pub fn check(flow: &Flow, facts: &Facts, out: &mut Vec<Finding>) {
    let checkpoint = flow.settings(Class::Checkpoint);
    match (flow.settings(Class::Source), checkpoint) {
        (Some(source), Some(checkpoint)) => together(flow, source, checkpoint, out),
        (Some(source), None) => {
            out.push(ALONE.at(&source.head, "no checkpoint connector is among the files"));
        }
        _ => {}
    }
    if let Some(source) = flow.settings(Class::Source)
        && source.number("offset.lag.max").is_some_and(|lag| lag > 100)
    {
        let found = format!(
            "{} records may pass between two offset syncs",
            source.text("offset.lag.max").unwrap_or_default()
        );
        out.push(LAG.at(&source.at("offset.lag.max"), found));
    }
    if let Some(checkpoint) = checkpoint {
        groups(flow, checkpoint, facts, out);
    }
}

fn groups(flow: &Flow, checkpoint: &Settings, facts: &Facts, out: &mut Vec<Finding>) {
    let (emit, sync) = ("emit.checkpoints.enabled", "sync.group.offsets.enabled");
    if !checkpoint.flag(emit, true) {
        out.push(CHECKPOINTS_OFF.at(&checkpoint.at(emit), "no checkpoints are written"));
    } else if !checkpoint.flag(sync, false) {
        let finding = SYNC_OFF.at(
            &checkpoint.at(sync),
            "offsets of groups are not written on the target",
        );
        out.push(finding.fix(format!("set `{}` to `true`", flow.spell(sync))));
    } else if let Some(service) = facts.service(flow).filter(|service| service.dead_groups) {
        let found = format!("{} reports groups without members as dead", service.title);
        out.push(DEAD_GROUPS.at(&checkpoint.at(sync), found));
    }
    let key = "emit.offset-syncs.enabled";
    let off = flow
        .connectors
        .iter()
        .find(|connector| !connector.settings.flag(key, true));
    if let Some(connector) = off {
        out.push(SYNCS_OFF.at(&connector.settings.at(key), "no offset syncs are written"));
    }
}

fn together(flow: &Flow, source: &Settings, checkpoint: &Settings, out: &mut Vec<Finding>) {
    let of = |settings: &Settings| settings.text(LOCATION).unwrap_or("source").to_owned();
    let (written, read) = (of(source), of(checkpoint));
    if written != read {
        let found = format!("written on the {written}, read on the {read}");
        let at = if source.get(LOCATION).is_some() {
            checkpoint.at(LOCATION)
        } else {
            source.at(LOCATION)
        };
        out.push(LOCATION_MISMATCH.at(&at, found));
    } else if written == "source" {
        let found = format!("the topic is written on `{}`", flow.source);
        let fix = format!(
            "set `{}` to `target`, where the target has room for one more topic",
            flow.spell(LOCATION)
        );
        out.push(ON_SOURCE.at(&source.at(LOCATION), found).fix(fix));
    }
}
