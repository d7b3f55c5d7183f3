//! What is known of the clusters besides the files: the version of Connect, the brokers, and what the target can do.
//!
//! A target service is known by the hosts that its `target.yaml` names, or because an environment deploys it. Where the
//! tier is not known, every tier counts, and a finding says which of them it is about.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::LintError;
use super::model::Flow;
use crate::template::{Abilities, Amount, Catalog, Limit, Manifest, Measure, Target, TemplateError};

/// A version of Apache Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

/// What the checks may rely on. Nothing is known by default.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Of the Connect workers.
    pub version: Option<Version>,
    /// Brokers of the target.
    pub brokers: Option<u32>,
    /// The target of the environment.
    pub target: Option<Service>,
    /// Services that are known by their hosts.
    pub services: Vec<Service>,
    /// Topics that the target holds beside those of MirrorMaker and Connect.
    pub topics: usize,
}

/// What a target can do and wants of its clients.
#[derive(Clone, Debug)]
pub struct Service {
    pub title: String,
    /// Endings of its host names, for every cloud.
    pub hosts: Vec<String>,
    /// The tiers that may be meant: one when it is known, one without a name when there are none.
    pub tiers: Vec<Tier>,
    /// Settings that it asks of its clients, as Java's clients call them.
    pub settings: BTreeMap<String, String>,
    pub protocol: &'static str,
    /// Reports a group without members as dead, not as empty.
    pub dead_groups: bool,
    pub limits_source: String,
}

#[derive(Clone, Debug)]
pub struct Tier {
    pub name: String,
    pub can: Abilities,
    pub most_topics: Option<u64>,
}

/// Which tiers refuse something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Nowhere,
    /// In the tiers named.
    Some(String),
    Everywhere,
}

impl Version {
    /// Reads `3.9.1`, `3.9`, `v4.1.0`, and what vendors add behind.
    ///
    /// # Errors
    ///
    /// [`LintError::NoVersion`] when it does not begin with two numbers.
    pub fn parse(text: &str) -> Result<Self, LintError> {
        let wrong = || LintError::NoVersion {
            text: text.to_owned(),
        };
        let number = |part: Option<&str>| {
            let digits: String = part?.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        };
        let mut parts = text.trim().trim_start_matches('v').split('.');
        let major = number(parts.next()).ok_or_else(wrong)?;
        let minor = number(parts.next()).ok_or_else(wrong)?;
        let patch = number(parts.next()).unwrap_or(0);
        // Confluent counts its platform: 7.6 is Kafka 3.6, 6.1 is 2.7.
        Ok(match major {
            5 => Self(2, minor, patch),
            6 => Self(2, minor + 6, patch),
            7.. => Self(major - 4, minor, patch),
            _ => Self(major, minor, patch),
        })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Facts {
    /// What is known of the target of a flow.
    pub fn service(&self, flow: &Flow) -> Option<&Service> {
        let hosts = flow.hosts("target");
        let known = self.services.iter().find(|service| service.answers_at(&hosts));
        self.target.as_ref().or(known)
    }
}

impl Service {
    /// The services among the targets of a catalog, each with every tier, or with the tier that is named.
    ///
    /// # Errors
    ///
    /// What is wrong with a target's folder.
    pub fn all(catalog: &Catalog, tier: Option<&str>) -> Result<Vec<Self>, TemplateError> {
        let mut services = Vec::new();
        for name in catalog.targets()? {
            let target = catalog.target(&name)?;
            if target.manifest().connect.hosts.is_empty() {
                continue;
            }
            let mut service = Self::of(&target, &Map::new());
            let meant = |one: &Tier| tier.is_none_or(|name| one.name.eq_ignore_ascii_case(name));
            if service.tiers.iter().any(meant) {
                service.tiers.retain(meant);
            }
            services.push(service);
        }
        Ok(services)
    }

    /// A target with its parameters; without a tier among them, with every tier.
    pub fn of(target: &Target, parameters: &Map<String, Value>) -> Self {
        let manifest = target.manifest();
        let limit = manifest
            .limits
            .values()
            .find(|limit| limit.counts == Measure::Topics);
        let tier = |name: String| Tier {
            can: manifest.can.of(&name),
            most_topics: limit.and_then(|limit| most(limit, &name, parameters)),
            name,
        };
        Self {
            title: manifest.title.clone(),
            hosts: manifest.connect.hosts.clone(),
            tiers: tiers(manifest, parameters).into_iter().map(tier).collect(),
            settings: java_names(&manifest.connect.settings),
            protocol: manifest.connect.security.protocol.as_str(),
            dead_groups: manifest.connect.dead_groups,
            limits_source: limit.map_or_else(String::new, |limit| limit.source.clone()),
        }
    }

    fn answers_at(&self, hosts: &[String]) -> bool {
        let host = |address: &String| {
            address
                .rsplit_once(':')
                .map_or(address.clone(), |(host, _)| host.to_owned())
        };
        hosts
            .iter()
            .map(host)
            .any(|host| self.hosts.iter().any(|ending| host.ends_with(ending.as_str())))
    }

    /// Whether the service keeps replicas, placement and topics to itself.
    pub fn managed(&self) -> bool {
        self.tiers.iter().all(|tier| !tier.can.create_topics)
    }

    /// A number that it asks of a setting.
    pub fn asks(&self, setting: &str) -> Option<i64> {
        self.settings.get(setting)?.parse().ok()
    }

    /// Where something is refused.
    pub fn refuses(&self, refused: impl Fn(&Tier) -> bool) -> Refusal {
        let named: Vec<&str> = self
            .tiers
            .iter()
            .filter(|tier| refused(tier))
            .map(|tier| tier.name.as_str())
            .collect();
        if named.is_empty() {
            Refusal::Nowhere
        } else if named.len() == self.tiers.len() {
            Refusal::Everywhere
        } else {
            Refusal::Some(named.join(" and "))
        }
    }
}

/// The tier of the parameters, or all that the abilities and limits name.
fn tiers(manifest: &Manifest, parameters: &Map<String, Value>) -> Vec<String> {
    let chosen = manifest
        .tier
        .as_ref()
        .and_then(|name| parameters.get(name)?.as_str());
    if let Some(tier) = chosen {
        return vec![tier.to_owned()];
    }
    let named = manifest.can.tiers();
    if named.is_empty() {
        vec![String::new()]
    } else {
        named
    }
}

/// A limit as a number; one that counts units of a parameter is known only with the parameter.
fn most(limit: &Limit, tier: &str, parameters: &Map<String, Value>) -> Option<u64> {
    let of = |name: &str| parameters.get(name).and_then(Value::as_u64);
    match limit.at_most.as_ref()?.of(tier)? {
        Amount::Number(number) => Some(*number),
        Amount::Per(per) => Some(per.value.saturating_mul(of(&per.per)?)),
        Amount::Same(same) => of(&same.parameter),
        // Facts of machines and regions bound no flow.
        Amount::Looked(_) => None,
    }
}

/// `target.yaml` speaks librdkafka's words.
fn java_names(settings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let name = |name: &str| match name {
        "message.max.bytes" => Some("max.request.size".to_owned()),
        "socket.keepalive.enable" => None,
        other => Some(other.to_owned()),
    };
    settings
        .iter()
        .filter_map(|(key, value)| Some((name(key)?, value.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_vendors_write_them() {
        assert_eq!(Version::parse("3.9"), Ok(Version(3, 9, 0)));
        assert_eq!(Version::parse("v4.1.0-inkless"), Ok(Version(4, 1, 0)));
        assert_eq!(Version::parse("7.6.0-ccs").unwrap().to_string(), "3.6.0");
        for text in ["", "four", "4", "4."] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_service_is_known_by_its_host_in_every_cloud_and_by_tier() {
        let catalog = Catalog::open(None, None).unwrap();
        let services = Service::all(&catalog, None).unwrap();
        let at = |host: &str| {
            services
                .iter()
                .any(|service| service.answers_at(&[host.to_owned()]))
        };
        assert!(at("ns.servicebus.windows.net:9093") && at("ns.servicebus.usgovcloudapi.net:9093"));
        assert!(at("ns.servicebus.chinacloudapi.cn:9093"));
        assert!(!at("kafka.example.com:9093") && !at("servicebus.windows.net.example.com:9093"));
        let hubs = services
            .iter()
            .find(|service| service.answers_at(&["ns.servicebus.windows.net:9093".to_owned()]))
            .unwrap();
        assert_eq!(
            hubs.refuses(|tier| !tier.can.transactions),
            Refusal::Some("Standard".into())
        );
        assert_eq!(hubs.refuses(|tier| !tier.can.acls), Refusal::Everywhere);
        assert_eq!(hubs.refuses(|tier| !tier.can.compaction), Refusal::Nowhere);
        assert_eq!(hubs.asks("max.request.size"), Some(1_000_000));
        let standard = Service::all(&catalog, Some("standard")).unwrap();
        let standard = standard
            .iter()
            .find(|service| service.answers_at(&["ns.servicebus.windows.net:9093".to_owned()]))
            .unwrap();
        assert_eq!(standard.tiers.len(), 1);
        assert_eq!(standard.tiers[0].most_topics, Some(10));
    }
}
