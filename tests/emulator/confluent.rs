//! Confluent Cloud behind ARM: an organization down to its topics, API keys, and the terms.

use super::*;

const ORGANIZATION: &str = "/resourcegroups/rg/providers/Microsoft.Confluent/organizations/flow";
const CLUSTER: &str =
    "/resourcegroups/rg/providers/Microsoft.Confluent/organizations/flow/environments/dev/clusters/kafka";

impl Site {
    async fn made(&self, path: &str, body: Value) -> Value {
        let accepted = self.call(Method::PUT, path, Some(body)).await;
        assert_eq!(accepted.status(), StatusCode::CREATED, "{path}");
        let monitor = accepted.headers()["azure-asyncoperation"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(self.followed(&monitor).await["status"], "Succeeded", "{path}");
        self.get(path).await
    }

    async fn with_organization(&self) {
        let body = json!({"location": "westeurope", "properties": {
            "offerDetail": {"publisherId": "confluentinc", "id": "confluent-cloud-azure-prod", "planId": "payg", "planName": "Pay as you go", "termUnit": "P1M"},
            "userDetail": {"emailAddress": "kafka@contoso.com"},
            "linkOrganization": {"token": "canary"},
        }});
        let made = self.made(ORGANIZATION, body).await;
        assert_eq!(made["properties"]["offerDetail"]["status"], "Succeeded");
        assert!(!made.to_string().contains("canary"), "{made}");
    }

    async fn with_environment(&self) {
        self.with_organization().await;
        let environment = self
            .made(
                &format!("{ORGANIZATION}/environments/dev"),
                json!({"properties": {}}),
            )
            .await;
        assert_eq!(environment["kind"], "Environment");
    }

    async fn with_cluster(&self) -> Value {
        self.with_environment().await;
        let spec = json!({"package": "ESSENTIALS", "config": {"kind": "Standard"}});
        self.made(CLUSTER, json!({"properties": {"spec": spec}})).await
    }
}

#[tokio::test]
async fn a_cluster_tells_where_it_is() {
    let site = Site::with_group(settings()).await;
    let cluster = site.with_cluster().await;
    let (spec, metadata) = (&cluster["properties"]["spec"], &cluster["properties"]["metadata"]);
    let bootstrap = spec["kafkaBootstrapEndpoint"].as_str().unwrap();
    let code = bootstrap
        .strip_prefix("pkc-")
        .unwrap()
        .strip_suffix(".westeurope.azure.confluent.cloud:9092")
        .unwrap();
    assert!(
        code.len() == 5 && code.chars().all(|letter| letter.is_ascii_alphanumeric()),
        "{bootstrap}"
    );
    assert_eq!(
        spec["httpEndpoint"],
        format!("https://pkc-{code}.westeurope.azure.confluent.cloud:443")
    );
    assert_eq!(
        (&spec["region"], &spec["config"]["kind"]),
        (&json!("westeurope"), &json!("Standard"))
    );
    assert_eq!(
        cluster["properties"]["status"],
        json!({"phase": "PROVISIONED", "cku": 1})
    );
    let organization = site.get(ORGANIZATION).await["properties"]["organizationId"]
        .as_str()
        .unwrap()
        .to_owned();
    let name = metadata["resourceName"].as_str().unwrap();
    let start = format!("crn://confluent.cloud/organization={organization}/environment=env-");
    assert!(
        name.starts_with(&start) && name.contains("/cloud-cluster=lkc-"),
        "{name}"
    );
    assert!(
        metadata["self"]
            .as_str()
            .unwrap()
            .contains("/cmk/v2/clusters/lkc-")
    );
    let environment = site.get(&format!("{ORGANIZATION}/environments/dev")).await;
    let above = environment["properties"]["metadata"]["resourceName"]
        .as_str()
        .unwrap();
    assert!(name.starts_with(above), "{name} is in {above}");
}

#[tokio::test]
async fn a_topic_and_a_connector_belong_to_their_cluster() {
    let site = Site::with_group(settings()).await;
    let cluster = site.with_cluster().await;
    let body = json!({"properties": {"partitionsCount": "6", "replicationFactor": "3"}});
    let topic = site.made(&format!("{CLUSTER}/topics/orders"), body).await;
    let properties = &topic["properties"];
    assert_eq!(
        (&properties["kind"], &properties["topicId"]),
        (&json!("KafkaTopic"), &json!("orders"))
    );
    assert_eq!(properties["partitionsCount"], "6");
    let endpoint = cluster["properties"]["spec"]["httpEndpoint"].as_str().unwrap();
    let itself = properties["metadata"]["self"].as_str().unwrap();
    assert!(
        itself.starts_with(endpoint) && itself.ends_with("/topics/orders"),
        "{itself}"
    );
    let body = json!({"properties": {
        "connectorBasicInfo": {"connectorType": "SINK", "connectorClass": "AZUREBLOBSTORAGESINK"},
        "connectorServiceTypeInfo": {"connectorServiceType": "AzureBlobStorageSinkConnector", "storageAccountKey": "canary"},
        "partnerConnectorInfo": {"partnerConnectorType": "KafkaAzureBlobStorageSink", "apiKey": "K", "apiSecret": "canary"},
    }});
    let connector = site.made(&format!("{CLUSTER}/connectors/blobs"), body).await;
    let basic = &connector["properties"]["connectorBasicInfo"];
    assert_eq!(
        (&basic["connectorName"], &basic["connectorState"]),
        (&json!("blobs"), &json!("RUNNING"))
    );
    assert!(!connector.to_string().contains("canary"), "{connector}");
}

#[tokio::test]
async fn the_secret_of_a_key_is_told_once_and_never_kept() {
    let directory = tempfile::tempdir().unwrap();
    let file = camino::Utf8PathBuf::try_from(directory.path().join("state.json")).unwrap();
    let mut first = settings();
    first.state_file = Some(file.clone());
    let site = Site::with_group(first).await;
    site.with_cluster().await;
    let ask = json!({"name": "ci", "description": "for the pipeline"});
    let path = format!("{CLUSTER}/createAPIKey");
    let made = site.call(Method::POST, &path, Some(ask.clone())).await;
    assert_eq!(made.status(), StatusCode::OK);
    let made: Value = made.json().await.unwrap();
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(
        id.len() == 16
            && id
                .chars()
                .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit()),
        "{id}"
    );
    let spec = &made["properties"]["spec"];
    assert_eq!(
        (&made["kind"], &spec["name"], &spec["resource"]["kind"]),
        (&json!("ApiKey"), &json!("ci"), &json!("cluster"))
    );
    assert!(spec["resource"]["id"].as_str().unwrap().starts_with("lkc-"));
    assert!(spec["owner"]["id"].is_string() && spec["owner"]["kind"].is_string());
    let secret = spec["secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 64);
    let key = format!("{ORGANIZATION}/apiKeys/{id}");
    let read = site.get(&key).await;
    assert_eq!(
        (&read["id"], &read["properties"]["spec"]["description"]),
        (&made["id"], &ask["description"])
    );
    assert!(read["properties"]["spec"].get("secret").is_none());
    let other: Value = site
        .call(Method::POST, &path, Some(ask))
        .await
        .json()
        .await
        .unwrap();
    assert_ne!(other["id"], made["id"]);
    assert_ne!(other["properties"]["spec"]["secret"], secret);
    let put = site
        .call(Method::PUT, &key, Some(json!({"properties": {}})))
        .await;
    assert_eq!(code(put).await, (405, "MethodNotAllowed".to_owned()));
    site.running.stop().await;
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains(&id) && !kept.contains(&secret) && !kept.contains("canary"));
    let mut again = settings();
    again.state_file = Some(file);
    let site = Site::start(again).await;
    for status in [StatusCode::OK, StatusCode::NO_CONTENT] {
        assert_eq!(site.call(Method::DELETE, &key, None).await.status(), status);
    }
    assert_eq!(
        site.call(Method::GET, &key, None).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_cluster_that_is_being_made_has_no_keys() {
    let site = Site::with_group(settings()).await;
    site.with_environment().await;
    let body = json!({"properties": {"spec": {"region": "northeurope"}}});
    let accepted = site.call(Method::PUT, CLUSTER, Some(body)).await;
    assert_eq!(accepted.status(), StatusCode::CREATED);
    let asked = site
        .call(
            Method::POST,
            &format!("{CLUSTER}/createAPIKey"),
            Some(json!({"name": "ci"})),
        )
        .await;
    assert_eq!(code(asked).await, (409, "Conflict".to_owned()));
}

#[tokio::test]
async fn the_terms_are_accepted_once_for_a_subscription() {
    let site = Site::start(settings()).await;
    let path = "/providers/Microsoft.Confluent/agreements";
    assert_eq!(site.get(path).await["value"], json!([]));
    let accepted = site
        .call(
            Method::PUT,
            &format!("{path}/default"),
            Some(json!({"properties": {"accepted": true}})),
        )
        .await;
    assert_eq!(accepted.status(), StatusCode::OK);
    let terms = site.get(path).await["value"][0]["properties"].clone();
    assert_eq!(terms["accepted"], true);
    for name in [
        "plan",
        "product",
        "publisher",
        "licenseTextLink",
        "privacyPolicyLink",
        "retrieveDatetime",
        "signature",
    ] {
        assert!(terms[name].is_string(), "{name}");
    }
    let other = site
        .call(
            Method::PUT,
            &format!("{path}/other"),
            Some(json!({"properties": {}})),
        )
        .await;
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
}
