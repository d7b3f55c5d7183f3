//! What is asked of a region or of a name before anything is made.

use super::*;

const HDINSIGHT: &str = "/providers/Microsoft.HDInsight/locations/westeurope";

impl Site {
    async fn ask(&self, path: &str, body: Value) -> Value {
        let answer = self.call(Method::POST, path, Some(body)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }
}

fn cluster() -> Value {
    let role = |name: &str, count: i64| {
        json!({
            "name": name, "targetInstanceCount": count, "hardwareProfile": {"vmSize": "Standard_E4_v3"},
            "dataDisksGroups": [{"disksPerNode": 2}],
        })
    };
    json!({
        "name": "kafka-flow", "type": "clusters", "location": "westeurope",
        "properties": {
            "clusterVersion": "5.1", "osType": "Linux", "tier": "Standard",
            "clusterDefinition": {"kind": "KAFKA", "componentVersion": {"Kafka": "3.2"}},
            "computeProfile": {"roles": [role("headnode", 2), role("workernode", 3), role("zookeepernode", 3)]},
            "storageProfile": {"storageaccounts": [{"name": "a.blob.core.windows.net", "isDefault": true, "container": "c"}]},
        },
    })
}

fn codes(answer: &Value, list: &str) -> Vec<String> {
    let all = answer[list].as_array().unwrap_or_else(|| panic!("{answer}"));
    all.iter()
        .map(|one| one["code"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_name_is_free_valid_or_taken() {
    let site = Site::with_group(settings()).await;
    let body = json!({"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}});
    let account = "/resourcegroups/rg/providers/Microsoft.Storage/storageAccounts/takenaccount";
    site.call(Method::PUT, account, Some(body)).await;
    let path = "/providers/Microsoft.Storage/checkNameAvailability";
    for (name, free, reason) in [
        ("freeaccount", true, json!(null)),
        ("takenaccount", false, json!("AlreadyExists")),
        ("Not-Valid", false, json!("AccountNameInvalid")),
    ] {
        let answer = site
            .ask(
                path,
                json!({"name": name, "type": "Microsoft.Storage/storageAccounts"}),
            )
            .await;
        assert_eq!(
            (&answer["nameAvailable"], &answer["reason"]),
            (&json!(free), &reason),
            "{name}"
        );
    }
    let vaults = "/providers/Microsoft.KeyVault/checkNameAvailability";
    let answer = site
        .ask(
            vaults,
            json!({"name": "kv--flow", "type": "Microsoft.KeyVault/vaults"}),
        )
        .await;
    assert_eq!(answer["reason"], "AccountNameInvalid");
    let answer = site
        .call(
            Method::POST,
            vaults,
            Some(json!({"name": "kv", "type": "Microsoft.Web/sites"})),
        )
        .await;
    assert_eq!(code(answer).await, (400, "InvalidResourceType".to_owned()));
    let answer = site
        .ask(
            &format!("{HDINSIGHT}/checkNameAvailability"),
            json!({"name": "a_b", "type": "clusters"}),
        )
        .await;
    assert_eq!(answer["nameAvailable"], false);
}

#[tokio::test]
async fn usages_are_counted_from_what_is_there() {
    let site = Site::with_group(settings()).await;
    let address = "/resourcegroups/rg/providers/Microsoft.Network/publicIPAddresses/one";
    site.call(
        Method::PUT,
        address,
        Some(json!({"location": "westeurope", "properties": {}})),
    )
    .await;
    for (location, used) in [("westeurope", 1), ("northeurope", 0)] {
        let list = site
            .get(&format!(
                "/providers/Microsoft.Network/locations/{location}/usages"
            ))
            .await;
        let all = list["value"].as_array().unwrap();
        let row = all
            .iter()
            .find(|row| row["name"]["value"] == "PublicIPAddresses")
            .unwrap();
        assert_eq!(
            (&row["currentValue"], &row["limit"]),
            (&json!(used), &json!(1000)),
            "{location}"
        );
    }
    let path = "/resourcegroups/rg/providers/Microsoft.HDInsight/clusters/kafka-flow";
    let made = site.call(Method::PUT, path, Some(cluster())).await;
    assert!(made.status().is_success(), "{}", made.text().await.unwrap());
    let usages = site.get(&format!("{HDINSIGHT}/usages")).await;
    assert_eq!(usages["value"][0]["currentValue"], 32);
    let capabilities = site.get(&format!("{HDINSIGHT}/capabilities")).await;
    let versions = capabilities["versions"]["iaas"]["available"].as_array().unwrap();
    assert_eq!(versions.last().unwrap()["componentVersions"]["Kafka"], "3.2");
    assert_eq!(capabilities["quota"]["coresUsed"], 32);
    let quotas = capabilities["quota"]["regionalQuotas"].as_array().unwrap();
    let quota = quotas
        .iter()
        .find(|quota| quota["regionName"] == "West Europe")
        .unwrap();
    assert_eq!(quota["coresAvailable"], 168);
}

#[tokio::test]
async fn a_cluster_is_judged_before_it_is_made() {
    let site = Site::with_group(settings()).await;
    let path = format!("{HDINSIGHT}/validateCreateRequest");
    let good = site.ask(&path, cluster()).await;
    assert_eq!(
        (&good["validationErrors"], &good["validationWarnings"]),
        (&json!([]), &json!([])),
        "{good}"
    );
    assert_eq!(good["estimatedCreationDuration"], "PT20M");
    for (pointer, value, expected) in [
        (
            "/properties/clusterVersion",
            json!("3.6"),
            "InvalidClusterVersion",
        ),
        (
            "/properties/clusterVersion",
            json!("5.0"),
            "InvalidClusterVersion",
        ),
        (
            "/properties/computeProfile/roles/1/hardwareProfile/vmSize",
            json!("Standard_D13_v2"),
            "InvalidVmSize",
        ),
        (
            "/properties/computeProfile/roles/1/hardwareProfile/vmSize",
            json!("Standard_A3"),
            "InvalidVmSize",
        ),
        (
            "/properties/clusterDefinition/kind",
            json!("STORM"),
            "InvalidClusterKind",
        ),
        (
            "/properties/clusterDefinition/componentVersion/Kafka",
            json!("2.1"),
            "InvalidComponentVersion",
        ),
        (
            "/properties/computeProfile/roles/1/hardwareProfile/vmSize",
            json!("Standard_B1s"),
            "InvalidVmSize",
        ),
        (
            "/properties/computeProfile/roles/0/targetInstanceCount",
            json!(3),
            "InvalidInstanceCount",
        ),
        (
            "/properties/computeProfile/roles/1/targetInstanceCount",
            json!(0),
            "InvalidInstanceCount",
        ),
        (
            "/properties/computeProfile/roles/1/targetInstanceCount",
            json!(60),
            "InsufficientQuota",
        ),
        (
            "/properties/computeProfile/roles/1/dataDisksGroups",
            json!([]),
            "DataDisksGroupsRequired",
        ),
        (
            "/properties/storageProfile/storageaccounts/0/isDefault",
            json!(false),
            "InvalidStorageProfile",
        ),
        ("/name", json!("-"), "InvalidClusterName"),
    ] {
        let mut body = cluster();
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = site.ask(&path, body).await;
        assert_eq!(codes(&answer, "validationErrors"), [expected], "{pointer}");
    }
    for size in ["Standard_E2ads_v5", "standard_e8as_v4", "Standard_E2_V3"] {
        let mut body = cluster();
        body["properties"]["computeProfile"]["roles"][1]["hardwareProfile"]["vmSize"] = json!(size);
        let answer = site.ask(&path, body).await;
        assert_eq!(codes(&answer, "validationErrors"), [""; 0], "{size}");
    }
    let mut few = cluster();
    few["properties"]["computeProfile"]["roles"][1]["targetInstanceCount"] = json!(2);
    let answer = site.ask(&path, few).await;
    assert_eq!(codes(&answer, "validationErrors"), [""; 0]);
    assert_eq!(codes(&answer, "validationWarnings"), ["FewWorkerNodes"]);
    let taken = "/resourcegroups/rg/providers/Microsoft.HDInsight/clusters/kafka-flow";
    site.call(Method::PUT, taken, Some(cluster())).await;
    assert_eq!(
        codes(&site.ask(&path, cluster()).await, "validationErrors"),
        ["ClusterNameTaken"]
    );
}
