//! The result of loading: complete, checked, nothing optional that the program needs.

mod azure;

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde::Serialize;

pub use self::azure::{AssignedIdentity, Azure, Cloud, Credential};
use super::addon::Addon;
use super::migration::Migration;
use crate::model::name::{EnvironmentName, TargetName, TopicName};
use crate::model::secret::SecretReference;
use crate::model::security::{Guard, Security};
use crate::model::selection::Selection;

/// One environment, as all its layers together say it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Environment {
    pub name: EnvironmentName,
    /// The folder that holds `environment.yaml`.
    pub folder: Utf8PathBuf,
    pub azure: Azure,
    pub target: Target,
    /// The cluster we leave; absent while only a target is being built.
    pub source: Option<Source>,
    pub topics: Topics,
    /// The consumer groups in scope.
    pub groups: Selection,
    pub access: Access,
    pub mirror: Mirror,
    pub monitoring: Monitoring,
    /// How the cut-over goes.
    pub migration: Migration,
    /// The mock site in containers.
    pub mock: Mock,
    /// What is deployed beside the target.
    pub addons: Vec<Addon>,
}

/// The Kafka platform on Azure and what its own schema lets an environment set.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Target {
    pub kind: TargetName,
    /// As written; the target's schema completes and checks them.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// How clients sign in to the target; its own way (from `connect` in `target.yaml`) when absent.
    pub security: Option<Security>,
}

/// The cluster we leave.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Source {
    /// `host:port[,host:port…]`
    pub bootstrap: String,
    pub security: Security,
}

/// Which topics move, and what the target's topics look like where they are declared.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Topics {
    pub selection: Selection,
    /// The topics that the template makes, by name.
    pub overrides: BTreeMap<TopicName, Topic>,
}

/// One declared topic. What is absent is the target's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Topic {
    pub partitions: Option<u32>,
    pub retention_hours: Option<u64>,
    pub cleanup_policy: Option<CleanupPolicy>,
}

/// Kafka's `cleanup.policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CleanupPolicy {
    Delete,
    Compact,
    CompactAndDelete,
}

/// Who the principals of the source are on the target, by their names on the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Access {
    pub principals: BTreeMap<String, Principal>,
}

/// One principal on the target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Principal {
    /// The object id in Microsoft Entra ID, lower case.
    pub object_id: Option<String>,
    pub object_type: ObjectType,
    /// The name in the access lists of the target; the same as on the source when absent.
    pub name: Option<String>,
    /// The name of a shared access rule.
    pub sas_rule: Option<String>,
}

/// What an object of Microsoft Entra ID is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectType {
    #[default]
    ServicePrincipal,
    User,
    Group,
}

impl ObjectType {
    /// Azure's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServicePrincipal => "ServicePrincipal",
            Self::User => "User",
            Self::Group => "Group",
        }
    }
}

/// How records flow.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mirror {
    pub engine: MirrorEngine,
    /// Bytes that the embedded engine may hold between source and target.
    pub buffer_bytes: u64,
    /// How often the embedded engine commits its position.
    #[serde(serialize_with = "as_seconds")]
    pub commit_interval: Duration,
    /// MirrorMaker 2 workers and tasks.
    pub workers: u32,
    pub tasks: u32,
    /// The size of a worker's machine in Azure.
    pub worker_size: String,
    pub runtime: MirrorRuntime,
    /// As written; the schema of `templates/mirror/` completes and checks them.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    pub connect: super::Connect,
}

impl Mirror {
    /// Whether Kafka Connect copies for real, whatever a rehearsal does.
    pub fn uses_connect(&self) -> bool {
        match self.engine {
            MirrorEngine::Connect => true,
            MirrorEngine::Embedded => false,
            MirrorEngine::Auto => self.connect.url.is_some(),
        }
    }
}

/// Who copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MirrorEngine {
    /// MirrorMaker 2 where a worker is known, by `mirror.connect.url` or as part of a mock site; else this program.
    #[default]
    Auto,
    /// MirrorMaker 2 on Kafka Connect.
    Connect,
    /// This program.
    Embedded,
}

/// Where the workers of MirrorMaker 2 run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MirrorRuntime {
    /// A scale set of machines that `up` deploys.
    #[default]
    Vm,
    /// A cluster with Strimzi's operator; `render` writes what it is told.
    Kubernetes,
}

/// Azure Monitor Log Analytics.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Monitoring {
    pub retention_days: u32,
    /// The full id of a workspace that takes the diagnostic settings; none are made without it.
    pub workspace_id: Option<String>,
    /// Who is told of alerts.
    pub alert_email: Option<String>,
}

/// The mock site in containers, on which the environment is rehearsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mock {
    /// Apache Kafka's own image when absent.
    pub kafka_image: Option<String>,
    /// Brokers on each side.
    pub brokers: u16,
    pub source_security: Guard,
    pub target_security: Guard,
    pub target_limits: TargetLimits,
}

/// What the target of the mock site refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetLimits {
    /// What Azure's service does, as far as a broker can.
    #[default]
    Service,
    /// What Kafka does.
    None,
}

impl Environment {
    /// Every secret that the environment refers to.
    pub fn secrets(&self) -> Vec<&SecretReference> {
        let source = self.source.iter().flat_map(|source| source.security.secrets());
        let target = self.target.security.iter().flat_map(Security::secrets);
        source
            .chain(target)
            .chain(&self.mirror.connect.password)
            .collect()
    }
}

pub(super) fn as_seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
