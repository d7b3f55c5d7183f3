//! A target that is a service: its room for topics, its timers, its sign-in.

use super::rules;
use crate::mirror::lint::facts::{Facts, Service};
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::model::{Class, Flow, Settings};

rules! {
    SLOTS = Error "no-room-for-internal-topics" {
        trap: "Connect's and the mirror's own topics on a tier with few topics",
        reason: "MirrorMaker 2 and Connect keep up to six topics of their own on the target: heartbeats, checkpoints, offset syncs, and Connect's configs, offsets and status. With your topics they are more than the tier holds.",
        fix: "keep Connect's topics on another cluster and `offset-syncs.topic.location` at `source`, spread the topics over several namespaces, or take a larger tier",
        source: "learn.microsoft.com/azure/event-hubs/event-hubs-quotas"
    }
    FEW_SLOTS = Advice "few-topics-left" {
        trap: "a tier with few topics, of which the mirror takes several",
        reason: "What is left is what your own topics may take.",
        fix: "count your topics against it before the first wave",
        source: "learn.microsoft.com/azure/event-hubs/event-hubs-quotas"
    }
    TIMERS = Warning "idle-timers" {
        trap: "Kafka's idle timers against a service behind a load balancer",
        reason: "The line is cut after four minutes without traffic, and the client learns of it when its next request times out: the mirror stalls after a quiet night. Set on the source connector's consumer alone it does not help.",
        fix: "set `connections.max.idle.ms` and `metadata.max.age.ms` to 180000 for the worker, for `producer.override.` and for `target.admin.`",
        source: "learn.microsoft.com/azure/event-hubs/apache-kafka-configurations; azure-event-hubs-for-kafka issue 105"
    }
    TIMEOUT = Warning "request-timeout-short" {
        trap: "`request.timeout.ms` below what the service asks",
        reason: "A throttled request is answered late. A client that gives up before sends it again, which throttles it more.",
        fix: "set `request.timeout.ms` to 60000",
        source: "learn.microsoft.com/azure/event-hubs/apache-kafka-configurations"
    }
    PROTOCOL = Error "service-sign-in" {
        trap: "a service without SASL_SSL",
        reason: "The endpoint speaks nothing else: the connection is closed.",
        fix: "set `target.cluster.security.protocol` to what the service speaks",
        source: "learn.microsoft.com/azure/event-hubs/apache-kafka-configurations"
    }
    CREATES = Advice "topics-made-by-the-mirror" {
        trap: "leaving topics of a service to the mirror",
        reason: "What clients may create over Kafka is not settled: partitions are fixed for good, and Connect's own topics must be compacted, or its offsets evaporate and everything is mirrored again.",
        fix: "make all of them beforehand with the service's templates: the same partitions as on the source, and compaction for Connect's own",
        source: "azure-event-hubs-for-kafka issue 167"
    }
}

pub fn check(flow: &Flow, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(service) = facts.service(flow) else {
        return;
    };
    let Some(source) = flow.settings(Class::Source).filter(|_| service.managed()) else {
        return;
    };
    slots(flow, source, service, facts, out);
    timers(flow, source, service, out);
    let key = "target.cluster.security.protocol";
    let protocol = source.text(key).unwrap_or("PLAINTEXT");
    // An environment may be rehearsed where its address is only a name.
    if facts.target.is_none() && protocol != service.protocol {
        let spelled = if flow.dedicated {
            format!("{}.security.protocol", flow.target)
        } else {
            key.to_owned()
        };
        let found = format!(
            "the protocol is `{protocol}`, {} speaks `{}`",
            service.title, service.protocol
        );
        out.push(
            PROTOCOL
                .at(&source.at(key), found)
                .fix(format!("set `{spelled}` to `{}`", service.protocol)),
        );
    }
    if facts.target.is_none() {
        let found = format!(
            "topics of {} are better made before the mirror starts",
            service.title
        );
        out.push(CREATES.at(&source.at("target.cluster.bootstrap.servers"), found));
    }
}

/// The topics that the mirror and Connect keep on the target.
fn internal_topics(flow: &Flow) -> Vec<&'static str> {
    let mut topics = Vec::new();
    let beats = flow
        .settings(Class::Heartbeat)
        .is_some_and(|one| one.flag("emit.heartbeats.enabled", true));
    let syncs = flow
        .any("offset-syncs.topic.location")
        .is_some_and(|value| value.text.trim() == "target");
    let targets = flow.hosts("target");
    // Without the worker's properties nobody knows where it keeps its topics: the target is the rule.
    let elsewhere = flow
        .worker
        .as_ref()
        .and_then(|worker| worker.text("bootstrap.servers"))
        .is_some_and(|servers| {
            let own = crate::mirror::lint::model::addresses(servers);
            !own.is_empty() && !own.iter().any(|host| targets.contains(host))
        });
    if beats {
        topics.push("heartbeats");
    }
    if flow.connector(Class::Checkpoint).is_some() {
        topics.push("checkpoints");
    }
    if syncs {
        topics.push("offset-syncs");
    }
    if !elsewhere {
        topics.extend(["configs", "offsets", "status"]);
    }
    topics
}

fn slots(flow: &Flow, source: &Settings, service: &Service, facts: &Facts, out: &mut Vec<Finding>) {
    let internal = internal_topics(flow);
    let listed = crate::mirror::lint::patterns::list(source.text("topics").unwrap_or_default());
    let plain = listed
        .iter()
        .filter(|name| crate::mirror::lint::patterns::plain(name))
        .count();
    let own = facts.topics.max(plain);
    let at = source.at("target.cluster.bootstrap.servers");
    for tier in &service.tiers {
        let Some(most) = tier.most_topics.and_then(|most| usize::try_from(most).ok()) else {
            continue;
        };
        let needed = internal.len() + own;
        let named = format!("{} ({})", internal.len(), internal.join(", "));
        if needed > most {
            let found = format!(
                "{} holds {most} topics in {}: the mirror takes {named}, your topics {own}",
                service.title, tier.name
            );
            out.push(SLOTS.at(&at, found));
        } else if most <= 20 {
            let found = format!(
                "{} holds {most} topics in {}: the mirror takes {named}, {} are left",
                service.title,
                tier.name,
                most - internal.len()
            );
            out.push(FEW_SLOTS.at(&at, found));
        }
    }
}

/// Every client that speaks to the target, and the timers that it lacks.
fn timers(flow: &Flow, source: &Settings, service: &Service, out: &mut Vec<Finding>) {
    let mut lacking: Vec<String> = Vec::new();
    for setting in ["connections.max.idle.ms", "metadata.max.age.ms"] {
        let Some(most) = service.asks(setting) else {
            continue;
        };
        let holds = |text: Option<&str>| {
            text.and_then(|text| text.parse::<i64>().ok())
                .is_some_and(|number| number <= most)
        };
        if !holds(flow.producer(setting).map(|value| value.text.trim())) {
            lacking.push(flow.spell_producer(setting));
        }
        let admin = ["target.admin.", "admin."]
            .into_iter()
            .find_map(|prefix| source.text(&format!("{prefix}{setting}")));
        if !holds(admin) {
            lacking.push(if flow.dedicated {
                format!("{}.admin.{setting}", flow.target)
            } else {
                format!("target.admin.{setting}")
            });
        }
        if let Some(worker) = flow.worker.as_ref().filter(|worker| !holds(worker.text(setting))) {
            let _ = worker;
            lacking.push(if flow.dedicated {
                format!("{}.{setting}", flow.target)
            } else {
                format!("{setting} (worker)")
            });
        }
    }
    if !lacking.is_empty() {
        let found = format!(
            "not set, or above what {} asks: `{}`",
            service.title,
            lacking.join("`, `")
        );
        let most = service.asks("connections.max.idle.ms").unwrap_or(180_000);
        let at = source.at(&flow.spell_producer("connections.max.idle.ms"));
        out.push(TIMERS.at(&at, found).fix(format!("set each of them to {most}")));
    }
    let Some(least) = service.asks("request.timeout.ms") else {
        return;
    };
    if let Some(value) = flow
        .producer("request.timeout.ms")
        .filter(|value| value.text.trim().parse().is_ok_and(|number: i64| number < least))
    {
        let found = format!(
            "`request.timeout.ms` is {}, below the {least} that {} asks",
            value.text.trim(),
            service.title
        );
        out.push(TIMEOUT.at(&value.at, found));
    }
}
