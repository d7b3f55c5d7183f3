//! Names: policies and aliases, one connector against the others and one flow against the others.

use super::rules;
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::model::{Class, Connector, Flow, keeps_names};
use crate::mirror::lint::patterns::Patterns;
use crate::mirror::lint::read::Block;

rules! {
    DEFAULT_POLICY = Warning "topics-renamed" {
        trap: "no `replication.policy.class`, or the default one",
        reason: "Every topic gets the source's alias in front on the target: `orders` becomes `source.orders`, and every client must be changed to find it. A migration keeps names.",
        fix: "set `replication.policy.class` to `org.apache.kafka.connect.mirror.IdentityReplicationPolicy` in all three connectors",
        source: "DefaultReplicationPolicy; KIP-382; KIP-690"
    }
    POLICY_MISMATCH = Error "policy-mismatch" {
        trap: "the identity policy on the source connector alone",
        reason: "The checkpoint connector asks its own policy for the target's name of a topic. With another policy than the source connector it looks for topics that do not exist, and no group is ever translated.",
        fix: "write the same `replication.policy.class` and `replication.policy.separator` into all three connectors",
        source: "MirrorCheckpointTask"
    }
    CUSTOM_POLICY = Advice "custom-policy" {
        trap: "a replication policy of one's own",
        reason: "Its jar must be on every worker. What such policies were written for, to keep names, is in Kafka since 3.0.",
        fix: "use `org.apache.kafka.connect.mirror.IdentityReplicationPolicy`, unless the policy does more",
        source: "KIP-690; Apache Kafka 3.0"
    }
    ALIAS_MISMATCH = Error "alias-mismatch" {
        trap: "connectors of one flow with different aliases",
        reason: "Aliases are part of the names of the offset-syncs and checkpoints topics: the checkpoint connector reads a topic that the source connector never writes.",
        fix: "give all three connectors the same `source.cluster.alias` and `target.cluster.alias`",
        source: "MirrorSourceConfig.offsetSyncsTopic; the sample of aws-samples/mirrormaker2-msk-migration has it"
    }
    ALIAS_MISSING = Error "alias-missing" {
        trap: "no `source.cluster.alias`",
        reason: "The connector does not start without it. It is part of the stored offsets: once started, it must never change, or everything is mirrored again.",
        fix: "name the source, shortly and for good",
        source: "MirrorConnectorConfig"
    }
    SAME_CLUSTER = Error "same-cluster-twice" {
        trap: "source and target are one cluster",
        reason: "With names kept, the mirror reads its own copies and writes them again, without end.",
        fix: "correct one of the two `bootstrap.servers`",
        source: "IdentityReplicationPolicy"
    }
    LOOP = Error "flow-loop" {
        trap: "A->B and B->A with names kept and a topic in common",
        reason: "The identity policy cannot tell a copy from an original: every record goes round for ever, and both clusters fill up.",
        fix: "disable one direction, or give the two flows topics that have nothing in common",
        source: "IdentityReplicationPolicy; KAFKA-9914"
    }
    OVERLAP = Warning "overlapping-flows" {
        trap: "two flows write the same topics of a target",
        reason: "Records of both end up in one topic: twice when the source is the same, mixed without order when it is not.",
        fix: "give the flows topics that have nothing in common",
        source: "IdentityReplicationPolicy; KIP-382"
    }
}

const KEY: &str = "replication.policy.class";

pub fn check(flow: &Flow, out: &mut Vec<Finding>) {
    if let Some(source) = flow.settings(Class::Source) {
        let policy = source.text(KEY);
        if !keeps_names(policy) {
            let found = format!("topics of `{}` are renamed on the target", flow.source);
            out.push(DEFAULT_POLICY.at(&source.at(KEY), found));
        } else if policy.is_some_and(|class| !class.starts_with("org.apache.kafka.")) {
            let found = format!("`{}` is not part of Apache Kafka", policy.unwrap_or_default());
            out.push(CUSTOM_POLICY.at(&source.at(KEY), found));
        }
    }
    if let Some((first, others)) = flow.connectors.split_first() {
        for other in others {
            against(first, other, out);
        }
    }
    for connector in flow.connectors.iter().filter(|_| !flow.dedicated) {
        let settings = &connector.settings;
        if settings.text("source.cluster.alias").is_none_or(str::is_empty) {
            let found = format!("the {} has no `source.cluster.alias`", connector.class.name());
            out.push(ALIAS_MISSING.at(&settings.at("source.cluster.alias"), found));
        }
    }
    same_cluster(flow, out);
}

/// One connector of a flow against the first.
fn against(first: &Connector, other: &Connector, out: &mut Vec<Finding>) {
    let of = |connector: &Connector| {
        let policy = connector.settings.text(KEY).unwrap_or("DefaultReplicationPolicy");
        policy.rsplit('.').next().unwrap_or_default().to_owned()
    };
    let (one, two) = (of(first), of(other));
    let separator = |connector: &Connector| {
        connector
            .settings
            .text("replication.policy.separator")
            .unwrap_or(".")
            .to_owned()
    };
    // The heartbeat connector writes one topic of a fixed name, but its policy names it for consumers.
    if one != two {
        let found = format!(
            "the {} has `{two}`, the {} has `{one}`",
            other.class.name(),
            first.class.name()
        );
        out.push(POLICY_MISMATCH.at(&other.settings.at(KEY), found));
    } else if separator(first) != separator(other) && !keeps_names(Some(&one)) {
        let found = format!(
            "`{}` separates names here, `{}` in the {}",
            separator(other),
            separator(first),
            first.class.name()
        );
        out.push(POLICY_MISMATCH.at(&other.settings.at("replication.policy.separator"), found));
    }
    for side in ["source", "target"] {
        let key = format!("{side}.cluster.alias");
        let named = |connector: &Connector| connector.settings.text(&key).unwrap_or_default().to_owned();
        let (one, two) = (named(first), named(other));
        if one != two && !one.is_empty() && !two.is_empty() {
            let found = format!(
                "the {} calls the {side} `{two}`, the {} calls it `{one}`",
                other.class.name(),
                first.class.name()
            );
            out.push(ALIAS_MISMATCH.at(&other.settings.at(&key), found));
        }
    }
}

fn same_cluster(flow: &Flow, out: &mut Vec<Finding>) {
    let targets = flow.hosts("target");
    let shared = flow
        .hosts("source")
        .into_iter()
        .find(|host| targets.contains(host));
    if let (Some(host), Some(servers)) = (shared, flow.any("target.cluster.bootstrap.servers")) {
        let found = format!("`{host}` is a server of the source and of the target");
        out.push(SAME_CLUSTER.at(&servers.at, found));
    }
}

/// Flows against each other.
pub fn check_all(_: &[Block], flows: &[Flow], out: &mut Vec<Finding>) {
    for (index, one) in flows.iter().enumerate() {
        for other in &flows[..index] {
            let (Some(a), Some(b)) = (copies(other), copies(one)) else {
                continue;
            };
            let Some(topic) = a.shared_with(&b) else { continue };
            let at = one
                .settings(Class::Source)
                .map(|settings| settings.at("topics"))
                .unwrap_or_default();
            let keep = one.keeps_names() && other.keeps_names();
            if keep && meets(one, "source", other, "target") && meets(one, "target", other, "source") {
                let found = format!("`{}` and `{}` both copy `{topic}`", other.name(), one.name());
                out.push(LOOP.at(&at, found));
            } else if meets(one, "target", other, "target") && (keep || meets(one, "source", other, "source"))
            {
                let found = format!("`{}` and `{}` both write `{topic}`", other.name(), one.name());
                out.push(OVERLAP.at(&at, found));
            }
        }
    }
}

/// The topics that a flow copies.
fn copies(flow: &Flow) -> Option<Patterns> {
    flow.settings(Class::Source).map(Patterns::topics)
}

/// Whether a side of one flow is a side of another: by alias, or by a server in common.
fn meets(one: &Flow, side: &str, other: &Flow, other_side: &str) -> bool {
    let alias = |flow: &Flow, side: &str| {
        if side == "source" {
            flow.source.clone()
        } else {
            flow.target.clone()
        }
    };
    let (hosts, others) = (one.hosts(side), other.hosts(other_side));
    if hosts.is_empty() || others.is_empty() {
        return alias(one, side) == alias(other, other_side);
    }
    hosts.iter().any(|host| others.contains(host))
}
