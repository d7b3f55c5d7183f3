//! Where the source ends, asked again and again beside the copying.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::kafka::{Cluster, KafkaError, TopicPartition};

/// How often the source is asked where it ends.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// What the source said last about its ends.
#[derive(Default)]
pub struct Ends {
    pub ends: BTreeMap<TopicPartition, i64>,
    /// Since when it has not answered, and why.
    pub silent_since: Option<(Instant, KafkaError)>,
}

/// Asks the source where it ends, again and again.
pub async fn ask(source: Cluster, ends: Arc<Mutex<Ends>>) {
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        let places: Vec<_> = {
            let ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
            ends.ends.keys().cloned().collect()
        };
        let answer = source.ends(&places).await;
        let mut ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(answer) => {
                *ends = Ends {
                    ends: answer,
                    silent_since: None,
                }
            }
            Err(error) => {
                let since = ends
                    .silent_since
                    .as_ref()
                    .map_or_else(Instant::now, |(since, _)| *since);
                ends.silent_since = Some((since, error));
            }
        }
    }
}
