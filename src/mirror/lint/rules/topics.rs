//! Which topics are copied, and what of their settings and rights.

use super::rules;
use crate::mirror::lint::facts::{Facts, Refusal};
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::model::{Class, Flow, Settings};
use crate::mirror::lint::patterns::{self, Patterns};

rules! {
    ALL_TOPICS = Advice "every-topic" {
        trap: "`topics = .*`, or no `topics` at all",
        reason: "Everything that is created on the source is copied too, wanted or not. A migration goes in waves, and each wave has a list.",
        fix: "name the topics of this wave",
        source: "DefaultTopicFilter"
    }
    INTERNAL = Warning "internal-topics-copied" {
        trap: "the default `topics.exclude` with `topics = .*`",
        reason: "The default leaves out names with two underscores and `.internal`. Topics of a schema registry, of Connect and of Confluent have other names: they are copied, and a registry on the target then reads two histories in one topic.",
        fix: "add `_schemas, _confluent.*, connect-(configs|offsets|status), mm2-.*` to `topics.exclude`",
        source: "DefaultTopicFilter"
    }
    BAD_PATTERN = Error "pattern-refused" {
        trap: "`topics = *`",
        reason: "Topics and groups are regular expressions of Java. One that cannot be compiled stops the connector.",
        fix: "write a regular expression: `.*` for anything",
        source: "MirrorUtils.compilePatternList"
    }
    GLOB = Warning "glob-for-an-expression" {
        trap: "`topics = orders*`",
        reason: "In a regular expression `*` repeats what stands before it: `orders*` means `order`, `orders`, `orderss`, and not `orders.eu`.",
        fix: "write `.*` for anything",
        source: "MirrorUtils.compilePatternList"
    }
    CONFIG_SYNC_REFUSED = Error "config-sync-refused" {
        trap: "`sync.topic.configs.enabled` left at true against a service without topic settings",
        reason: "The target does not take the settings of topics over Kafka. Since Kafka 4.0 the connector fails at that; before, it warns for ever.",
        fix: "set `sync.topic.configs.enabled` to `false`, and make the topics with the target's own templates",
        source: "Apache Kafka 4.0, docs/upgrade.html; KIP-894; the target's `can.topic-configs`"
    }
    ACL_SYNC_REFUSED = Error "acl-sync-refused" {
        trap: "`sync.topic.acls.enabled` left at true against a service without Kafka's ACLs",
        reason: "The target has its own rights and refuses Kafka's ACLs: every round fails.",
        fix: "set `sync.topic.acls.enabled` to `false`, and translate the rights with `landfall mirror ENV access`",
        source: "MirrorSourceConnector.syncTopicAcls; the target's `can.acls`"
    }
    ACL_SYNC_PARTIAL = Warning "acl-sync-partial" {
        trap: "`sync.topic.acls.enabled` is true unless it is turned off",
        reason: "Only literal topic ACLs are copied, writing rights are dropped, everything else becomes a right to read: producers are shut out on the target, and groups, prefixes and transactions have no rights. It needs ALTER on the target's cluster as well.",
        fix: "set `sync.topic.acls.enabled` to `false`, and translate the rights with a tool",
        source: "MirrorSourceConnector.targetAclBinding"
    }
    EXCLUDE_REPLACED = Warning "config-exclude-replaced" {
        trap: "`config.properties.exclude` without the names of the default",
        reason: "Your list replaces the default one: replica throttles and `min.insync.replicas` of the source are then given to topics of a cluster with other brokers.",
        fix: "write the default's names as well: `follower\\.replication\\.throttled\\.replicas, leader\\.replication\\.throttled\\.replicas, message\\.timestamp\\.difference\\.max\\.ms, message\\.timestamp\\.type, unclean\\.leader\\.election\\.enable, min\\.insync\\.replicas`",
        source: "DefaultConfigPropertyFilter"
    }
    DEFAULTS = Advice "config-defaults-undecided" {
        trap: "`use.defaults.from` left open while settings are synchronised",
        reason: "By default a setting that the source does not set is taken back to the target's default, on every round: a change that somebody made on the target is undone.",
        fix: "decide: `target`, or `source` to write the source's defaults out",
        source: "DefaultConfigPropertyFilter; MirrorSourceConnector.incrementalAlterConfigs"
    }
}

/// What the default of `topics.exclude` lets through.
const INTERNAL_NAMES: [&str; 4] = [
    "_schemas",
    "_confluent-metrics",
    "connect-configs",
    "connect-offsets",
];

pub fn check(flow: &Flow, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(source) = flow.settings(Class::Source) else {
        return;
    };
    let topics = Patterns::topics(source);
    if topics.takes_all() {
        out.push(ALL_TOPICS.at(&source.at("topics"), "every topic of the source is copied"));
        let taken = INTERNAL_NAMES.into_iter().find(|name| topics.takes(name));
        if let Some(name) = taken {
            out.push(INTERNAL.at(&source.at("topics.exclude"), format!("`{name}` would be copied")));
        }
    }
    for key in ["topics", "topics.exclude", "groups", "groups.exclude"] {
        expressions(flow, key, out);
    }
    configs(flow, source, facts, out);
    acls(flow, source, facts, out);
}

fn expressions(flow: &Flow, key: &str, out: &mut Vec<Finding>) {
    let Some(value) = flow.any(key) else { return };
    for pattern in patterns::list(&value.text) {
        if !patterns::compiles(&pattern) {
            out.push(BAD_PATTERN.at(&value.at, format!("`{pattern}` is no regular expression")));
        } else if let Some(right) = glob(&pattern) {
            let finding = GLOB.at(&value.at, format!("`{pattern}` repeats its last letter"));
            out.push(finding.fix(format!("write `{right}`")));
        }
    }
}

/// What was meant by a name with a star at its end.
fn glob(pattern: &str) -> Option<String> {
    let name = pattern.strip_suffix('*')?;
    let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    (patterns::plain(name) && name.ends_with(letter)).then(|| format!("{name}.*"))
}

fn configs(flow: &Flow, source: &Settings, facts: &Facts, out: &mut Vec<Finding>) {
    let key = "sync.topic.configs.enabled";
    if !source.flag(key, true) {
        return;
    }
    let service = facts.service(flow);
    if let Some(service) =
        service.filter(|one| one.refuses(|tier| tier.can.topic_configs.is_empty()) == Refusal::Everywhere)
    {
        let found = format!("{} does not take topic settings over Kafka", service.title);
        out.push(CONFIG_SYNC_REFUSED.at(&source.at(key), found).fix(format!(
            "set `{}` to `false`, and make the topics with the target's own templates",
            flow.spell(key)
        )));
        return;
    }
    let exclude = "config.properties.exclude";
    if let Some(value) = source.get(exclude) {
        let names = patterns::list(&value.text);
        let kept = |name: &str| {
            names
                .iter()
                .any(|pattern| patterns::matches(&pattern.replace("\\\\", "\\"), name))
        };
        let lost = ["min.insync.replicas", "leader.replication.throttled.replicas"]
            .into_iter()
            .find(|name| !kept(name));
        if let Some(name) = lost {
            out.push(EXCLUDE_REPLACED.at(&value.at, format!("`{name}` would be copied")));
        }
    }
    if source.get("use.defaults.from").is_none() {
        let at = source.at("use.defaults.from");
        let fix = format!(
            "set `{}` to `target`, or to `source` to write the source's defaults out",
            flow.spell("use.defaults.from")
        );
        out.push(
            DEFAULTS
                .at(&at, "`use.defaults.from` is `target` by default")
                .fix(fix),
        );
    }
}

fn acls(flow: &Flow, source: &Settings, facts: &Facts, out: &mut Vec<Finding>) {
    let key = "sync.topic.acls.enabled";
    if !source.flag(key, true) {
        return;
    }
    let refused = facts
        .service(flow)
        .filter(|service| service.refuses(|tier| !tier.can.acls) == Refusal::Everywhere);
    let finding = match refused {
        Some(service) => {
            ACL_SYNC_REFUSED.at(&source.at(key), format!("{} has no ACLs of Kafka", service.title))
        }
        None => ACL_SYNC_PARTIAL.at(&source.at(key), "ACLs are copied in part"),
    };
    let fix = format!(
        "set `{}` to `false`, and translate the rights with a tool",
        flow.spell(key)
    );
    out.push(finding.fix(fix));
}
