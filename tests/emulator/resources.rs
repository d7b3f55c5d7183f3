//! Groups, providers and generic resources.

use super::*;

#[tokio::test]
async fn a_group_is_created_shown_in_any_case_and_deleted_with_its_resources() {
    let site = Site::with_group(settings()).await;
    assert_eq!(
        site.call(Method::HEAD, "/resourceGroups/RG", None).await.status(),
        StatusCode::NO_CONTENT
    );
    let again = site
        .call(
            Method::PUT,
            "/resourcegroups/RG",
            Some(json!({"location": "West Europe"})),
        )
        .await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Value>().await.unwrap()["name"], "rg");
    let moved = site
        .call(
            Method::PUT,
            "/resourcegroups/rg",
            Some(json!({"location": "eastus"})),
        )
        .await;
    assert_eq!(code(moved).await, (409, "InvalidResourceGroupLocation".into()));
    site.deployed("d", &event_hubs(), json!({})).await;
    let accepted = site.call(Method::DELETE, "/resourcegroups/rg", None).await;
    assert_eq!(
        site.get("/resourcegroups/rg").await["properties"]["provisioningState"],
        "Deleting"
    );
    let done = site.located(accepted).await;
    assert_eq!(
        (done.status().as_u16(), done.text().await.unwrap().as_str()),
        (200, "")
    );
    assert_eq!(
        code(site.call(Method::GET, "/resourcegroups/rg", None).await).await,
        (404, "ResourceGroupNotFound".into())
    );
    assert_eq!(site.get("/resources").await["value"], json!([]));
}

#[tokio::test]
async fn generic_resources_are_written_patched_and_removed() {
    let site = Site::with_group(settings()).await;
    let id = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-two";
    let put = site
        .call(
            Method::PUT,
            id,
            Some(json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {}})),
        )
        .await;
    assert_eq!(put.status(), StatusCode::CREATED);
    let monitor = put.headers()["azure-asyncoperation"].to_str().unwrap().to_owned();
    assert_eq!(
        put.json::<Value>().await.unwrap()["properties"]["provisioningState"],
        "Creating"
    );
    site.followed(&monitor).await;
    let free = site
        .call(
            Method::POST,
            "/providers/Microsoft.EventHub/checkNameAvailability",
            Some(json!({"name": "KAFKA-two"})),
        )
        .await;
    assert_eq!(free.json::<Value>().await.unwrap()["reason"], "NameInUse");
    let patched = site
        .call(Method::PATCH, id, Some(json!({"tags": {"a": "b"}})))
        .await;
    assert_eq!(patched.json::<Value>().await.unwrap()["tags"], json!({"a": "b"}));
    let gone = site.call(Method::DELETE, id, None).await;
    assert_eq!(site.located(gone).await.status(), StatusCode::OK);
    assert_eq!(
        code(site.call(Method::GET, id, None).await).await,
        (404, "ResourceNotFound".into())
    );
    assert_eq!(
        site.call(Method::DELETE, id, None).await.status(),
        StatusCode::NO_CONTENT
    );
    let orphan = site
        .call(
            Method::PUT,
            &format!("{id}/eventhubs/x"),
            Some(json!({"properties": {}})),
        )
        .await;
    assert_eq!(code(orphan).await, (404, "ParentResourceNotFound".into()));
    let bad = site
        .call(
            Method::PUT,
            "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/9x",
            Some(json!({"location": "westeurope"})),
        )
        .await;
    assert_eq!(bad.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_namespace_that_is_not_registered_is_refused_until_it_is() {
    let mut settings = settings();
    settings.unregistered = vec!["Microsoft.EventHub".into()];
    let site = Site::with_group(settings).await;
    assert_eq!(
        code(site.deploy("d", &event_hubs(), json!({})).await).await,
        (409, "MissingSubscriptionRegistration".into())
    );
    let registering: Value = site
        .call(Method::POST, "/providers/microsoft.eventhub/register", None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(registering["registrationState"], "Registering");
    assert_eq!(
        site.get("/providers/Microsoft.EventHub").await["registrationState"],
        "Registering"
    );
    assert_eq!(
        site.get("/providers/Microsoft.EventHub").await["registrationState"],
        "Registered"
    );
    assert_eq!(
        site.deployed("d", &event_hubs(), json!({})).await["properties"]["provisioningState"],
        "Succeeded"
    );
}

#[tokio::test]
async fn an_unknown_type_is_kept_and_said_to_be_unknown() {
    let site = Site::with_group(settings()).await;
    let strange = template(
        json!([{"type": "Acme.Widgets/things", "apiVersion": "2024-01-01", "name": "t", "location": "westeurope", "properties": {"a": 1}}]),
        json!({}),
    );
    let done = site.deployed("d", &strange, json!({})).await;
    assert_eq!(done["properties"]["provisioningState"], "Succeeded");
    assert_eq!(
        done["properties"]["diagnostics"][0]["code"],
        "UnknownResourceType"
    );
    assert_eq!(
        site.running.warnings().await,
        ["the type Acme.Widgets/things is not known to the emulator and kept as it is"]
    );
    assert_eq!(
        site.get("/resourcegroups/rg/providers/Acme.Widgets/things/t")
            .await["properties"]["a"],
        1
    );
}

#[tokio::test]
async fn lists_come_in_pages_and_ids_in_any_case() {
    let mut settings = settings();
    settings.page = 2;
    let site = Site::with_group(settings).await;
    let copies = template(
        json!([{"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2024-11-30", "name": "[concat('id', copyIndex())]",
            "location": "westeurope", "copy": {"name": "ids", "count": 5}}]),
        json!({}),
    );
    site.deployed("d", &copies, json!({})).await;
    let mut seen = Vec::new();
    let mut next = Some(site.url("/resourceGroups/RG/resources"));
    let mut pages = 0;
    while let Some(url) = next {
        let page: Value = site
            .send(Method::GET, &url, None)
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        seen.extend(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["name"].as_str().unwrap().to_owned()),
        );
        next = page["nextLink"].as_str().map(ToOwned::to_owned);
        pages += 1;
    }
    assert_eq!((pages, seen.join(" ").as_str()), (3, "id0 id1 id2 id3 id4"));
    let one = site
        .get("/RESOURCEGROUPS/Rg/PROVIDERS/microsoft.managedidentity/USERASSIGNEDIDENTITIES/ID3")
        .await;
    assert_eq!(one["name"], "id3");
    assert_eq!(one["properties"]["principalId"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_thousand_resources_are_listed_at_once() {
    let mut settings = settings();
    settings.page = 2000;
    let site = Site::with_group(settings).await;
    for half in 0..2 {
        let copies = template(
            json!([{"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2024-11-30",
                "name": format!("[concat('id-{half}-', copyIndex())]"), "location": "westeurope", "copy": {"name": "ids", "count": 500}}]),
            json!({}),
        );
        site.deployed("d", &copies, json!({})).await;
    }
    assert_eq!(
        site.get("/resourcegroups/rg/resources").await["value"]
            .as_array()
            .unwrap()
            .len(),
        1000
    );
}

#[tokio::test]
async fn a_principal_has_a_role_once_and_lists_are_by_scope_and_type() {
    let site = Site::with_group(settings()).await;
    let role = |scope: &str, number: u8| {
        format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-0000000000{number:02}"
        )
    };
    let body = json!({"properties": {
        "roleDefinitionId": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"),
        "principalId": "00000000-0000-0000-0000-00000000000a",
    }});
    let put = async |path: String| code(site.call(Method::PUT, &path, Some(body.clone())).await).await;
    let group = "/resourcegroups/rg";
    assert_eq!(put(role(group, 1)).await.0, 201);
    assert_eq!(put(role(group, 1)).await.0, 200);
    assert_eq!(
        put(role(group, 2)).await,
        (409, "RoleAssignmentExists".to_owned())
    );
    let identity = format!("{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one");
    site.call(Method::PUT, &identity, Some(json!({"location": "westeurope"})))
        .await;
    assert_eq!(put(role(&identity, 3)).await.0, 201);
    let count = async |path: &str| site.get(path).await["value"].as_array().unwrap().len();
    let listed = format!("{group}/providers/Microsoft.Authorization/roleAssignments");
    assert_eq!(count(&listed).await, 2);
    assert_eq!(count(&format!("{listed}?$filter=atScope()")).await, 1);
    assert_eq!(
        count("/providers/Microsoft.ManagedIdentity/userAssignedIdentities").await,
        1
    );
    let unknown = site.call(Method::GET, "/providers/Acme.Vaults/boxes", None).await;
    assert_eq!(code(unknown).await, (404, "InvalidResourceType".to_owned()));
}

#[tokio::test]
async fn cores_are_counted_and_keys_made_anew_one_by_one() {
    let site = Site::with_group(settings()).await;
    let cores = async || {
        let usages = site
            .get("/providers/Microsoft.Compute/locations/westeurope/usages")
            .await;
        let used = |name: &str| {
            let mut rows = usages["value"].as_array().unwrap().iter();
            rows.find(|row| row["name"]["value"] == name).unwrap()["currentValue"]
                .as_i64()
                .unwrap()
        };
        (used("cores"), used("standardDSv5Family"))
    };
    assert_eq!(cores().await, (0, 0));
    let machine =
        json!({"location": "West Europe", "properties": {"hardwareProfile": {"vmSize": "Standard_D4s_v5"}}});
    let path = "/resourcegroups/rg/providers/Microsoft.Compute/virtualMachines/broker-0";
    site.call(Method::PUT, path, Some(machine)).await;
    assert_eq!(cores().await, (4, 4));

    site.deployed("d", &event_hubs(), json!({})).await;
    let rule = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-dev/authorizationRules/RootManageSharedAccessKey";
    let post = async |action: &str, body: Value| -> Value {
        let answer = site
            .call(Method::POST, &format!("{rule}/{action}"), Some(body))
            .await;
        answer.json().await.unwrap()
    };
    let first = post("listKeys", json!({})).await;
    let second = post("regenerateKeys", json!({"keyType": "SecondaryKey"})).await;
    assert_eq!(first["primaryKey"], second["primaryKey"]);
    assert_ne!(first["secondaryKey"], second["secondaryKey"]);
    assert_eq!(post("listKeys", json!({})).await, second);
    assert_eq!(
        post("regenerateKeys", json!({"keyType": "Third"})).await["error"]["code"],
        "InvalidResourceOperation"
    );
}

#[tokio::test]
async fn a_cluster_is_in_progress_until_it_runs() {
    let site = Site::with_group(settings()).await;
    let role = |name: &str| json!({"name": name, "targetInstanceCount": 3, "dataDisksGroups": [{"disksPerNode": 1}]});
    let body = json!({"location": "westeurope", "properties": {
        "clusterDefinition": {"kind": "Kafka"},
        "computeProfile": {"roles": [role("headnode"), role("workernode"), role("zookeepernode")]},
    }});
    let path = "/resourcegroups/rg/providers/Microsoft.HDInsight/clusters/kafka";
    let made = site.call(Method::PUT, path, Some(body)).await;
    assert_eq!(made.status(), StatusCode::OK);
    let made: Value = made.json().await.unwrap();
    assert_eq!(made["properties"]["provisioningState"], "InProgress");
    // Time stands still until somebody asks for what is not done yet.
    site.get(path).await;
    let done = site.get(path).await;
    assert_eq!(done["properties"]["clusterState"], "Running", "{done}");
    let hosts: Value = site
        .call(Method::POST, &format!("{path}/listHosts"), None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(hosts.as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn templates_read_back_where_a_resource_is_reached() {
    let site = Site::with_group(settings()).await;
    let registry = template(
        json!([{"type": "Microsoft.ContainerRegistry/registries", "apiVersion": "2023-07-01", "name": "Images", "location": "westeurope", "sku": {"name": "Basic"}}]),
        json!({"outputs": {"o": {"type": "string", "value": "[reference('Images').loginServer]"}}}),
    );
    let done = site.deployed("d", &registry, json!({})).await;
    assert_eq!(
        done["properties"]["outputs"]["o"]["value"], "images.azurecr.io",
        "{done}"
    );
}
