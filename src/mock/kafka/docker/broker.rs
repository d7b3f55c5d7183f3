//! What one broker is told: its `server.properties`, and how its storage is formatted.
//!
//! Five listeners. CLIENTS is published and guarded as the settings say; NETWORK is the same for the worker, which is
//! inside; BROKERS and CONTROLLER carry the cluster's own traffic; CONTROL is published for the site itself, whose user
//! may do what the limits forbid to clients.

use std::fmt::Write as _;

use secrecy::ExposeSecret;

use super::names::{Names, Side};
use super::ports::BrokerPorts;
use super::secrets::{ADMIN, BROKER, CLIENT, Secrets};
use super::settings::{DockerSettings, Limits};
use crate::model::security::Guard;

/// Where a container finds what it is given.
pub(super) const FOLDER: &str = "/etc/landfall";
/// Ports inside the container.
pub(super) const CLIENTS: u16 = 9092;
pub(super) const CONTROL: u16 = 9094;
pub(super) const NETWORK: u16 = 19092;
pub(super) const BROKERS: u16 = 19093;

/// The largest request that Event Hubs answers; it closes the connection of a larger one.
/// Source: azure-event-hubs-for-kafka, CONFIGURATION.md, `max.request.size`.
const LARGEST_REQUEST_BYTES: u32 = 1_046_528;

/// Formats the storage once, then becomes the broker.
pub(super) const COMMAND: &str = "[ -f /tmp/landfall/data/meta.properties ] || \
/opt/kafka/bin/kafka-storage.sh @/etc/landfall/format.args >/dev/null || exit 1; \
exec /opt/kafka/bin/kafka-server-start.sh /etc/landfall/server.properties";

/// One broker of a cluster, and everything that its files are made from.
pub(super) struct Broker<'a> {
    pub names: &'a Names,
    pub side: Side,
    /// Counted from 1.
    pub number: u16,
    pub settings: &'a DockerSettings,
    pub ports: &'a [BrokerPorts],
    pub secrets: &'a Secrets,
    /// The same for every broker of the cluster.
    pub cluster_id: &'a str,
}

impl Broker<'_> {
    fn guard(&self) -> Guard {
        guard(self.settings, self.side)
    }

    /// `server.properties`.
    pub fn properties(&self) -> String {
        let mut lines = self.identity();
        lines.extend(self.sign_in());
        lines.extend(self.storage());
        lines.extend(self.rights());
        lines.join("\n") + "\n"
    }

    /// The arguments of `kafka-storage.sh`, one a line: in a file, since one of them holds a password.
    pub fn format(&self) -> String {
        let mut text = format!(
            "format\n--cluster-id\n{}\n--config\n{FOLDER}/server.properties\n",
            self.cluster_id
        );
        if self.guard() != Guard::Plaintext {
            let password = self.secrets.of(self.side).expose_secret();
            let _ = writeln!(
                text,
                "--add-scram\nSCRAM-SHA-512=[name={CLIENT},password={password}]"
            );
        }
        text
    }

    fn identity(&self) -> Vec<String> {
        let name = self.names.broker(self.side, self.number);
        let voters: Vec<String> = (1..=self.settings.brokers)
            .map(|number| format!("{number}@{}:9093", self.names.broker(self.side, number)))
            .collect();
        let ports = self.ports.get(usize::from(self.number) - 1);
        let (clients, control) = ports.map_or((0, 0), |ports| (ports.clients, ports.control));
        let guarded = match self.guard() {
            Guard::Plaintext => "PLAINTEXT",
            Guard::Scram => "SASL_PLAINTEXT",
            Guard::Tls => "SASL_SSL",
        };
        vec![
            "process.roles=broker,controller".to_owned(),
            format!("node.id={}", self.number),
            format!("controller.quorum.voters={}", voters.join(",")),
            format!(
                "listeners=CLIENTS://:{CLIENTS},NETWORK://:{NETWORK},BROKERS://:{BROKERS},CONTROL://:{CONTROL},CONTROLLER://:9093"
            ),
            format!(
                "advertised.listeners=CLIENTS://127.0.0.1:{clients},NETWORK://{name}:{NETWORK},BROKERS://{name}:{BROKERS},CONTROL://127.0.0.1:{control}"
            ),
            format!(
                "listener.security.protocol.map=CLIENTS:{guarded},NETWORK:{guarded},BROKERS:SASL_PLAINTEXT,CONTROL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"
            ),
            "controller.listener.names=CONTROLLER".to_owned(),
            "inter.broker.listener.name=BROKERS".to_owned(),
        ]
    }

    fn sign_in(&self) -> Vec<String> {
        let (broker, admin) = (
            self.secrets.broker.expose_secret(),
            self.secrets.admin.expose_secret(),
        );
        let plain = format!(
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"{BROKER}\" \
             password=\"{broker}\" user_{BROKER}=\"{broker}\" user_{ADMIN}=\"{admin}\";"
        );
        let mut lines = vec![
            "sasl.mechanism.inter.broker.protocol=PLAIN".to_owned(),
            "sasl.mechanism.controller.protocol=PLAIN".to_owned(),
        ];
        for listener in ["brokers", "control", "controller"] {
            lines.push(format!("listener.name.{listener}.sasl.enabled.mechanisms=PLAIN"));
            lines.push(format!("listener.name.{listener}.plain.sasl.jaas.config={plain}"));
        }
        if self.guard() != Guard::Plaintext {
            for listener in ["clients", "network"] {
                lines.push(format!(
                    "listener.name.{listener}.sasl.enabled.mechanisms=SCRAM-SHA-512"
                ));
                lines.push(format!(
                    "listener.name.{listener}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;"
                ));
            }
        }
        if self.guard() == Guard::Tls {
            lines.push("ssl.keystore.type=PEM".to_owned());
            lines.push(format!("ssl.keystore.location={FOLDER}/broker.pem"));
        }
        lines
    }

    /// Small and quick to start: a rehearsal needs neither 50 partitions of offsets nor a cleaner's 128 MiB.
    fn storage(&self) -> Vec<String> {
        let copies = self.settings.brokers;
        let mut lines: Vec<String> = [
            "log.dirs=/tmp/landfall/data",
            "auto.create.topics.enable=false",
            "offsets.topic.num.partitions=5",
            "transaction.state.log.num.partitions=5",
            "share.coordinator.state.topic.num.partitions=1",
            "group.initial.rebalance.delay.ms=0",
            "log.cleaner.dedupe.buffer.size=16777216",
            "num.network.threads=2",
            "num.io.threads=4",
        ]
        .map(ToOwned::to_owned)
        .into();
        for setting in [
            "default.replication.factor",
            "offsets.topic.replication.factor",
            "transaction.state.log.replication.factor",
            "share.coordinator.state.topic.replication.factor",
        ] {
            lines.push(format!("{setting}={copies}"));
        }
        let in_sync = if copies > 1 { 2 } else { 1 };
        for setting in [
            "min.insync.replicas",
            "transaction.state.log.min.isr",
            "share.coordinator.state.topic.min.isr",
        ] {
            lines.push(format!("{setting}={in_sync}"));
        }
        lines
    }

    /// Everything is allowed until a rule says otherwise; who stands above the rules depends on the limits.
    fn rights(&self) -> Vec<String> {
        let mut lines = vec![
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer".to_owned(),
            "allow.everyone.if.no.acl.found=true".to_owned(),
        ];
        let mut above = vec![format!("User:{BROKER}"), format!("User:{ADMIN}")];
        if self.side == Side::Target && self.settings.limits == Limits::Service {
            lines.push(format!("message.max.bytes={LARGEST_REQUEST_BYTES}"));
            lines.push(format!("socket.request.max.bytes={LARGEST_REQUEST_BYTES}"));
        } else {
            above.push(match self.guard() {
                Guard::Plaintext => "User:ANONYMOUS".to_owned(),
                Guard::Scram | Guard::Tls => format!("User:{CLIENT}"),
            });
        }
        lines.push(format!("super.users={}", above.join(";")));
        lines
    }
}

/// How a side is guarded.
pub(super) fn guard(settings: &DockerSettings, side: Side) -> Guard {
    match side {
        Side::Source => settings.source,
        Side::Target => settings.target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::kafka::docker::ports::Ports;
    use crate::mock::place::Place;

    fn properties(side: Side, settings: &DockerSettings, number: u16) -> (String, String) {
        let names = Names::of(&Place::of("/state".into())).unwrap();
        let secrets = Secrets::random();
        let ports = Ports::choose(settings.brokers).unwrap();
        let broker = Broker {
            names: &names,
            side,
            number,
            settings,
            ports: ports.of(side),
            secrets: &secrets,
            cluster_id: "abc",
        };
        (broker.properties(), broker.format())
    }

    #[test]
    fn three_brokers_know_each_other_and_keep_three_copies() {
        let settings = DockerSettings {
            brokers: 3,
            ..DockerSettings::default()
        };
        let (text, _) = properties(Side::Source, &settings, 2);
        assert!(text.contains("node.id=2\n"), "{text}");
        assert_eq!(text.matches("-source-3:9093").count(), 1);
        assert!(text.contains("default.replication.factor=3\n"));
        assert!(text.contains("min.insync.replicas=2\n"));
    }

    #[test]
    fn only_a_guarded_side_has_a_password_for_its_clients() {
        let settings = DockerSettings {
            target: Guard::Tls,
            ..DockerSettings::default()
        };
        let (plain, format) = properties(Side::Source, &settings, 1);
        assert!(
            plain.contains("CLIENTS:PLAINTEXT") && !plain.contains("SCRAM"),
            "{plain}"
        );
        assert!(!format.contains("--add-scram"));
        let (guarded, format) = properties(Side::Target, &settings, 1);
        assert!(guarded.contains("CLIENTS:SASL_SSL") && guarded.contains("ssl.keystore.type=PEM"));
        assert!(format.contains("--add-scram\nSCRAM-SHA-512=[name=landfall,password="));
    }

    #[test]
    fn the_limits_bind_the_clients_of_the_target_alone() {
        let limited = DockerSettings::default();
        let (target, _) = properties(Side::Target, &limited, 1);
        assert!(
            target.contains("message.max.bytes=1046528\n") && !target.contains("ANONYMOUS"),
            "{target}"
        );
        let (source, _) = properties(Side::Source, &limited, 1);
        assert!(!source.contains("message.max.bytes") && source.contains("User:ANONYMOUS"));
        let free = DockerSettings {
            limits: Limits::None,
            ..limited
        };
        assert!(properties(Side::Target, &free, 1).0.contains("User:ANONYMOUS"));
    }
}
