//! One lane: a thread that copies some of the partitions, in order, without looking inside the records.
//!
//! The consumer reads ahead and the producer holds back, each up to half of the flow's buffer; when the producer is
//! full the lane waits, and so the consumer stops fetching.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer, PurgeConfig};
use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};

use super::ledger::{Failure, Ledger};
use super::order::Order;
use super::receipts::{Receipts, opaque};
use crate::kafka::ffi::records::{Arrival, Feed, Kind, Route};
use crate::kafka::{KafkaError, Listener, TopicPartition, Writing};
use crate::mirror::Flow;

/// Records taken from the consumer at once.
const BATCH: usize = 4000;

/// How often a lane serves its clients' logs and errors.
const SERVE_EVERY: Duration = Duration::from_millis(200);

/// A partition of a lane: its number in the ledger and where it goes on.
#[derive(Clone, Debug)]
pub struct Stretch {
    pub slot: usize,
    pub place: TopicPartition,
    pub from: i64,
}

/// Copies `stretches` until ordered otherwise; every failure goes into the ledger. Blocks.
pub fn copy(flow: &Flow, stretches: &[Stretch], ledger: &Arc<Ledger>, order: &Order) {
    if let Err(failure) = try_copy(flow, stretches, ledger, order) {
        ledger.fail(failure);
    }
}

fn try_copy(flow: &Flow, stretches: &[Stretch], ledger: &Arc<Ledger>, order: &Order) -> Result<(), Failure> {
    let half = flow.buffer_bytes / 2;
    let settings = flow.source.consumer_settings(&flow.group, half);
    let consumer: BaseConsumer<Listener> = flow
        .source
        .open(&settings, flow.source.listener())
        .map_err(Failure::Source)?;
    let settings = flow.target.producer_settings(Writing {
        buffer_bytes: half,
        in_flight: flow.in_flight,
        largest_request_bytes: flow.largest_record_bytes,
    });
    let receipts = Receipts {
        listener: flow.target.listener(),
        ledger: Arc::clone(ledger),
    };
    let producer: BaseProducer<Receipts> = flow.target.open(&settings, receipts).map_err(Failure::Target)?;
    let feed = assign(flow, &consumer, stretches).map_err(Failure::Source)?;
    let routes = routes(flow, &producer, stretches).map_err(Failure::Target)?;
    let lane = Lane {
        flow,
        consumer: &consumer,
        producer: &producer,
        routes,
        ledger,
        order,
    };
    lane.run(feed);
    Ok(())
}

fn assign<'c>(
    flow: &Flow,
    consumer: &'c BaseConsumer<Listener>,
    stretches: &[Stretch],
) -> Result<Feed<'c>, KafkaError> {
    let refused = |reason: String| KafkaError::Refused {
        bootstrap: flow.source.bootstrap().to_owned(),
        api: "Fetch",
        reason,
    };
    let feed = Feed::new(consumer, BATCH);
    let mut list = TopicPartitionList::with_capacity(stretches.len());
    for Stretch { place, from, .. } in stretches {
        list.add_partition_offset(&place.topic, place.partition, Offset::Offset(*from))
            .map_err(|error| refused(error.to_string()))?;
        feed.take(consumer, &place.topic, place.partition)
            .map_err(|code| refused(code.to_string()))?;
    }
    consumer
        .assign(&list)
        .map_err(|error| refused(error.to_string()))?;
    Ok(feed)
}

/// Where records of a partition go, and under which number they are kept.
type Routes<'p> = HashMap<String, (Route<'p>, HashMap<i32, usize>)>;

fn routes<'p>(
    flow: &Flow,
    producer: &'p BaseProducer<Receipts>,
    stretches: &[Stretch],
) -> Result<Routes<'p>, KafkaError> {
    let mut routes: Routes<'p> = HashMap::new();
    for Stretch { slot, place, .. } in stretches {
        if !routes.contains_key(&place.topic) {
            let route = Route::open(producer.client(), &place.topic).map_err(|code| KafkaError::Refused {
                bootstrap: flow.target.bootstrap().to_owned(),
                api: "Produce",
                reason: code.to_string(),
            })?;
            routes.insert(place.topic.clone(), (route, HashMap::new()));
        }
        if let Some((_, slots)) = routes.get_mut(&place.topic) {
            slots.insert(place.partition, *slot);
        }
    }
    Ok(routes)
}

struct Lane<'a> {
    flow: &'a Flow,
    consumer: &'a BaseConsumer<Listener>,
    producer: &'a BaseProducer<Receipts>,
    routes: Routes<'a>,
    ledger: &'a Ledger,
    order: &'a Order,
}

/// When the target last acknowledged something, as far as the lane has noticed.
struct Patience {
    records: u64,
    since: Instant,
}

impl Lane<'_> {
    fn run(&self, mut feed: Feed<'_>) {
        let mut patience = Patience {
            records: 0,
            since: Instant::now(),
        };
        let mut served = Instant::now();
        while self.order.goes_on() && self.ledger.failure().is_none() {
            let wait = if self.producer.in_flight_count() > 0 {
                2
            } else {
                50
            };
            self.copy_batch(&mut feed, Duration::from_millis(wait), &mut patience);
            self.producer.poll(Duration::ZERO);
            self.check(&mut patience);
            if served.elapsed() > SERVE_EVERY {
                let _ = self.consumer.poll(Duration::ZERO);
                served = Instant::now();
            }
        }
        self.finish(&mut patience);
    }

    fn copy_batch(&self, feed: &mut Feed<'_>, wait: Duration, patience: &mut Patience) {
        let batch = feed.next(wait);
        let mut last = (0, -1);
        let mut way: Option<(&Route<'_>, usize)> = None;
        for arrival in batch.iter() {
            let place = (arrival.topic_identity(), arrival.partition());
            if place != last || way.is_none() {
                way = self.way(&arrival);
                last = place;
            }
            let Some((route, slot)) = way else { continue };
            match arrival.kind() {
                Kind::Record if !self.forward(route, slot, &arrival, patience) => return,
                Kind::Record => {}
                Kind::End => {
                    self.ledger.read_to(slot, arrival.offset());
                    self.ledger.doubts().known(slot);
                }
                Kind::Error(code) => self.source_error(slot, code),
            }
        }
    }

    fn way(&self, arrival: &Arrival<'_>) -> Option<(&Route<'_>, usize)> {
        let (route, slots) = self.routes.get(&arrival.topic())?;
        Some((route, *slots.get(&arrival.partition())?))
    }

    /// Sends one record, waiting while the producer is full; `false` ends the lane.
    fn forward(&self, route: &Route<'_>, slot: usize, record: &Arrival<'_>, patience: &mut Patience) -> bool {
        let offset = record.offset();
        let opaque = opaque(slot, offset);
        loop {
            match route.forward(record, opaque) {
                Ok(()) => {
                    self.ledger.sent(slot, offset);
                    if record.timestamp() == 0 {
                        self.ledger.restamped();
                    }
                    return true;
                }
                Err(Code::QueueFull) => {
                    self.producer.poll(Duration::from_millis(5));
                    self.check(patience);
                    if self.order.is_abandoned() || self.ledger.failure().is_some() {
                        return false;
                    }
                }
                Err(Code::MessageSizeTooLarge) => {
                    let bytes =
                        (record.key().map_or(0, <[u8]>::len) + record.value().map_or(0, <[u8]>::len)) as u64;
                    self.ledger.fail(Failure::TooLarge { slot, offset, bytes });
                    return false;
                }
                Err(code) => {
                    self.ledger.fail(Failure::Refused { slot, offset, code });
                    return false;
                }
            }
        }
    }

    /// What passes by itself is waited for; what may mean that records are gone is for the keeper to judge; what does
    /// not pass ends the run.
    fn source_error(&self, slot: usize, code: Code) {
        let passes = matches!(
            code,
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::RequestTimedOut
                | Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
                | Code::Resolve
        );
        match code {
            _ if passes => {}
            Code::AutoOffsetReset | Code::OffsetOutOfRange => self.ledger.doubts().overtaken(),
            Code::UnknownTopicOrPartition
            | Code::UnknownTopic
            | Code::UnknownPartition
            | Code::UnknownTopicId => self.ledger.doubts().unknown(slot, code),
            code => self.ledger.fail(Failure::Unreadable { slot, code }),
        }
    }

    /// Gives up on a target that has records of ours and acknowledges none.
    fn check(&self, patience: &mut Patience) {
        let records = self.ledger.totals().records;
        if records != patience.records || self.producer.in_flight_count() == 0 {
            *patience = Patience {
                records,
                since: Instant::now(),
            };
        } else if patience.since.elapsed() > self.flow.outage_limit {
            self.ledger.fail(Failure::TargetSilent);
        }
    }

    /// Waits for what is under way, unless that is in vain.
    fn finish(&self, patience: &mut Patience) {
        while self.producer.in_flight_count() > 0
            && !self.order.is_abandoned()
            && self.ledger.failure().is_none()
        {
            self.producer.poll(Duration::from_millis(20));
            self.check(patience);
        }
        if self.producer.in_flight_count() > 0 {
            self.producer.purge(PurgeConfig::default().queue().inflight());
            self.producer.poll(Duration::from_millis(50));
        }
    }
}
