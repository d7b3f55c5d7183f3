//! What outlives the process.

use super::*;

#[tokio::test]
async fn state_outlives_the_process_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("state/arm.json")).unwrap();
    let with_file = || {
        let mut settings = settings();
        settings.state_file = Some(path.clone());
        settings
    };
    let template = template(
        json!([
            {"type": "Microsoft.EventHub/namespaces", "apiVersion": "2024-01-01", "name": "kafka-dev", "location": "westeurope", "properties": {}},
            {"type": "Acme.Vaults/boxes", "apiVersion": "2024-01-01", "name": "box", "location": "westeurope",
             "properties": {"plain": "[parameters('secret')]", "hidden": "[base64(concat('x', variables('copy')))]", "open": "yes"}},
        ]),
        json!({
            "parameters": {"secret": {"type": "secureString"}, "other": {"type": "securestring", "defaultValue": "canary-default"}},
            "variables": {"copy": "[parameters('secret')]"},
            "outputs": {
                "keys": {"type": "object", "value": "[listKeys(resourceId('Microsoft.EventHub/namespaces/authorizationRules', 'kafka-dev', 'RootManageSharedAccessKey'), '2024-01-01')]"},
                "leaked": {"type": "string", "value": "[parameters('secret')]"},
            },
        }),
    );
    let site = Site::with_group(with_file()).await;
    let parameters = json!({"secret": {"value": "canary-parameter"}});
    let made = site.deployed("d", &template, parameters.clone()).await;
    assert_eq!(made["properties"]["provisioningState"], "Succeeded", "{made}");
    assert_eq!(
        made["properties"]["parameters"]["secret"],
        json!({"type": "SecureString"})
    );
    assert_eq!(made["properties"]["outputs"]["leaked"], json!({"type": "String"}));
    let machine = json!({"location": "westeurope", "properties": {
        "hardwareProfile": {"vmSize": "Standard_D4s_v5"},
        "osProfile": {"adminPassword": "canary-password"},
    }});
    let broker = "/resourcegroups/rg/providers/Microsoft.Compute/virtualMachines/broker";
    let made: Value = site
        .call(Method::PUT, broker, Some(machine))
        .await
        .json()
        .await
        .unwrap();
    assert!(!made.to_string().contains("canary"), "{made}");
    let rule = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-dev/authorizationRules/RootManageSharedAccessKey/listKeys";
    let keys: Value = site.call(Method::POST, rule, None).await.json().await.unwrap();
    assert!(
        site.what_if(&template, parameters)
            .await
            .iter()
            .all(|change| change["changeType"] == "NoChange"
                || change["resourceId"].as_str().unwrap().ends_with("/broker"))
    );
    site.running.stop().await;
    let text = std::fs::read_to_string(&path).unwrap();
    let key = keys["primaryKey"].as_str().unwrap();
    for secret in [
        "canary-parameter",
        "canary-default",
        "canary-password",
        "eGNhbmFyeS1wYXJhbWV0ZXI=",
        key,
        TOKEN,
    ] {
        assert!(!text.contains(secret), "{secret} is in the state file");
    }
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777,
        0o600
    );
    let site = Site::start(with_file()).await;
    assert_eq!(
        site.get(&deployment("d")).await["properties"]["provisioningState"],
        "Succeeded"
    );
    let again: Value = site.call(Method::POST, rule, None).await.json().await.unwrap();
    assert_eq!(again, keys);
}

#[tokio::test]
async fn a_deployment_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("arm.json")).unwrap();
    let with_file = || {
        let mut settings = settings();
        settings.state_file = Some(path.clone());
        settings
    };
    let site = Site::with_group(with_file()).await;
    site.deploy("d", &event_hubs(), json!({"password": {"value": "p"}}))
        .await;
    site.get(&deployment("d")).await;
    site.running.stop().await;
    let site = Site::start(with_file()).await;
    for _ in 0..20 {
        site.get(&deployment("d")).await;
    }
    let done = site.get(&deployment("d")).await;
    assert_eq!(
        done["properties"]["provisioningState"], "Failed",
        "its password was held in memory only"
    );
    assert!(done.to_string().contains("DeploymentInterrupted"));
}

/// How often the state file was written.
async fn writes(site: &Site) -> u64 {
    let text = site.own(Method::GET, "metrics", None).await.text().await.unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("landfall_arm_state_writes_total "));
    line.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}

#[tokio::test]
async fn what_is_answered_is_on_the_disk_and_changes_share_a_write() {
    const MANY: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("arm.json")).unwrap();
    let mut own = settings();
    own.state_file = Some(path.clone());
    let site = Site::start(own).await;
    let before = writes(&site).await;
    let made = futures_util::future::join_all((0..MANY).map(async |number| {
        let group = format!("/resourcegroups/rg-{number}");
        let body = json!({"location": "westeurope"});
        let answer = site.call(Method::PUT, &group, Some(body)).await;
        let file = std::fs::read_to_string(&path).unwrap();
        answer.status() == StatusCode::CREATED && file.contains(&format!("\"rg-{number}\""))
    }))
    .await;
    assert_eq!(made, [true; MANY]);
    let during = writes(&site).await - before;
    assert!(
        during > 0 && during < MANY as u64,
        "{during} writes of {MANY} changes"
    );
    site.get("/resourcegroups/rg-0").await;
    assert_eq!(writes(&site).await - before, during, "a reader changes nothing");
}

#[tokio::test]
async fn a_dropped_emulator_has_kept_what_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("arm.json")).unwrap();
    for round in 0..10 {
        let mut own = settings();
        own.state_file = Some(path.clone());
        let site = Site::start(own).await;
        for earlier in 0..round {
            let group = site.get(&format!("/resourcegroups/rg-{earlier}")).await;
            assert_eq!(group["location"], "westeurope", "{group}");
        }
        let group = format!("/resourcegroups/rg-{round}");
        let body = json!({"location": "westeurope"});
        let answer = site.call(Method::PUT, &group, Some(body)).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        drop(site);
    }
    let kept: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(kept["groups"].as_object().unwrap().len(), 10);
}
