//! The workers of MirrorMaker 2 as a user meets them: rendered, refused, deployed with their target, taken down.

use serde_json::Value;

use crate::support::Scene;

const CONNECT: [&str; 2] = ["--set", "mirror.engine=connect"];
const IN_VAULT: [&str; 6] = [
    "--set",
    "source.security={protocol: SASL_SSL, mechanism: SCRAM-SHA-512, username: landfall, password: {key-vault: kv-shop/kafka-source}}",
    "--set",
    "target.security={protocol: SASL_SSL, mechanism: PLAIN, username: $ConnectionString, password: {key-vault: kv-shop/kafka-target}}",
    "--set",
    "target.parameters.local-auth=true",
];

fn with<'a>(command: &[&'a str], more: &[&[&'a str]]) -> Vec<&'a str> {
    [command, &more.concat()].concat()
}

#[test]
fn render_writes_what_machines_boot_from_beside_the_target() {
    let scene = Scene::new();
    scene.done(&with(
        &["render", "local", "--format", "all", "--out", "out"],
        &[&CONNECT, &IN_VAULT],
    ));
    let properties = scene.read("out/mirror/worker.properties");
    for line in [
        "bootstrap.servers=@TARGET_BOOTSTRAP@",
        "listeners=http://0.0.0.0:8083",
        "config.storage.topic=mm2-configs.source.internal",
        "config.providers.file.param.allowed.paths=/etc/landfall/secrets.properties",
    ] {
        assert!(
            properties.lines().any(|one| one == line),
            "no `{line}` in\n{properties}"
        );
    }
    // The properties that the wiring made are the bytes that cloud-init carries, which are those of the deployment.
    let cloud_init = scene.read("out/mirror/cloud-init.yaml");
    let parameters: Value =
        serde_json::from_str(&scene.read("out/mirror/azuredeploy.parameters.json")).unwrap();
    assert_eq!(
        parameters["parameters"]["cloudInit"]["value"],
        Value::from(cloud_init.as_str())
    );
    let carried: Value = serde_saphyr::from_str(&cloud_init).unwrap();
    assert_eq!(carried["write_files"][0]["content"], Value::from(properties));
    assert_eq!(
        scene
            .read("out/mirror/secrets.list")
            .lines()
            .skip(1)
            .collect::<Vec<_>>(),
        [
            "source.password https://kv-shop.vault.azure.net kafka-source",
            "target.password https://kv-shop.vault.azure.net kafka-target"
        ]
    );
    let connector: Value =
        serde_json::from_str(&scene.read("out/mirror/connectors/landfall-local-source.json")).unwrap();
    assert_eq!(
        connector["target.cluster.bootstrap.servers"],
        "@TARGET_BOOTSTRAP@"
    );
    assert!(
        scene
            .read("out/modules/mirror.bicep")
            .contains("virtualMachineScaleSets")
    );
    // No template gives it: whoever deploys the Bicep says it.
    let main = scene.read("out/main.bicep");
    assert!(
        main.contains("param targetBootstrap string") && main.contains("targetBootstrap: targetBootstrap"),
        "{main}"
    );
}

#[test]
fn workers_of_somebody_else_and_the_embedded_engine_need_no_machines() {
    let scene = Scene::new();
    scene.done(&["render", "local", "--out", "embedded"]);
    assert!(!scene.path("embedded/mirror").exists());
    let url = ["--set", "mirror.connect.url=https://connect.example.org:8083"];
    scene.done(&with(&["render", "local", "--out", "theirs"], &[&CONNECT, &url]));
    assert!(!scene.path("theirs/mirror").exists());
}

#[test]
fn a_secret_that_machines_cannot_read_is_refused_before_anything_is_sent() {
    let scene = Scene::new();
    let secret = [
        "--set",
        "source.security={protocol: SASL_SSL, mechanism: PLAIN, username: u, password: {env: SOURCE_PASSWORD}}",
    ];
    for command in [&["render", "local"][..], &["up", "local", "--mock", "--yes"]] {
        scene.run(&with(command, &[&CONNECT, &secret])).fails(
            3,
            &[
                "cannot read the secret `env:SOURCE_PASSWORD`",
                "key-vault: VAULT/SECRET",
            ],
        );
    }
    let key = [
        "--set",
        "source.security={protocol: SSL, certificate-file: c.pem, key-file: k.pem}",
    ];
    scene
        .run(&with(&["render", "local"], &[&CONNECT, &key]))
        .fails(3, &["cannot be given a private key"]);
    let typo = ["--set", "mirror.parameters.subnet=x"];
    scene
        .run(&with(&["render", "local"], &[&CONNECT, &typo]))
        .fails(3, &["`subnet`", "subnet-id"]);
}

#[test]
fn up_deploys_the_workers_after_the_target_and_down_leaves_nothing() {
    let scene = Scene::new();
    scene.done(&["mock", "up", "--embedded"]);
    let mock = ["--mock"];
    let plan = scene
        .done(&with(
            &["plan", "local", "--output", "json"],
            &[&mock, &CONNECT, &IN_VAULT],
        ))
        .json();
    let names: Vec<&str> = plan["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert!(
        names.contains(&"vmss-mirror") && names.contains(&"landfall-local"),
        "{names:?}"
    );
    let up = scene.done(&with(&["up", "local", "--yes"], &[&mock, &CONNECT, &IN_VAULT]));
    assert!(up.stdout.contains("landfall mirror local start"), "{}", up.stdout);
    let again = with(
        &["plan", "local", "--exit-code", "--output", "json"],
        &[&mock, &CONNECT, &IN_VAULT],
    );
    let again = scene.done(&again).json();
    assert_eq!(
        (
            again["counts"]["create"].as_u64(),
            again["counts"]["modify"].as_u64()
        ),
        (Some(0), Some(0)),
        "{again:#}"
    );
    let status = scene
        .done(&with(
            &["status", "local", "--output", "json"],
            &[&mock, &CONNECT, &IN_VAULT],
        ))
        .json();
    assert!(status["outputs"].to_string().contains("connectUrl"), "{status:#}");
    scene.done(&with(&["down", "local", "--yes"], &[&mock, &CONNECT, &IN_VAULT]));
    let gone = scene.done(&with(&["down", "local", "--yes"], &[&mock, &CONNECT, &IN_VAULT]));
    assert!(gone.stdout.contains("nothing to remove"), "{}", gone.stdout);
    scene.done(&["mock", "down"]);
}

#[test]
fn kubernetes_gets_a_manifest_and_nothing_is_deployed_for_it() {
    let scene = Scene::new();
    let runtime = [
        "--set",
        "mirror.runtime=kubernetes",
        "--set",
        "mirror.connect.source-alias=shop",
    ];
    scene.done(&with(
        &["render", "local", "--out", "out"],
        &[&CONNECT, &IN_VAULT, &runtime],
    ));
    assert!(!scene.path("out/mirror/azuredeploy.json").exists());
    let manifest = scene.read("out/mirror/kubernetes/kafka-mirror-maker-2.yaml");
    let value: Value = serde_saphyr::from_str(&manifest).unwrap();
    assert_eq!(value["kind"], "KafkaMirrorMaker2");
    assert_eq!(value["apiVersion"], "kafka.strimzi.io/v1");
    let spec = &value["spec"];
    assert_eq!(
        (&spec["replicas"], &spec["target"]["alias"]),
        (&2.into(), &"target".into())
    );
    let (source, target) = (&spec["mirrors"][0]["source"], &spec["target"]);
    assert_eq!(source["alias"], "shop");
    assert_eq!(source["bootstrapServers"], "source.landfall.internal:9092");
    assert_eq!(source["authentication"]["type"], "scram-sha-512");
    assert_eq!(
        target["authentication"]["passwordSecret"],
        serde_json::json!({ "secretName": "landfall-local", "password": "target.password" })
    );
    assert_eq!(target["configStorageTopic"], "mm2-configs.shop.internal");
    assert!(
        target["config"]["offset.flush.interval.ms"].is_string(),
        "{target:#}"
    );
    for own in ["groupId", "offsetStorageTopic", "statusStorageTopic"] {
        assert!(target[own].is_string(), "{own}: {target:#}");
    }
    let mirror = &spec["mirrors"][0];
    assert!(
        mirror["topicsPattern"].as_str().unwrap().contains("flights"),
        "{mirror:#}"
    );
    for (connector, key) in [
        ("sourceConnector", "replication.policy.class"),
        ("checkpointConnector", "sync.group.offsets.enabled"),
    ] {
        let config = mirror[connector]["config"].as_object().unwrap();
        assert!(config.contains_key(key), "{connector} has no {key}");
        // What the operator says itself, and what would name a secret or a place.
        for own in config.keys() {
            let foreign = [
                "cluster.",
                "connector.class",
                "sasl.",
                "security.",
                "bootstrap.servers",
                "tasks.max",
            ];
            assert!(
                !foreign.iter().any(|part| own.contains(part)),
                "{connector} says {own}"
            );
        }
    }
    let secrets = scene.read("out/mirror/kubernetes/secrets.yaml");
    assert!(
        secrets.contains("kind: ExternalSecret")
            && secrets.contains("vaultUrl: https://kv-shop.vault.azure.net")
    );
    assert!(secrets.contains("secretKey: source.password") && secrets.contains("key: kafka-source"));

    // What is public stands in the manifests, what is secret and in no vault has a command that brings it.
    std::fs::write(scene.path("ca.pem"), "-----BEGIN CERTIFICATE-----\n").unwrap();
    let security = format!(
        "source.security={{protocol: SSL, ca-file: {0}, certificate-file: {0}, key-file: {0}}}",
        scene.path("ca.pem").display()
    );
    let by_certificate = ["--set", security.as_str()];
    scene.done(&with(
        &["render", "local", "--out", "out"],
        &[&CONNECT, &IN_VAULT[2..], &by_certificate, &runtime],
    ));
    let secrets = scene.read("out/mirror/kubernetes/secrets.yaml");
    for line in [
        r#"  source-ca.pem: "-----BEGIN CERTIFICATE-----\n""#,
        r"# kubectl create secret generic landfall-local-by-hand --namespace kafka \",
        r"#   --from-file source-client.key=FILE",
    ] {
        assert!(
            secrets.lines().any(|one| one == line),
            "no `{line}` in\n{secrets}"
        );
    }

    let by_identity = [
        "--set",
        "target.security={protocol: SASL_SSL, mechanism: OAUTHBEARER}",
    ];
    let command = with(&["render", "local"], &[&CONNECT, &runtime, &by_identity]);
    scene.run(&command).fails(3, &["OAuth", "PLAIN, SCRAM"]);
}
