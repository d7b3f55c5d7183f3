//! HDInsight: what watches a cluster, and its hosts.

use super::*;

const CLUSTER: &str = "/resourcegroups/rg/providers/Microsoft.HDInsight/clusters/My-Cluster";

impl Site {
    async fn with_insight(&self) {
        let role = |name: &str, count: i64| {
            json!({
                "name": name, "targetInstanceCount": count, "hardwareProfile": {"vmSize": "Standard_E4ads_v5"},
                "dataDisksGroups": [{"disksPerNode": 2}],
            })
        };
        let body = json!({"location": "westeurope", "properties": {
            "clusterVersion": "5.1", "clusterDefinition": {"kind": "KAFKA"},
            "computeProfile": {"roles": [role("headnode", 2), role("workernode", 3), role("zookeepernode", 3), role("kafkamanagementnode", 2)]},
        }});
        let made = self.call(Method::PUT, CLUSTER, Some(body)).await;
        let monitor = made.headers()["azure-asyncoperation"]
            .to_str()
            .unwrap()
            .to_owned();
        self.followed(&monitor).await;
    }
}

#[tokio::test]
async fn monitoring_is_off_until_it_is_switched_on_and_keeps_no_key() {
    let site = Site::with_group(settings()).await;
    let path = format!("{CLUSTER}/extensions/azureMonitorAgent");
    assert_eq!(
        site.call(Method::GET, &path, None).await.status(),
        StatusCode::NOT_FOUND,
        "no cluster"
    );
    site.with_insight().await;
    assert_eq!(site.get(&path).await["clusterMonitoringEnabled"], false);
    let other = format!("{CLUSTER}/extensions/other");
    assert_eq!(
        site.call(Method::GET, &other, None).await.status(),
        StatusCode::NOT_FOUND
    );
    let body = json!({"workspaceId": "w", "primaryKey": "canary"});
    let accepted = site.call(Method::PUT, &path, Some(body)).await;
    assert_eq!(accepted.status(), StatusCode::OK);
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    site.followed(&monitor).await;
    let read = site.get(&path).await;
    assert_eq!(
        (&read["clusterMonitoringEnabled"], &read["workspaceId"]),
        (&json!(true), &json!("w"))
    );
    assert!(!read.to_string().contains("canary"), "{read}");
    let deleted = site.call(Method::DELETE, &path, None).await;
    assert_eq!(site.located(deleted).await.status(), StatusCode::OK);
    assert_eq!(site.get(&path).await["clusterMonitoringEnabled"], false);
}

#[tokio::test]
async fn hosts_have_the_start_of_the_clusters_name_in_lower_case() {
    let site = Site::with_group(settings()).await;
    site.with_insight().await;
    let hosts = site
        .call(Method::POST, &format!("{CLUSTER}/listHosts"), None)
        .await;
    let hosts: Value = hosts.json().await.unwrap();
    let names: Vec<&str> = hosts
        .as_array()
        .unwrap()
        .iter()
        .map(|host| host["name"].as_str().unwrap())
        .collect();
    for name in ["hn0-myclus", "wn2-myclus", "zk0-myclus", "km1-myclus"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    assert_eq!(names.len(), 10);
}
