//! Free ports on loopback, chosen once: a broker that restarts must be found where it was.

use std::net::{Ipv4Addr, TcpListener};

use serde::{Deserialize, Serialize};

use super::DockerError;
use super::names::Side;

/// The published ports of one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BrokerPorts {
    /// For clients, guarded as the settings say.
    pub clients: u16,
    /// For the site itself, which may do what clients may not.
    pub control: u16,
}

/// Every published port of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ports {
    pub source: Vec<BrokerPorts>,
    pub target: Vec<BrokerPorts>,
    pub connect: u16,
}

impl Ports {
    /// Chooses ports that nobody uses now; all are held until the last is chosen, so that none is chosen twice.
    pub fn choose(brokers: u16) -> Result<Self, DockerError> {
        let no_port = |source| DockerError::NoPort { source };
        let mut held = Vec::new();
        let mut next = || -> std::io::Result<u16> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            held.push(listener);
            Ok(port)
        };
        let mut side = || -> std::io::Result<Vec<BrokerPorts>> {
            (0..brokers)
                .map(|_| {
                    Ok(BrokerPorts {
                        clients: next()?,
                        control: next()?,
                    })
                })
                .collect()
        };
        let (source, target) = (side().map_err(no_port)?, side().map_err(no_port)?);
        Ok(Self {
            source,
            target,
            connect: next().map_err(no_port)?,
        })
    }

    pub fn of(&self, side: Side) -> &[BrokerPorts] {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    /// Where clients on this machine begin.
    pub fn clients(&self, side: Side) -> String {
        bootstrap(self.of(side).iter().map(|ports| ports.clients))
    }

    /// Where the site itself begins.
    pub fn control(&self, side: Side) -> String {
        bootstrap(self.of(side).iter().map(|ports| ports.control))
    }
}

fn bootstrap(ports: impl Iterator<Item = u16>) -> String {
    let addresses: Vec<String> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
    addresses.join(",")
}
