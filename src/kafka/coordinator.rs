//! Questions for the broker that coordinates a group.
//!
//! They go through a consumer: librdkafka 2.12 ends the process when a client that is none hears, in an answer about a
//! group's offsets, that the coordinator has moved (`rd_kafka_handle_OffsetFetch` uses the consumer's group without
//! looking). And they begin anew with another client when that happens, because librdkafka remembers a coordinator for
//! as long as its metadata: minutes. So it is when no answer comes at all: a client that asks while a young cluster
//! makes its `__consumer_offsets` can wait for good.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaErrorCode as Code;

use super::{Cluster, KafkaError, Listener};

/// How long to wait before a coordinator is looked for again.
const AGAIN: Duration = Duration::from_millis(250);

/// The first client waits for this part of the patience, each later one twice as long.
const FIRST: u32 = 8;

/// What such a client needs little of: it reads nothing.
const READ_AHEAD: u64 = 1 << 20;

/// Whether the coordinator is elsewhere, or not ready yet.
fn is_moving(code: Code) -> bool {
    matches!(
        code,
        Code::NotCoordinator | Code::CoordinatorNotAvailable | Code::CoordinatorLoadInProgress
    )
}

/// Whether no answer came in time.
fn is_late(code: Code) -> bool {
    matches!(code, Code::OperationTimedOut | Code::RequestTimedOut)
}

impl Cluster {
    /// Runs `question` where waiting is allowed, again while coordinators move, up to the patience of the cluster.
    pub(super) async fn ask_coordinator<T: Send + 'static>(
        &self,
        api: &'static str,
        question: impl Fn(&Client<Listener>, Duration) -> Result<T, Code> + Send + 'static,
    ) -> Result<T, KafkaError> {
        self.ask(move |cluster, client| {
            let began = Instant::now();
            let mut wait = cluster.patience() / FIRST;
            loop {
                let consumer = cluster.group_client()?;
                let left = cluster.patience().saturating_sub(began.elapsed());
                let answer = question(consumer.client(), wait.min(left).max(AGAIN));
                let again = |code| is_moving(code) || is_late(code);
                match answer {
                    Err(code) if again(code) && began.elapsed() < cluster.patience() => {
                        #[allow(clippy::print_stderr)]
                        cluster.forget_group_client(&consumer);
                        std::thread::sleep(AGAIN);
                        wait = if is_late(code) { wait * 2 } else { wait };
                    }
                    answer => return answer.map_err(|code| cluster.explain(client, api, code)),
                }
            }
        })
        .await
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
