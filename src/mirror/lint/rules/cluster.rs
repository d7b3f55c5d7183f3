//! Brokers and replicas of the target, and the cluster that records are really written to.

use super::rules;
use crate::mirror::lint::facts::Facts;
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::model::{Class, Flow, addresses};

rules! {
    TOO_MANY = Error "replicas-above-brokers" {
        trap: "more replicas than the target has brokers",
        reason: "The topic cannot be created, and what depends on it does not start. The defaults are 2 for topics and 3 for the mirror's own.",
        fix: "write a number that the target can hold, or `-1` for the target's own default",
        source: "MirrorSourceConfig, MirrorCheckpointConfig, MirrorHeartbeatConfig; WorkerConfig"
    }
    DEFAULT_REPLICAS = Warning "replicas-by-default" {
        trap: "`replication.factor` left at 2",
        reason: "The number of replicas of the source is not copied. New topics get two: too many for one broker, too few to stay writable with `min.insync.replicas = 2` while one broker restarts.",
        fix: "set `replication.factor` to 3, or to `-1` for the target's own default",
        source: "MirrorSourceConfig"
    }
    ONE_REPLICA = Warning "one-replica" {
        trap: "one replica on a cluster of several brokers",
        reason: "The loss of one broker loses the records, or the mirror's position, from which it then begins again.",
        fix: "set it to 3, or to `-1` for the target's own default",
        source: "Apache Kafka, docs/ops.html"
    }
    ELSEWHERE = Error "written-to-the-workers-cluster" {
        trap: "workers that belong to another cluster than the target",
        reason: "Connect's producer writes to the cluster of the worker, whatever `target.cluster.bootstrap.servers` says: topics are created on the target, and the records go elsewhere.",
        fix: "set `producer.override.bootstrap.servers`, with its security, to the target; or run the workers on the target",
        source: "Worker.baseProducerConfigs"
    }
    OVERRIDES_REFUSED = Error "overrides-refused" {
        trap: "`connector.client.config.override.policy` other than `All`",
        reason: "The worker refuses a connector with `producer.override.` keys that its policy does not allow.",
        fix: "set `connector.client.config.override.policy` to `All` on the worker",
        source: "WorkerConfig; KIP-458; KIP-722"
    }
}

/// Topics of the mirror and of Connect: their setting, and its default.
const FACTORS: [(&str, Class, i64); 4] = [
    ("replication.factor", Class::Source, 2),
    ("offset-syncs.topic.replication.factor", Class::Source, 3),
    ("checkpoints.topic.replication.factor", Class::Checkpoint, 3),
    ("heartbeats.topic.replication.factor", Class::Heartbeat, 3),
];

const STORES: [&str; 3] = [
    "config.storage.replication.factor",
    "offset.storage.replication.factor",
    "status.storage.replication.factor",
];

pub fn check(flow: &Flow, facts: &Facts, out: &mut Vec<Finding>) {
    let managed = facts
        .service(flow)
        .is_some_and(super::super::facts::Service::managed);
    if !managed {
        replicas(flow, facts, out);
    }
    worker(flow, out);
}

fn replicas(flow: &Flow, facts: &Facts, out: &mut Vec<Finding>) {
    let brokers = facts.brokers.map(i64::from);
    let mut factor =
        |settings: &crate::mirror::lint::model::Settings, key: &str, default: i64, spelled: String| {
            let written = settings.number(key);
            let number = written.unwrap_or(default);
            let at = settings.at(key);
            if brokers.is_some_and(|brokers| number > brokers) {
                let found = format!(
                    "`{key}` is {number}, and the target has {} brokers",
                    brokers.unwrap_or_default()
                );
                let fix = format!(
                    "set `{spelled}` to {} or less, or to `-1`",
                    brokers.unwrap_or_default()
                );
                out.push(TOO_MANY.at(&at, found).fix(fix));
            } else if settings.get(key).is_none() && key == "replication.factor" {
                out.push(
                    DEFAULT_REPLICAS
                        .at(&at, "new topics get 2 replicas")
                        .fix(format!("set `{spelled}` to 3, or to `-1`")),
                );
            } else if number == 1 && brokers.is_none_or(|brokers| brokers > 1) {
                out.push(ONE_REPLICA.at(&at, format!("`{key}` is 1")));
            }
        };
    for (key, class, default) in FACTORS {
        let on_source = key.starts_with("offset-syncs")
            && flow
                .any("offset-syncs.topic.location")
                .is_none_or(|value| value.text.trim() != "target");
        if let Some(settings) = flow.settings(class).filter(|_| !on_source) {
            factor(settings, key, default, flow.spell(key));
        }
    }
    if let Some(worker) = &flow.worker {
        for key in STORES {
            factor(worker, key, 3, flow.spell_worker(key));
        }
    }
}

fn worker(flow: &Flow, out: &mut Vec<Finding>) {
    let (Some(worker), Some(source)) = (&flow.worker, flow.settings(Class::Source)) else {
        return;
    };
    if flow.dedicated {
        return;
    }
    let targets = flow.hosts("target");
    let own = addresses(worker.text("bootstrap.servers").unwrap_or_default());
    let apart = !own.is_empty() && !targets.is_empty() && !own.iter().any(|host| targets.contains(host));
    if apart && flow.producer("bootstrap.servers").is_none() {
        let found = format!(
            "the worker's cluster is `{}`, the target `{}`",
            own.join(","),
            targets.join(",")
        );
        out.push(ELSEWHERE.at(&source.at("producer.override.bootstrap.servers"), found));
    }
    let policy = worker
        .text("connector.client.config.override.policy")
        .unwrap_or("All");
    let overrides = source
        .values
        .iter()
        .find(|(key, _)| key.starts_with("producer.override."));
    if let Some((key, value)) =
        overrides.filter(|_| !policy.ends_with("All") && !policy.contains("AllConnector"))
    {
        out.push(OVERRIDES_REFUSED.at(
            &value.at,
            format!("the worker's policy is `{policy}`, and refuses `{key}`"),
        ));
    }
}
