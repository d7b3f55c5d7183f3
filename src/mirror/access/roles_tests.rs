use super::*;
use crate::config::ObjectType;
use crate::kafka::acls::{Operation, Resource};
use crate::template::Catalog;

fn acl(principal: &str, resource: Resource, name: &str, operation: Operation) -> Acl {
    Acl {
        principal: principal.into(),
        host: "*".into(),
        resource,
        name: name.into(),
        pattern: Pattern::Literal,
        operation,
        permission: Permission::Allow,
    }
}

/// The table that ships with Event Hubs.
fn block() -> AccessBlock {
    let catalog = Catalog::open(None, None).unwrap();
    let name = crate::model::name::TargetName::parse("event-hubs").unwrap();
    let target = catalog.target(&name).unwrap();
    target.manifest().access.clone().unwrap()
}

fn orders() -> BTreeMap<String, Principal> {
    let principal = Principal {
        object_id: Some("00000000-0000-0000-0000-000000000001".into()),
        object_type: ObjectType::Group,
        name: None,
        sas_rule: Some("orders".into()),
    };
    [("User:orders".to_owned(), principal)].into()
}

fn plan_for(acls: &[Acl]) -> AccessPlan {
    let mut plan = AccessPlan::default();
    let acls: Vec<&Acl> = acls.iter().collect();
    grant(&acls, &orders(), &block(), &mut plan);
    plan
}

#[test]
fn reading_and_writing_become_two_roles_and_one_rule() {
    let plan = plan_for(&[
        acl("User:orders", Resource::Topic, "orders", Operation::Read),
        acl("User:orders", Resource::Topic, "audit", Operation::Write),
        acl("User:orders", Resource::Topic, "audit", Operation::Describe),
        acl("User:orders", Resource::Group, "billing", Operation::Read),
    ]);
    let roles: Vec<_> = plan.roles.iter().map(|grant| grant.role.as_str()).collect();
    assert_eq!(roles, ["receiver", "sender"]);
    assert_eq!(plan.roles[0].object_type, "Group");
    assert_eq!(
        plan.roles[0].stands_for,
        ["allow User:orders read topic `orders`"]
    );
    assert_eq!(
        plan.roles[0].wider.as_deref(),
        Some("it holds for every topic of the namespace")
    );
    assert_eq!(plan.rules[0].rights, ["Listen", "Send"]);
    assert_eq!(plan.covered.len(), 2);
    assert!(plan.left_out.is_empty());
    assert_eq!(plan.parameters["role-assignments"].as_array().unwrap().len(), 2);
}

#[test]
fn everything_on_a_topic_is_the_owner_and_nothing_beside_it() {
    let plan = plan_for(&[
        acl("User:orders", Resource::Topic, "*", Operation::All),
        acl("User:orders", Resource::Topic, "*", Operation::Read),
    ]);
    assert_eq!(plan.roles.len(), 1);
    assert_eq!(plan.roles[0].role, "owner");
    assert_eq!(plan.roles[0].stands_for.len(), 2);
    assert_eq!(plan.roles[0].wider, None);
}

#[test]
fn what_a_role_cannot_say_grants_nothing_and_is_listed() {
    let deny = Acl {
        permission: Permission::Deny,
        ..acl("User:orders", Resource::Topic, "orders", Operation::Read)
    };
    let host = Acl {
        host: "10.0.0.7".into(),
        ..acl("User:orders", Resource::Topic, "orders", Operation::Read)
    };
    let plan = plan_for(&[
        deny,
        host,
        acl("User:*", Resource::Topic, "orders", Operation::Read),
        acl("User:stranger", Resource::Topic, "orders", Operation::Read),
        acl(
            "User:orders",
            Resource::Cluster,
            "kafka-cluster",
            Operation::Alter,
        ),
        acl("User:orders", Resource::Unknown, "token", Operation::Describe),
    ]);
    assert!(plan.roles.is_empty() && plan.rules.is_empty() && plan.parameters.is_empty());
    let reasons: Vec<_> = plan.left_out.iter().map(|left| left.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "roles only allow: with a role of its own the principal could do it all the same",
            "a role holds for every address, this entry for 10.0.0.7 alone: restrict the network of the target",
            "it holds for everybody, and a role needs somebody",
            "nobody says who it is on the target: write `access.principals.User:stranger`",
            "the service runs the cluster",
            "the target has nothing like describe on a unknown",
        ]
    );
}

#[test]
fn the_table_names_resources_and_operations_as_kafka_does() {
    let known_resources = ["topic", "group", "cluster", "transactional-id"];
    for (resource, row) in block().operations {
        assert!(known_resources.contains(&resource.as_str()), "{resource}");
        for operation in row.keys() {
            let parsed: Result<Operation, _> = serde_json::from_value(operation.as_str().into());
            assert!(parsed.is_ok(), "{operation}");
        }
    }
}
