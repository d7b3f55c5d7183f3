//! The checks of a plan, asked of a server that answers what a subscription in trouble would.

use landfall::deploy::{self, Check, Plan, Verdict};
use landfall::run::{Quiet, Stop};
use landfall::template::Catalog;
use serde_json::{Value, json};

use crate::place::{Kind, Place, SUBSCRIPTION};
use crate::stub::{Reply, Seen, Stub, refusal};

/// A template with one resource of each kind that a check asks about.
fn template() -> Value {
    let place = "[resourceGroup().location]";
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "size": {"type": "string", "defaultValue": "Standard_D4s_v5"},
            "password": {"type": "securestring", "defaultValue": "a-secret-of-a-parameter"},
        },
        "resources": [
            {"type": "Microsoft.Compute/virtualMachineScaleSets", "apiVersion": "2024-11-01", "name": "workers",
             "location": place, "sku": {"name": "[parameters('size')]", "capacity": 3}, "zones": ["1"],
             "properties": {"virtualMachineProfile": {"osProfile": {"adminPassword": "[parameters('password')]"}}}},
            {"type": "Microsoft.Network/publicIPAddresses", "apiVersion": "2025-07-01", "name": "ip", "location": place},
            {"type": "Microsoft.KeyVault/vaults", "apiVersion": "2026-02-01", "name": "kv-kafka", "location": place},
            {"type": "Microsoft.HDInsight/clusters", "apiVersion": "2021-06-01", "name": "kafka", "location": place,
             "properties": {"clusterVersion": "5.1",
                            "gateway": {"password": "[parameters('password')]"},
                            "computeProfile": {"roles": [
                {"name": "workernode", "targetInstanceCount": 4, "hardwareProfile": {"vmSize": "Standard_D4s_v5"}},
             ]}}},
        ],
    })
}

/// The plan of the template at a server that answers with `told`, and with 404 where that says nothing.
async fn plan(told: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> (Plan, Vec<Seen>) {
    let stub = Stub::start(move |_, seen| {
        let path = seen.path.split('?').next().unwrap_or_default().to_owned();
        told(&path)
            .or_else(|| told_everywhere(&path))
            .unwrap_or_else(|| refusal(404, "ResourceNotFound", "nothing there"))
    })
    .await;
    let place = Place::of(Kind::Stack).await;
    let environment = place.environment(&[]);
    let mut bundle = deploy::bundle(&environment, &Catalog::open(None, None).unwrap()).unwrap();
    bundle.template = template();
    bundle.parameters = json!({"parameters": {}});
    let plan = deploy::plan(&stub.client(), &environment, &bundle, &Quiet, &Stop::default()).await;
    (plan.unwrap(), stub.seen())
}

/// The subscription is there, the group is not, and every provider is registered in West Europe.
fn told_everywhere(path: &str) -> Option<Reply> {
    let ok = |body: Value| Some(crate::stub::json(200, &body));
    if path == format!("/subscriptions/{SUBSCRIPTION}") {
        return ok(json!({"displayName": "Kafka"}));
    }
    let namespace = path.rsplit_once("/providers/")?.1;
    (!namespace.contains('/')).then(|| ok(json!({
        "namespace": namespace, "registrationState": "Registered",
        "resourceTypes": [
            {"resourceType": "publicIPAddresses", "locations": ["West Europe"], "apiVersions": ["2025-07-01"]},
            {"resourceType": "virtualMachineScaleSets", "locations": ["West Europe"], "apiVersions": ["2024-11-01"],
             "zoneMappings": [{"location": "West Europe", "zones": ["1", "2", "3"]}]},
        ],
    })))?
}

fn check<'a>(plan: &'a Plan, name: &str) -> &'a Check {
    let found = plan.checks.iter().find(|check| check.name == name);
    found.unwrap_or_else(|| panic!("no `{name}` in {:#?}", plan.checks))
}

#[tokio::test]
async fn what_azure_does_not_offer_or_forbids_to_ask_is_a_warning() {
    let (plan, _) = plan(|path| {
        let forbidden = path.ends_with("/permissions") || path.ends_with("/checkPolicyRestrictions");
        forbidden.then(|| refusal(403, "AuthorizationFailed", "no right to ask"))
    })
    .await;
    assert!(plan.failed().is_empty(), "{:#?}", plan.failed());
    for name in ["permissions", "policy"] {
        let check = check(&plan, name);
        assert_eq!(check.verdict, Verdict::Warning);
        assert_eq!(check.detail, "could not be checked: this sign-in may not ask");
    }
    for name in [
        "machine sizes",
        "network quota",
        "hdinsight capabilities",
        "hdinsight kafka",
        "name kafka",
    ] {
        let check = check(&plan, name);
        assert_eq!(check.verdict, Verdict::Warning, "{check:?}");
        assert_eq!(check.detail, "could not be checked: azure does not offer it here");
    }
    assert_eq!(check(&plan, "deleted kv-kafka").verdict, Verdict::Passed);
    assert_eq!(check(&plan, "region").verdict, Verdict::Passed);
}

/// Everything that can be wrong at once, told by Azure.
fn trouble(path: &str) -> Option<Reply> {
    let usage =
        |name: &str, current: u64| json!({"name": {"value": name}, "currentValue": current, "limit": 10});
    let body = if path.ends_with("/Microsoft.Compute/skus") {
        json!({"value": [{
            "resourceType": "virtualMachines", "name": "Standard_D4s_v5", "family": "standardDSv5Family",
            "capabilities": [{"name": "vCPUs", "value": "4"}],
            "locationInfo": [{"location": "westeurope", "zones": ["2"]}],
        }]})
    } else if path.ends_with("/Microsoft.Compute/locations/westeurope/usages") {
        json!({"value": [usage("cores", 0), usage("standardDSv5Family", 0)]})
    } else if path.ends_with("/Microsoft.Network/locations/westeurope/usages") {
        json!({"value": [usage("PublicIPAddresses", 10)]})
    } else if path.ends_with("/deletedVaults/kv-kafka") {
        json!({"properties": {"scheduledPurgeDate": "2026-12-01T00:00:00Z"}})
    } else if path.ends_with("/capabilities") {
        json!({"versions": {"iaas": {"available": [{"friendlyName": "6.0"}]}},
               "quota": {"coresUsed": 0, "maxCoresAllowed": 12}})
    } else if path.ends_with("/validateCreateRequest") {
        json!({"validationErrors": [{"code": "InvalidNodeSize", "message": "too small"}]})
    } else if path.ends_with("/permissions") {
        json!({"value": [{"actions": ["*/read", "Microsoft.Network/*"], "notActions": []}]})
    } else if path.ends_with("/checkPolicyRestrictions") {
        json!({"contentEvaluationResult": {"policyEvaluations": [{
            "evaluationResult": "NonCompliant",
            "policyInfo": {"policyDefinitionId": "/x/allowed-locations", "policyAssignmentId": "/x/only-europe"},
        }]}})
    } else {
        return None;
    };
    Some(crate::stub::json(200, &body))
}

#[tokio::test]
async fn each_thing_that_is_wrong_is_named_with_the_way_out() {
    let (plan, seen) = plan(trouble).await;
    for (name, text) in [
        ("size Standard_D4s_v5", "is not offered in zone 1 of westeurope"),
        (
            "cores of all families",
            "12 cores of all families are needed in westeurope, 10 of 10 are left",
        ),
        ("cores standardDSv5Family", "12 cores of `standardDSv5Family`"),
        ("network PublicIPAddresses", "1 of `PublicIPAddresses` needed"),
        (
            "deleted kv-kafka",
            "holds the name `kv-kafka` until 2026-12-01T00:00:00Z",
        ),
        ("hdinsight version 5.1", "not offered in westeurope, but 6.0"),
        ("hdinsight cores", "16 cores are needed and HDInsight has 12 left"),
        ("hdinsight kafka", "InvalidNodeSize: too small"),
        ("permissions", "`Microsoft.Compute/virtualMachineScaleSets/write`"),
        ("policy workers", "`only-europe` (allowed-locations) denies"),
    ] {
        let check = check(&plan, name);
        assert_eq!(check.verdict, Verdict::Failed, "{check:?}");
        assert!(check.detail.contains(text), "{check:?}");
    }
    let lacking = &check(&plan, "permissions").detail;
    assert!(!lacking.contains("publicIPAddresses"), "{lacking}");
    assert!(
        lacking.contains("`Microsoft.Resources/subscriptions/resourceGroups/write`"),
        "{lacking}"
    );
    // A cluster is judged with its password; a policy is not told any.
    let holds = |end: &str| {
        let asked = seen
            .iter()
            .filter(|one| one.path.split('?').next().unwrap().ends_with(end));
        let with_secret = asked.filter(|one| one.body.to_string().contains("a-secret-of-a-parameter"));
        with_secret.count()
    };
    assert_eq!(holds("/validateCreateRequest"), 1);
    assert_eq!(holds("/checkPolicyRestrictions"), 0);
    assert_eq!(plan.failed().len(), 13, "{:#?}", plan.failed());
}
