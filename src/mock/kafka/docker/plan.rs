//! The containers of a site, with every file that each is given.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::DockerError;
use super::broker::{self, Broker, CLIENTS, CONTROL};
use super::certificates::Authority;
use super::container::Container;
use super::names::{Names, Side};
use super::ports::Ports;
use super::secrets::Secrets;
use super::settings::DockerSettings;
use super::worker::{self, REST};

const BROKER_HEAP: &str = "-Xms96m -Xmx384m";
const BROKER_MEMORY: &str = "1g";
const WORKER_HEAP: &str = "-Xms96m -Xmx512m";
const WORKER_MEMORY: &str = "1g";

/// Everything that the containers are made from.
pub(super) struct Plan<'a> {
    pub names: &'a Names,
    pub ports: &'a Ports,
    pub settings: &'a DockerSettings,
    pub secrets: &'a Secrets,
    /// There is one when a side is guarded with TLS.
    pub authority: Option<&'a Authority>,
}

impl<'a> Plan<'a> {
    /// Every container with its files.
    pub fn containers(&self) -> Result<Vec<Container<'a>>, DockerError> {
        let mut all = Vec::new();
        for side in [Side::Source, Side::Target] {
            let cluster_id = cluster_id();
            for number in 1..=self.settings.brokers {
                let broker = Broker {
                    names: self.names,
                    side,
                    number,
                    settings: self.settings,
                    ports: self.ports.of(side),
                    secrets: self.secrets,
                    cluster_id: &cluster_id,
                };
                all.push(self.broker(&broker)?);
            }
        }
        all.push(self.worker());
        Ok(all)
    }

    fn broker(&self, broker: &Broker<'_>) -> Result<Container<'a>, DockerError> {
        let name = self.names.broker(broker.side, broker.number);
        let mut files = vec![
            ("server.properties", broker.properties()),
            ("format.args", broker.format()),
        ];
        if let Some(authority) = self.authority {
            files.push(("broker.pem", authority.broker(&name)?));
            files.push(("ca.pem", authority.certificate.clone()));
        }
        let ports = broker.ports.get(usize::from(broker.number) - 1);
        let published = ports.map(|ports| vec![(ports.clients, CLIENTS), (ports.control, CONTROL)]);
        Ok(Container {
            name,
            role: broker.side.to_string(),
            image: &self.settings.image,
            environment: self.settings.environment.as_deref(),
            published: published.unwrap_or_default(),
            heap: BROKER_HEAP,
            memory: BROKER_MEMORY,
            command: broker::COMMAND,
            files,
        })
    }

    fn worker(&self) -> Container<'a> {
        let mut files = vec![
            (
                "worker.properties",
                worker::properties(self.names, self.settings, &self.settings.worker),
            ),
            ("secrets.properties", worker::secrets(self.secrets)),
        ];
        if let Some(authority) = self.authority {
            files.push(("ca.pem", authority.certificate.clone()));
        }
        Container {
            name: self.names.worker(),
            role: "connect".to_owned(),
            image: &self.settings.image,
            environment: self.settings.environment.as_deref(),
            published: vec![(self.ports.connect, REST)],
            heap: WORKER_HEAP,
            memory: WORKER_MEMORY,
            command: worker::COMMAND,
            files,
        }
    }
}

/// A random id as Kafka writes it: never one that begins like an option.
fn cluster_id() -> String {
    loop {
        let id = URL_SAFE_NO_PAD.encode(uuid::Uuid::new_v4().as_bytes());
        if !id.starts_with('-') {
            return id;
        }
    }
}
