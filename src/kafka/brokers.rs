//! How many brokers a cluster has.

use rdkafka::producer::Producer;
use rdkafka::types::RDKafkaErrorCode as Code;

use super::{Cluster, KafkaError};

impl Cluster {
    /// Counts the brokers that are there now. A service behind one address counts as one.
    pub async fn brokers(&self) -> Result<usize, KafkaError> {
        self.ask(|cluster, client| {
            let answer = client.client().fetch_metadata(None, cluster.patience());
            let metadata = answer.map_err(|error| {
                let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
                cluster.explain(client, "Metadata", code)
            })?;
            Ok(metadata.brokers().len())
        })
        .await
    }
}
