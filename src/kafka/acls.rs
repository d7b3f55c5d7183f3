//! Access control lists: who may do what to which resource of a cluster.
//!
//! The names are Kafka's own, in the spelling of its tools turned into words with hyphens. What this version of
//! librdkafka does not know (delegation tokens, users) is [`Resource::Unknown`] or [`Operation::Unknown`] and is carried
//! nowhere, but it is seen.

use std::collections::BTreeSet;
use std::fmt;

use rdkafka::bindings as native;
use rdkafka::producer::Producer;
use rdkafka::types::RDKafkaErrorCode as Code;
use serde::{Deserialize, Serialize};

use super::ffi::acls::{Entry, create_acls, describe_acls};
use super::{Cluster, KafkaError};
use native::rd_kafka_AclOperation_t as NativeOperation;
use native::rd_kafka_AclPermissionType_t as NativePermission;
use native::rd_kafka_ResourcePatternType_t as NativePattern;
use native::rd_kafka_ResourceType_t as NativeResource;

/// One entry: `principal`, coming from `host`, may or may not do `operation` to what `name` names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Acl {
    /// `User:orders`
    pub principal: String,
    /// An address, or `*` for any.
    pub host: String,
    pub resource: Resource,
    pub name: String,
    pub pattern: Pattern,
    pub operation: Operation,
    pub permission: Permission,
}

/// Kinds of things that an entry protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    Topic,
    Group,
    Cluster,
    TransactionalId,
    Unknown,
}

/// How a name is compared: as it is, or as the beginning of one. The literal `*` names everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    Literal,
    Prefixed,
    Unknown,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    All,
    Read,
    Write,
    Create,
    Delete,
    Alter,
    Describe,
    ClusterAction,
    DescribeConfigs,
    AlterConfigs,
    IdempotentWrite,
    Unknown,
}

/// Whether it is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    Allow,
    Deny,
    Unknown,
}

/// Both directions between our names and librdkafka's, from one list.
macro_rules! names {
    ($ours:ident, $theirs:ident { $($our:ident = $their:ident => $text:literal),* $(,)? }) => {
        impl From<$theirs> for $ours {
            fn from(value: $theirs) -> Self {
                match value {
                    $($theirs::$their => Self::$our,)*
                    _ => Self::Unknown,
                }
            }
        }

        impl $ours {
            /// `None` for what librdkafka cannot say.
            fn native(self) -> Option<$theirs> {
                match self {
                    $(Self::$our => Some($theirs::$their),)*
                    Self::Unknown => None,
                }
            }
        }

        impl fmt::Display for $ours {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$our => $text,)*
                    Self::Unknown => "unknown",
                })
            }
        }
    };
}

names!(Resource, NativeResource {
    Topic = RD_KAFKA_RESOURCE_TOPIC => "topic",
    Group = RD_KAFKA_RESOURCE_GROUP => "group",
    Cluster = RD_KAFKA_RESOURCE_BROKER => "cluster",
    TransactionalId = RD_KAFKA_RESOURCE_TRANSACTIONAL_ID => "transactional-id",
});
names!(Pattern, NativePattern {
    Literal = RD_KAFKA_RESOURCE_PATTERN_LITERAL => "literal",
    Prefixed = RD_KAFKA_RESOURCE_PATTERN_PREFIXED => "prefixed",
});
names!(Operation, NativeOperation {
    All = RD_KAFKA_ACL_OPERATION_ALL => "all",
    Read = RD_KAFKA_ACL_OPERATION_READ => "read",
    Write = RD_KAFKA_ACL_OPERATION_WRITE => "write",
    Create = RD_KAFKA_ACL_OPERATION_CREATE => "create",
    Delete = RD_KAFKA_ACL_OPERATION_DELETE => "delete",
    Alter = RD_KAFKA_ACL_OPERATION_ALTER => "alter",
    Describe = RD_KAFKA_ACL_OPERATION_DESCRIBE => "describe",
    ClusterAction = RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION => "cluster-action",
    DescribeConfigs = RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS => "describe-configs",
    AlterConfigs = RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS => "alter-configs",
    IdempotentWrite = RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE => "idempotent-write",
});
names!(Permission, NativePermission {
    Allow = RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW => "allow",
    Deny = RD_KAFKA_ACL_PERMISSION_TYPE_DENY => "deny",
});

impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.pattern == Pattern::Prefixed {
            "*"
        } else {
            ""
        };
        write!(
            f,
            "{} {} {} {} `{}{star}`",
            self.permission, self.principal, self.operation, self.resource, self.name
        )?;
        if self.host != "*" {
            write!(f, " from {}", self.host)?;
        }
        Ok(())
    }
}

impl Acl {
    fn entry(&self) -> Option<Entry> {
        Some(Entry {
            resource: self.resource.native()?,
            name: self.name.clone(),
            pattern: self.pattern.native()?,
            principal: self.principal.clone(),
            host: self.host.clone(),
            operation: self.operation.native()?,
            permission: self.permission.native()?,
        })
    }
}

impl From<Entry> for Acl {
    fn from(entry: Entry) -> Self {
        Self {
            principal: entry.principal,
            host: entry.host,
            resource: entry.resource.into(),
            name: entry.name,
            pattern: entry.pattern.into(),
            operation: entry.operation.into(),
            permission: entry.permission.into(),
        }
    }
}

impl Cluster {
    /// Reads every entry, sorted; `None` where the cluster has no authorizer, so that everybody may do everything.
    ///
    /// # Errors
    ///
    /// [`KafkaError::Unsupported`] where a cluster has no such list, [`KafkaError::NotAllowed`] where it does not show
    /// it to us: Describe on the cluster is needed.
    pub async fn acls(&self) -> Result<Option<BTreeSet<Acl>>, KafkaError> {
        self.ask(
            |cluster, client| match describe_acls(client.client(), cluster.patience()) {
                Ok(entries) => Ok(Some(entries.into_iter().map(Acl::from).collect())),
                Err(Code::SecurityDisabled) => Ok(None),
                Err(code) => Err(cluster.explain(client, "DescribeAcls", code)),
            },
        )
        .await
    }

    /// Adds entries; one that is there already stays as it is.
    ///
    /// # Errors
    ///
    /// [`KafkaError::Refused`] with the first entry that the cluster did not take.
    pub async fn create_acls(&self, wanted: &[Acl]) -> Result<(), KafkaError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let wanted = wanted.to_vec();
        self.ask(move |cluster, client| {
            let named = |acl: &Acl| {
                let unknown = || cluster.refused("CreateAcls", format!("`{acl}` has an unknown part"));
                acl.entry().ok_or_else(unknown)
            };
            let entries: Vec<Entry> = wanted.iter().map(named).collect::<Result<_, _>>()?;
            let made = create_acls(client.client(), &entries, cluster.patience())
                .map_err(|code| cluster.explain(client, "CreateAcls", code))?;
            for (acl, result) in wanted.iter().zip(made) {
                match result {
                    Ok(()) => {}
                    Err((Code::ClusterAuthorizationFailed, _)) => {
                        return Err(cluster.explain(client, "CreateAcls", Code::ClusterAuthorizationFailed));
                    }
                    Err((_, reason)) => return Err(cluster.refused("CreateAcls", format!("{acl}: {reason}"))),
                }
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reads_as_a_sentence() {
        let acl = Acl {
            principal: "User:orders".into(),
            host: "10.0.0.7".into(),
            resource: Resource::Topic,
            name: "orders.".into(),
            pattern: Pattern::Prefixed,
            operation: Operation::Read,
            permission: Permission::Allow,
        };
        assert_eq!(
            acl.to_string(),
            "allow User:orders read topic `orders.*` from 10.0.0.7"
        );
        let entry = acl.entry().unwrap();
        assert_eq!(Acl::from(entry), acl);
    }

    #[test]
    fn what_librdkafka_does_not_know_cannot_be_sent() {
        assert_eq!(
            Resource::from(NativeResource::RD_KAFKA_RESOURCE_UNKNOWN),
            Resource::Unknown
        );
        assert_eq!(Resource::Unknown.native(), None);
    }
}
