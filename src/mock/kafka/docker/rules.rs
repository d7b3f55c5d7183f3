//! What the service behind the target does not let clients do, as rules of the broker's authorizer.
//!
//! A rule on a resource ends "everything is allowed" for it, so rules allow everything first and others take away what
//! Event Hubs does not offer: changing the settings or the partitions of a topic, and transactions (a preview on some
//! tiers). Users of the site itself stand above all rules.

use crate::kafka::acls::{Acl, Operation, Pattern, Permission, Resource};
use crate::kafka::{Cluster, KafkaError};

/// Lays the rules down on `target`, which signs in as the site itself; doing so again changes nothing.
pub(super) async fn apply(target: &Cluster) -> Result<(), KafkaError> {
    // What is allowed comes first: nobody who works meanwhile may find himself refused.
    target.create_acls(&allowed()).await?;
    target.create_acls(&denied()).await
}

fn allowed() -> Vec<Acl> {
    [Resource::Topic, Resource::Group, Resource::Cluster]
        .map(|resource| rule(resource, Operation::All, Permission::Allow))
        .into()
}

fn denied() -> Vec<Acl> {
    [
        (Resource::Topic, Operation::Alter),
        (Resource::Topic, Operation::AlterConfigs),
        (Resource::Cluster, Operation::Alter),
        (Resource::Cluster, Operation::AlterConfigs),
        (Resource::TransactionalId, Operation::All),
    ]
    .map(|(resource, operation)| rule(resource, operation, Permission::Deny))
    .into()
}

/// For everybody, from everywhere, for everything of a kind.
fn rule(resource: Resource, operation: Operation, permission: Permission) -> Acl {
    let name = if resource == Resource::Cluster {
        "kafka-cluster"
    } else {
        "*"
    };
    Acl {
        principal: "User:*".to_owned(),
        host: "*".to_owned(),
        resource,
        name: name.to_owned(),
        pattern: Pattern::Literal,
        operation,
        permission,
    }
}
