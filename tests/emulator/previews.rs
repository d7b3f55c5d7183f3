//! What-if and validation.

use super::*;

#[tokio::test]
async fn a_changed_partition_count_is_the_only_change_shown() {
    let site = Site::with_group(settings()).await;
    site.deployed("d", &event_hubs(), json!({})).await;
    let changes = site.what_if(&event_hubs(), json!({"orders": {"value": 8}})).await;
    let different: Vec<&Value> = changes
        .iter()
        .filter(|change| change["changeType"] != "NoChange")
        .collect();
    assert_eq!(different.len(), 1);
    assert_eq!(different[0]["changeType"], "Modify");
    assert_eq!(
        different[0]["delta"],
        json!([{"path": "properties.partitionCount", "propertyChangeType": "Modify", "before": 4, "after": 8, "children": null}])
    );
}

#[tokio::test]
async fn a_resource_outside_the_template_is_ignored_and_a_removed_property_is_shown() {
    let site = Site::with_group(settings()).await;
    let network = |prefixes: Value, tags: Value| {
        template(
            json!([{"type": "Microsoft.Network/virtualNetworks", "apiVersion": "2025-05-01", "name": "net", "location": "westeurope", "tags": tags,
            "properties": {"addressSpace": {"addressPrefixes": prefixes}}}]),
            json!({}),
        )
    };
    site.deployed(
        "n",
        &network(json!(["10.0.0.0/16", "10.1.0.0/16"]), json!({"a": "1"})),
        json!({}),
    )
    .await;
    let changes = site.what_if(&event_hubs(), json!({})).await;
    assert_eq!(
        changes
            .iter()
            .filter(|change| change["changeType"] == "Ignore")
            .count(),
        1
    );
    let changes = site
        .what_if(
            &network(json!(["10.0.0.0/16", "10.2.0.0/16"]), json!({})),
            json!({}),
        )
        .await;
    let delta = changes[0]["delta"].as_array().unwrap();
    assert_eq!(delta.len(), 2, "{delta:#?}");
    assert_eq!(
        (&delta[0]["path"], &delta[0]["propertyChangeType"]),
        (&json!("tags.a"), &json!("Delete"))
    );
    assert_eq!(delta[1]["propertyChangeType"], "Array");
    assert_eq!(delta[1]["children"][0]["path"], "1");
}

#[tokio::test]
async fn validation_answers_400_as_a_result_and_lists_what_would_be_made() {
    let site = Site::with_group(settings()).await;
    let path = format!("{}/validate", deployment("v"));
    let good = site
        .call(Method::POST, &path, Some(request(&event_hubs(), json!({}))))
        .await;
    assert_eq!(good.status(), StatusCode::OK);
    let good: Value = good.json().await.unwrap();
    assert_eq!(
        good["properties"]["validatedResources"].as_array().unwrap().len(),
        3
    );
    let bad = site
        .call(
            Method::POST,
            &path,
            Some(request(&event_hubs(), json!({"orders": {"value": 48}}))),
        )
        .await;
    let text = bad.text().await.unwrap();
    assert!(
        text.contains("InvalidTemplateDeployment") && text.contains("1 to 32"),
        "{text}"
    );
}

#[tokio::test]
async fn partitions_of_a_standard_namespace_cannot_change() {
    let site = Site::with_group(settings()).await;
    site.deployed("d", &event_hubs(), json!({})).await;
    let done = site
        .deployed("d", &event_hubs(), json!({"orders": {"value": 8}}))
        .await;
    assert!(
        done.to_string().contains("cannot be changed from 4 to 8"),
        "{done}"
    );
}

#[tokio::test]
async fn a_password_in_the_template_is_no_change_for_ever() {
    let site = Site::with_group(settings()).await;
    let machine = template(
        json!([{"type": "Microsoft.Compute/virtualMachines", "apiVersion": "2024-07-01", "name": "broker", "location": "westeurope",
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D4s_v5"},
            "osProfile": {"computerName": "broker", "adminPassword": "canary"},
        }}]),
        json!({}),
    );
    site.deployed("d", &machine, json!({})).await;
    let changes = site.what_if(&machine, json!({})).await;
    assert_eq!(changes[0]["changeType"], "NoChange", "{changes:?}");
}
