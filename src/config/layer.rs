//! What one layer may say: a file, a variable or a `--set`. The comments here are the texts of the JSON Schema.

mod azure;

use std::collections::BTreeMap;

pub use self::azure::{AzureLayer, IdentityLayer, StackLayer};
use super::addon::AddonValue;
use super::environment::{CleanupPolicy, MirrorEngine, MirrorRuntime, ObjectType, TargetLimits};
use super::migration::Strategy;
use super::section::section;
use super::unit::{Size, Time};
use super::value::{Parameters, PrincipalValue};
use crate::model::secret::SecretReference;
use crate::model::security::{Guard, Mechanism, Protocol};

section! {
    /// An environment of Landfall, or the part of one that this file says.
    Layer {
        /// The version of this format: 1.
        #[schemars(range(min = 1, max = 1))]
        version: u64,
        /// The name of the environment, equal to the name of its folder.
        #[schemars(regex(pattern = r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$"))]
        name: String,
        /// Where in Azure.
        azure: AzureLayer,
        /// The Kafka platform to build.
        target: TargetLayer,
        /// The Kafka cluster to leave; absent while only a target is being built.
        source: SourceLayer,
        /// Which topics move, and what they look like on the target.
        topics: TopicsLayer,
        /// Which consumer groups are in scope.
        groups: GroupsLayer,
        /// Who the principals of the source are on the target.
        access: AccessLayer,
        /// How records flow from source to target.
        mirror: MirrorLayer,
        /// Azure Monitor Log Analytics and alerts.
        monitoring: MonitoringLayer,
        /// How the cut-over goes.
        migration: MigrationLayer,
        /// The mock site in containers, on which the environment is rehearsed.
        mock: MockLayer,
        /// Folders under `templates/addons/` to deploy beside the target.
        addons: Vec<AddonValue>,
    }
}

section! {
    /// The Kafka platform to build.
    TargetLayer {
        /// A folder under `templates/targets/`, as `event-hubs`.
        kind: String,
        /// What the target's own `parameters.schema.json` lets an environment set.
        parameters: Parameters,
        /// How clients sign in to the target; the target's own way when absent.
        security: SecurityLayer,
    }
}

section! {
    /// The Kafka cluster to leave.
    SourceLayer {
        /// Where clients begin: `host:port`, several separated by commas.
        bootstrap: String,
        /// How clients sign in; PLAINTEXT when absent.
        security: SecurityLayer,
    }
}

section! {
    /// How a client signs in to a Kafka cluster.
    SecurityLayer {
        /// PLAINTEXT (the default), SSL, SASL_PLAINTEXT or SASL_SSL.
        protocol: Protocol,
        /// The way of signing in; needed with a SASL protocol.
        mechanism: Mechanism,
        /// The user of PLAIN and SCRAM; `$ConnectionString` for Event Hubs.
        username: String,
        /// The password of PLAIN and SCRAM: where it is kept, never the password itself.
        password: SecretReference,
        /// A PEM file with the certificate authorities to trust, relative to the environment's folder.
        ca_file: String,
        /// A PEM file with the client certificate, for mutual TLS.
        certificate_file: String,
        /// A PEM file with the client's private key, for mutual TLS.
        key_file: String,
        /// The password of the private key: where it is kept.
        key_password: SecretReference,
        /// The client of OAUTHBEARER; the sign-in of Azure is used when absent.
        oauth: OauthLayer,
    }
}

section! {
    /// A client of an OAuth 2.0 token endpoint (client credentials grant).
    OauthLayer {
        /// The https address of the token endpoint.
        token_endpoint: String,
        /// The id of the client.
        client_id: String,
        /// The secret of the client: where it is kept.
        client_secret: SecretReference,
        /// The scope to ask for.
        scope: String,
    }
}

section! {
    /// Which topics move, and what they look like on the target.
    TopicsLayer {
        /// Patterns with `*` and `?`; every topic when absent.
        include: Vec<String>,
        /// Patterns to leave out. Kafka's internal topics stay out besides, unless `include` names them.
        exclude: Vec<String>,
        /// Topics that the target's template makes, by name.
        overrides: BTreeMap<String, TopicLayer>,
    }
}

section! {
    /// One topic of the target; what is absent is the target's default.
    TopicLayer {
        /// The number of partitions, at least 1.
        #[schemars(range(min = 1))]
        partitions: u32,
        /// How many hours a record is kept, at least 1.
        #[schemars(range(min = 1))]
        retention_hours: u64,
        /// What becomes of old records: delete, compact or compact-and-delete.
        cleanup_policy: CleanupPolicy,
    }
}

section! {
    /// Which consumer groups are in scope.
    GroupsLayer {
        /// Patterns with `*` and `?`; every group when absent.
        include: Vec<String>,
        /// Patterns to leave out. Groups of tools stay out besides, unless `include` names them.
        exclude: Vec<String>,
    }
}

section! {
    /// Who the principals of the source are on the target.
    AccessLayer {
        /// By the name in the access lists of the source, as `User:orders`: an object id, a name, or more than one.
        principals: BTreeMap<String, PrincipalValue>,
    }
}

section! {
    /// One principal on the target.
    PrincipalLayer {
        /// The object id in Microsoft Entra ID, a GUID: for a target with roles.
        object_id: String,
        /// What the object is: service-principal (the default), user or group.
        object_type: ObjectType,
        /// The name in the access lists of the target, as `User:orders`; the same when absent.
        name: String,
        /// The name of a shared access rule, for a client that signs in with a connection string.
        sas_rule: String,
    }
}

section! {
    /// How records flow from source to target.
    MirrorLayer {
        /// Who copies: `embedded` (this program, the default) or `connect` (MirrorMaker 2 on Kafka Connect).
        engine: MirrorEngine,
        /// How much the embedded engine may hold between source and target; 64MiB when absent.
        buffer: Size,
        /// How often the embedded engine commits its position; 1s when absent.
        commit_interval: Time,
        /// How many Kafka Connect workers run; 2 when absent.
        #[schemars(range(min = 1))]
        workers: u32,
        /// How many tasks MirrorMaker 2 may have; 4 when absent.
        #[schemars(range(min = 1))]
        tasks: u32,
        /// The size of a worker's machine; Standard_D4s_v5 when absent.
        worker_size: String,
        /// Where the workers run: `vm` (a scale set that `up` deploys, the default) or `kubernetes` (a manifest for
        /// Strimzi that `render` writes).
        runtime: MirrorRuntime,
        /// What the `parameters.schema.json` of `templates/mirror/` lets an environment set.
        parameters: Parameters,
        /// MirrorMaker 2 on Kafka Connect: where its workers answer, and how it copies.
        connect: super::connect::ConnectLayer,
    }
}

section! {
    /// Azure Monitor Log Analytics and alerts.
    MonitoringLayer {
        /// How many days a workspace keeps its records, 30 to 730; 30 when absent.
        #[schemars(range(min = 30, max = 730))]
        retention_days: u32,
        /// The full id of a workspace that takes the diagnostic settings; none are made without it.
        workspace_id: String,
        /// Who is told.
        alerts: AlertsLayer,
    }
}

section! {
    /// Who is told of alerts.
    AlertsLayer {
        /// An address for alerts.
        email: String,
    }
}

section! {
    /// How the cut-over goes.
    MigrationLayer {
        /// Whose clients move first: `producers-first` (the default) or `consumers-first`.
        strategy: Strategy,
        /// What must hold before clients move.
        gates: GatesLayer,
        /// Commands by the step that runs them: the program, then its arguments.
        hooks: BTreeMap<String, Vec<String>>,
    }
}

section! {
    /// What must hold before clients move.
    GatesLayer {
        /// How many records the mirror may be behind; 0 when absent.
        max_lag: u64,
        /// How long nothing may have been written to the source; 30s when absent.
        quiet: Time,
    }
}

section! {
    /// The mock site in containers, on which the environment is rehearsed.
    MockLayer {
        /// An image with Apache Kafka under `/opt/kafka`, as a registry of your own has it; Apache Kafka's when absent.
        kafka_image: String,
        /// How many brokers each side has: 1 (the default) or 3.
        brokers: u32,
        /// How the source is guarded: plaintext (the default), scram or tls.
        source_security: Guard,
        /// How the target is guarded: plaintext (the default), scram or tls.
        target_security: Guard,
        /// What the target refuses: what Azure's service does (`service`, the default), or what Kafka does (`none`).
        target_limits: TargetLimits,
    }
}
