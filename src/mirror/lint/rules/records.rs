//! What could change records, or lose them, on the way.

use super::rules;
use crate::mirror::lint::facts::{Facts, Refusal};
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::model::{Class, Flow, Settings};

rules! {
    NOT_BYTES = Error "converter-not-bytes" {
        trap: "a converter other than ByteArrayConverter",
        reason: "The mirror hands over bytes. Another converter writes them in its own form: keys move to other partitions for their clients, values cannot be read.",
        fix: "write `org.apache.kafka.connect.converters.ByteArrayConverter`",
        source: "MirrorMakerConfig (dedicated mode sets all three)"
    }
    UNSET = Warning "converter-unset" {
        trap: "`key.converter` or `value.converter` left to a worker that was not given",
        reason: "The worker's own converter is used, which is JSON in most workers: records would be altered.",
        fix: "write `org.apache.kafka.connect.converters.ByteArrayConverter` into the connector, or lint the worker's properties together with it",
        source: "ConnectorConfig"
    }
    HEADERS = Error "header-converter-missing" {
        trap: "`header.converter` forgotten",
        reason: "A worker's default is SimpleHeaderConverter, which writes the bytes of a header as Base64: `v1` arrives as `djE=`, and nothing says so.",
        fix: "write `header.converter` = `org.apache.kafka.connect.converters.ByteArrayConverter`",
        source: "WorkerConfig; settled against Kafka in docs/mirrormaker2.md; Amazon's sample forgets it"
    }
    TOLERANCE = Error "errors-tolerated" {
        trap: "`errors.tolerance = all`",
        reason: "Connect then skips every record that the target refuses, one that is too large for instance, and counts it as copied. A dead letter queue exists for sinks only.",
        fix: "remove it: the task fails at the record, and nothing is lost",
        source: "AbstractWorkerSourceTask.producerSendFailed; KAFKA-13348"
    }
    TRANSFORMS = Advice "transforms-present" {
        trap: "`transforms` in a mirror",
        reason: "A record that is dropped or routed elsewhere has no offset on the target: groups are translated to the record before it, and a comparison of both sides finds differences.",
        fix: "mirror first, transform afterwards",
        source: "MirrorSourceTask.commitRecord; Kafka before 3.4.1 translates wrongly"
    }
    UNCOMMITTED = Advice "reads-uncommitted" {
        trap: "no `isolation.level = read_committed`",
        reason: "Records of aborted transactions are copied as if they were committed: consumers on the target see what consumers of the source never saw.",
        fix: "set `isolation.level` to `read_committed` for the mirror's consumer, unless no producer of the source uses transactions",
        source: "ConsumerConfig"
    }
    LATEST = Warning "reads-from-the-end" {
        trap: "`auto.offset.reset = latest` for the mirror's consumer",
        reason: "Nothing that is in the source now is copied, and when retention overtakes the mirror it jumps to the end, over everything in between, without an error.",
        fix: "leave it at `earliest`",
        source: "MirrorConnectorConfig.sourceConsumerConfig"
    }
    EOS_UNCOMMITTED = Error "exactly-once-uncommitted" {
        trap: "exactly once without `read_committed`",
        reason: "The connector says that it cannot do exactly once unless its consumer reads committed records: with `required` it is refused, with a worker alone it goes on at least once.",
        fix: "set `isolation.level` to `read_committed` for the mirror's consumer",
        source: "MirrorSourceConnector.exactlyOnceSupport; KIP-618"
    }
    EOS_TARGET = Error "exactly-once-refused" {
        trap: "exactly once to a target without transactions",
        reason: "Exactly once needs transactions on the cluster that is written to.",
        fix: "leave it disabled: at least once with an idempotent producer, and a comparison at the end",
        source: "KIP-618; the target's `can.transactions`"
    }
    EOS_DEDICATED = Error "exactly-once-without-rest" {
        trap: "exactly once in dedicated mode without the internal REST server",
        reason: "The nodes of a dedicated cluster fence each other over REST; without it the tasks do not start.",
        fix: "set `dedicated.mode.enable.internal.rest = true` and `listeners`",
        source: "KIP-710; Apache Kafka, docs/ops.html"
    }
}

const BYTES: &str = "ByteArrayConverter";

pub fn check(flow: &Flow, facts: &Facts, out: &mut Vec<Finding>) {
    for connector in &flow.connectors {
        converters(flow, &connector.settings, out);
        let settings = &connector.settings;
        if settings
            .text("errors.tolerance")
            .is_some_and(|text| text.eq_ignore_ascii_case("all"))
        {
            out.push(TOLERANCE.at(
                &settings.at("errors.tolerance"),
                "records that cannot be written are skipped",
            ));
        }
    }
    let Some(source) = flow.settings(Class::Source) else {
        return;
    };
    if let Some(transforms) = source.text("transforms").filter(|text| !text.is_empty()) {
        out.push(TRANSFORMS.at(
            &source.at("transforms"),
            format!("records pass through `{transforms}`"),
        ));
    }
    let reset = flow
        .consumer("auto.offset.reset")
        .filter(|value| value.text.trim() == "latest");
    if let Some(reset) = reset {
        out.push(LATEST.at(&reset.at, "the mirror begins at the end of every partition"));
    }
    exactly_once(flow, source, facts, out);
}

fn converters(flow: &Flow, settings: &Settings, out: &mut Vec<Finding>) {
    for key in ["key.converter", "value.converter", "header.converter"] {
        let worker = flow.worker.as_ref();
        let effective = settings.get(key).or_else(|| worker?.get(key));
        match effective {
            Some(value) if value.text.trim().ends_with(BYTES) => {}
            Some(value) => {
                let name = value
                    .text
                    .trim()
                    .rsplit('.')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                out.push(NOT_BYTES.at(&value.at, format!("`{key}` is `{name}`")));
            }
            None if key == "header.converter" => {
                out.push(HEADERS.at(
                    &settings.at(key),
                    "`header.converter` is `SimpleHeaderConverter`, the worker's default",
                ));
            }
            None => out.push(UNSET.at(&settings.at(key), format!("`{key}` is what the worker says"))),
        }
    }
}

fn exactly_once(flow: &Flow, source: &Settings, facts: &Facts, out: &mut Vec<Finding>) {
    let worker = flow.worker.as_ref();
    let enabled = worker.and_then(|worker| worker.get("exactly.once.source.support"));
    let enabled = enabled.filter(|value| matches!(value.text.trim(), "enabled" | "preparing"));
    let required = source
        .get("exactly.once.support")
        .filter(|value| value.text.trim() == "required");
    let committed = flow
        .consumer("isolation.level")
        .is_some_and(|value| value.text.trim() == "read_committed");
    let Some(wanted) = required.or(enabled) else {
        if !committed {
            let at = flow
                .consumer("isolation.level")
                .map_or_else(|| source.at("consumer.isolation.level"), |value| value.at.clone());
            let fix = format!(
                "set `{}` to `read_committed`, unless no producer of the source uses transactions",
                flow.spell_consumer("isolation.level")
            );
            out.push(
                UNCOMMITTED
                    .at(&at, "the mirror reads uncommitted records")
                    .fix(fix),
            );
        }
        return;
    };
    if !committed {
        let fix = format!(
            "set `{}` to `read_committed`",
            flow.spell_consumer("isolation.level")
        );
        out.push(
            EOS_UNCOMMITTED
                .at(
                    &wanted.at,
                    "exactly once is wanted, and the consumer reads uncommitted records",
                )
                .fix(fix),
        );
    }
    if let Some(service) = facts.service(flow) {
        match service.refuses(|tier| !tier.can.transactions) {
            Refusal::Nowhere => {}
            Refusal::Some(tiers) => out.push(EOS_TARGET.at(
                &wanted.at,
                format!("{} has no transactions in {tiers}", service.title),
            )),
            Refusal::Everywhere => {
                out.push(EOS_TARGET.at(&wanted.at, format!("{} has no transactions", service.title)));
            }
        }
    }
    let rest = worker.is_some_and(|worker| worker.flag("dedicated.mode.enable.internal.rest", false));
    if flow.dedicated && enabled.is_some() && !rest {
        out.push(EOS_DEDICATED.at(&wanted.at, "`dedicated.mode.enable.internal.rest` is not `true`"));
    }
}
