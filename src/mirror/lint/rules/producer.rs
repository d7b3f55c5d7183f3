//! The producer that writes the records: order, repetition, sizes and compression.

use super::rules;
use crate::mirror::lint::facts::{Facts, Refusal, Service};
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::model::{Class, Flow, Settings};
use crate::model::units::grouped;

rules! {
    ORDER = Warning "order-at-risk" {
        trap: "several requests in flight without idempotence",
        reason: "A request that is sent again can arrive behind the next one: records of a partition change places. Connect's own defaults are one request in flight and no idempotence.",
        fix: "set `enable.idempotence` to `true` as well, or one request in flight",
        source: "Worker.baseProducerConfigs; ProducerConfig"
    }
    REPEATS = Advice "producer-not-idempotent" {
        trap: "Connect's producer is not idempotent unless asked",
        reason: "Every request that is sent again after a lost answer doubles its records on the target.",
        fix: "set `enable.idempotence` to `true` for the producer of records",
        source: "Worker.baseProducerConfigs; settled against Kafka in docs/mirrormaker2.md"
    }
    ACKS = Warning "acks-not-all" {
        trap: "`acks` other than `all`",
        reason: "The mirror counts a record as copied that a broker can still lose, and never copies it again.",
        fix: "leave `acks` at `all`",
        source: "ProducerConfig; Worker.baseProducerConfigs"
    }
    TOO_LARGE = Error "request-too-large" {
        trap: "requests above the limit of the target",
        reason: "The service closes the connection at a larger request: the mirror reconnects and fails on the same batch for ever.",
        fix: "set `max.request.size` to what the target takes",
        source: "learn.microsoft.com/azure/event-hubs/apache-kafka-configurations"
    }
    SIZE_UNSET = Warning "request-size-unset" {
        trap: "`max.request.size` left at its default against a service with a lower limit",
        reason: "The default of 1,048,576 bytes is above what the service takes: the first full batch closes the connection.",
        fix: "set `max.request.size` to what the target takes",
        source: "learn.microsoft.com/azure/event-hubs/apache-kafka-configurations"
    }
    COMPRESSION = Error "compression-refused" {
        trap: "a compression that the target does not take",
        reason: "The service refuses compressed batches of a kind that it does not know: nothing is written.",
        fix: "set `compression.type` to one that the target takes",
        source: "learn.microsoft.com/azure/event-hubs/apache-kafka-configurations; the target's `can.compression`"
    }
    COMPRESSION_TIER = Warning "compression-by-tier" {
        trap: "a compression that only some tiers take",
        reason: "The service refuses compressed batches in the lower tiers: nothing is written.",
        fix: "set `compression.type` to `none`, or say the tier with `--tier`",
        source: "learn.microsoft.com/azure/event-hubs/apache-kafka-configurations; the target's `can.compression`"
    }
}

pub fn check(flow: &Flow, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(source) = flow.settings(Class::Source) else {
        return;
    };
    delivery(flow, source, out);
    if let Some(service) = facts.service(flow) {
        sizes(flow, source, service, out);
        compression(flow, service, out);
    }
}

fn delivery(flow: &Flow, source: &Settings, out: &mut Vec<Finding>) {
    let text = |key: &str| flow.producer(key).map(|value| value.text.trim().to_lowercase());
    let idempotent = text("enable.idempotence").as_deref() == Some("true");
    if let Some(acks) = flow
        .producer("acks")
        .filter(|value| !matches!(value.text.trim(), "all" | "-1"))
    {
        out.push(ACKS.at(&acks.at, format!("`acks` is `{}`", acks.text.trim())));
    }
    let in_flight = "max.in.flight.requests.per.connection";
    let several = flow
        .producer(in_flight)
        .filter(|value| value.text.trim().parse().is_ok_and(|number: u32| number > 1));
    match several {
        Some(value) if !idempotent => {
            out.push(ORDER.at(
                &value.at,
                format!("{} requests may be in flight", value.text.trim()),
            ));
        }
        _ if !idempotent => {
            let key = flow.spell_producer("enable.idempotence");
            let at = flow
                .producer("enable.idempotence")
                .map_or_else(|| source.at(&key), |value| value.at.clone());
            let finding = REPEATS.at(&at, "a request that is sent again doubles its records");
            out.push(finding.fix(format!("set `{key}` to `true`")));
        }
        _ => {}
    }
}

fn sizes(flow: &Flow, source: &Settings, service: &Service, out: &mut Vec<Finding>) {
    let Some(most) = service.asks("max.request.size") else {
        return;
    };
    let key = flow.spell_producer("max.request.size");
    let fix = format!("set `{key}` to `{most}`");
    let words = |number: i64| grouped(number.unsigned_abs());
    for setting in ["max.request.size", "batch.size"] {
        let Some(value) = flow.producer(setting) else {
            continue;
        };
        let number: i64 = value.text.trim().parse().unwrap_or(0);
        if number > most {
            let found = format!(
                "`{setting}` is {} bytes, above the {} that {} takes",
                words(number),
                words(most),
                service.title
            );
            out.push(TOO_LARGE.at(&value.at, found).fix(format!(
                "set `{}` to `{most}` or less",
                flow.spell_producer(setting)
            )));
        }
    }
    if flow.producer("max.request.size").is_none() {
        let found = format!(
            "requests may have 1,048,576 bytes, above the {} that {} takes",
            words(most),
            service.title
        );
        out.push(SIZE_UNSET.at(&source.at(&key), found).fix(fix));
    }
}

fn compression(flow: &Flow, service: &Service, out: &mut Vec<Finding>) {
    let Some(value) = flow.producer("compression.type") else {
        return;
    };
    let wanted = value.text.trim().to_lowercase();
    let takes = |list: &[String]| list.contains(&wanted);
    match service.refuses(|tier| !takes(&tier.can.compression)) {
        Refusal::Nowhere => {}
        Refusal::Everywhere => {
            let found = format!("{} does not take `{wanted}`", service.title);
            let mut names: Vec<&str> = service
                .tiers
                .iter()
                .flat_map(|tier| &tier.can.compression)
                .map(String::as_str)
                .collect();
            names.sort_unstable();
            names.dedup();
            out.push(
                COMPRESSION
                    .at(&value.at, found)
                    .fix(format!("write one of `{}`", names.join("`, `"))),
            );
        }
        Refusal::Some(tiers) => {
            let found = format!("{} does not take `{wanted}` in {tiers}", service.title);
            out.push(COMPRESSION_TIER.at(&value.at, found));
        }
    }
}
