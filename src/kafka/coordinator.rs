//! Questions for the broker that coordinates a group.
//!
//! They go through a consumer: librdkafka 2.12 ends the process when a client that is none hears, in an answer about a
//! group's offsets, that the coordinator has moved (`rd_kafka_handle_OffsetFetch` uses the consumer's group without
//! looking). And they begin anew with another client when that happens, because librdkafka remembers a coordinator for
//! as long as its metadata: minutes. A consumer looks for a coordinator of its own without end, and when it finds one
//! librdkafka takes up every question that waits: so a young cluster, whose `__consumer_offsets` is still being made, is
//! waited for.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaErrorCode as Code;

use super::error::is_silence;
use super::{Cluster, KafkaError, Listener};

/// How long to wait before a coordinator is looked for again.
const AGAIN: Duration = Duration::from_millis(250);

/// How long a cluster that gave no answer about groups may take to say that it is there.
const STILL_THERE: Duration = Duration::from_secs(2);

/// What such a client needs little of: it reads nothing.
const READ_AHEAD: u64 = 1 << 20;

/// Whether the coordinator is elsewhere, or not ready yet.
fn is_moving(code: Code) -> bool {
    matches!(
        code,
        Code::NotCoordinator | Code::CoordinatorNotAvailable | Code::CoordinatorLoadInProgress
    )
}

impl Cluster {
    /// Runs `question` where waiting is allowed, again while coordinators move or say nothing, up to the patience of
    /// the cluster.
    pub(super) async fn ask_coordinator<T: Send + 'static>(
        &self,
        api: &'static str,
        question: impl Fn(&Client<Listener>, Duration) -> Result<T, Code> + Send + 'static,
    ) -> Result<T, KafkaError> {
        self.ask(move |cluster, client| {
            let began = Instant::now();
            loop {
                let consumer = cluster.group_client()?;
                let left = cluster.patience().saturating_sub(began.elapsed());
                let code = match question(consumer.client(), left.max(AGAIN)) {
                    Ok(answer) => return Ok(answer),
                    Err(code) => code,
                };
                if !is_moving(code) && !is_silence(code) {
                    return Err(cluster.explain(client, api, code));
                }
                // Also when nobody asks again: a call that brought no answer ends with its client.
                cluster.forget_group_client(&consumer);
                let trouble = consumer.context().trouble();
                let hopeless = trouble.is_some_and(|trouble| trouble.is_certain());
                if hopeless || began.elapsed() >= cluster.patience() {
                    return Err(cluster.no_coordinator(consumer.client(), api, began.elapsed(), code));
                }
                drop(consumer);
                std::thread::sleep(AGAIN);
            }
        })
        .await
    }

    /// Tells a cluster that is not there from one that is, but has no answer about groups.
    fn no_coordinator(
        &self,
        client: &Client<Listener>,
        api: &'static str,
        waited: Duration,
        code: Code,
    ) -> KafkaError {
        let is_there = client.fetch_metadata(None, STILL_THERE).is_ok();
        if !is_there {
            return self.silence(client.context(), api);
        }
        KafkaError::NoCoordinator {
            bootstrap: self.bootstrap().to_owned(),
            api,
            waited,
            reason: code.to_string(),
        }
    }

    fn group_client(&self) -> Result<Arc<BaseConsumer<Listener>>, KafkaError> {
        let mut held = self
            .held_group_client()
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(consumer) = held.as_ref() {
            // Serves logs, errors and the wish for a token; nothing is assigned, so nothing is read.
            let _ = consumer.poll(Duration::ZERO);
            return Ok(Arc::clone(consumer));
        }
        let settings = self.consumer_settings("landfall", READ_AHEAD);
        let consumer: BaseConsumer<Listener> = self.open(&settings, self.listener())?;
        let _ = consumer.poll(Duration::ZERO);
        let consumer = Arc::new(consumer);
        *held = Some(Arc::clone(&consumer));
        Ok(consumer)
    }

    /// Forgets the client, unless somebody has put another one in its place already.
    fn forget_group_client(&self, old: &Arc<BaseConsumer<Listener>>) {
        let mut held = self
            .held_group_client()
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(|held| Arc::ptr_eq(held, old)) {
            *held = None;
        }
    }
}
