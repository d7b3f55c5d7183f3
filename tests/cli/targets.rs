//! Every kind of target, as somebody who deploys one meets it: refusals before any call, secrets, what comes after the
//! deployment, add-ons beside it, and a kind of one's own.

use crate::secrets::files_with;
use crate::support::{Ran, Scene};

/// An environment `dev` of a kind, with its parameters and more lines.
fn environment(scene: &Scene, kind: &str, parameters: &str, more: &str) {
    let text = format!(
        "version: 1
name: dev
azure:
  subscription: 00000000-0000-0000-0000-000000000000
  resource-group: rg-dev
  location: westeurope
target:
  kind: {kind}
  parameters: {parameters}
source:
  bootstrap: source.landfall.internal:9092
topics:
  include: [flights]
  overrides:
    flights: {{ partitions: 12 }}
{more}"
    );
    scene.write("environments/dev/environment.yaml", &text);
}

const MACHINES: &str = "{ key-vault: kv-dev, users: [{ name: landfall, password-name: kafka-landfall }], super-users: [landfall] }";
const CLUSTER: &str =
    "{ cluster: kafka-dev, ssh-public-key: ssh-rsa AAAA dev, gateway-password: { file: password } }";

/// How many requests of ARM the emulator of the background site was asked.
fn requests(scene: &Scene) -> usize {
    let ran = scene.done(&["mock", "requests", "--output", "json"]);
    let asked = ran.json();
    let asked = asked["requests"].as_array().unwrap().iter();
    asked
        .filter(|request| !request["path"].as_str().unwrap().starts_with("/landfall/"))
        .count()
}

#[test]
fn wrong_parameters_are_refused_before_any_call_with_the_rule_and_its_source() {
    let scene = Scene::new();
    scene.site(false);
    let before = requests(&scene);
    let refusals: [(&str, &str, &str, [&str; 2]); 7] = [
        (
            "vm",
            MACHINES,
            "target.parameters.broker-size=Standard_DS3_v2",
            ["`Standard_DS3_v2` is not allowed", "retired"],
        ),
        (
            "hdinsight",
            CLUSTER,
            "target.parameters.worker-size=Standard_D3_v2",
            ["`Standard_D3_v2` is not allowed", "Standard_E4ads_v5"],
        ),
        (
            "vm",
            MACHINES,
            "azure.location=northcentralus",
            [
                "availability zones, above the limit of 0 for northcentralus",
                "empty list",
            ],
        ),
        (
            "vm",
            MACHINES,
            "target.parameters.disks-per-broker=40",
            [
                "40 data disks, above the limit of 8 for Standard_E4s_v5",
                "larger `broker-size`",
            ],
        ),
        (
            "vm",
            MACHINES,
            "target.parameters.name=a-name-that-is-too-long-for-what-is-made-of-it",
            [
                "46 characters in the cluster's name, above the limit of 40",
                "shorten",
            ],
        ),
        (
            "hdinsight",
            CLUSTER,
            "target.parameters.cluster=kafka-with-a-name-that-is-longer-than-the-host-name-of-any-gateway",
            ["characters in the name, above the limit of 59", "choose a name"],
        ),
        (
            "aks",
            "{}",
            "target.parameters.broker-cpus=64",
            ["cores of a broker, above the limit of", "larger `node-size`"],
        ),
    ];
    for (kind, parameters, change, texts) in refusals {
        environment(&scene, kind, parameters, "");
        let ran = scene.run(&["plan", "dev", "--mock", "--set", change]);
        ran.fails(3, &texts);
        ran.fails(3, &["(source: https://", "nothing was sent to Azure"]);
    }
    environment(&scene, "hdinsight", CLUSTER, "");
    scene.write("environments/dev/password", "weak-pa55");
    let ran = scene.run(&["plan", "dev", "--mock"]);
    ran.fails(
        3,
        &[
            "gateway-password",
            "it needs ten characters or more",
            "an upper-case letter",
            "source: https://",
        ],
    );
    assert!(!ran.stderr.contains("weak-pa55"), "{}", ran.stderr);
    assert_eq!(requests(&scene), before, "Azure was asked");
}

#[test]
fn values_that_do_not_fit_together_say_what_is_missing() {
    let scene = Scene::new();
    environment(&scene, "hdinsight", CLUSTER, "");
    let zone = "target.parameters.zones=[\"1\"]";
    scene.run(&["render", "dev", "--set", zone]).fails(
        3,
        &["needs a database of its own for Ambari, in `ambari-database`"],
    );
}

#[test]
fn what_a_cluster_tells_only_when_asked_is_asked_after_the_deployment_and_by_status() {
    let scene = Scene::new();
    scene.site(false);
    environment(&scene, "hdinsight", CLUSTER, "");
    scene.write("environments/dev/password", "C4nary-of-the-gateway");
    let mut printed = String::new();
    let mut told = |arguments: &[&str]| {
        let ran = scene.done(arguments);
        printed.push_str(&ran.stdout);
        printed.push_str(&ran.stderr);
        ran
    };
    let plan = told(&["plan", "dev", "--mock"]);
    assert!(
        plan.stdout.contains("note     HDInsight 5.1 runs Kafka 3.2"),
        "{}",
        plan.stdout
    );
    assert!(
        plan.stdout.contains("fits better on machines of its own"),
        "{}",
        plan.stdout
    );
    assert!(
        plan.stdout.contains("then     ask for the brokers' names"),
        "{}",
        plan.stdout
    );
    let up = told(&["up", "dev", "--mock", "--yes", "--output", "json"]);
    let bootstrap = up.json()["bootstrap"].as_str().unwrap().to_owned();
    assert!(
        bootstrap.starts_with("wn0-kafkad.") && bootstrap.contains(",wn2-kafkad."),
        "{bootstrap}"
    );
    let status = told(&["status", "dev", "--mock", "--output", "json"]).json();
    assert_eq!(status["connect"]["bootstrap"], bootstrap.as_str());
    assert!(
        told(&["plan", "dev", "--mock"])
            .stdout
            .contains("nothing to change")
    );
    told(&["render", "dev", "--format", "all", "--out", "out"]);
    told(&["down", "dev", "--mock", "--yes"]);
    assert!(!printed.contains("C4nary-of-the-gateway"));
    let mut holders = Vec::new();
    files_with(&scene.path("."), "C4nary-of-the-gateway", &mut holders);
    holders.retain(|path| !path.ends_with("dev/password"));
    assert!(holders.is_empty(), "{holders:?}");
}

#[test]
fn more_brokers_are_a_plan_that_only_adds() {
    let scene = Scene::new();
    scene.site(false);
    environment(&scene, "vm", MACHINES, "");
    scene.done(&["up", "dev", "--mock", "--yes"]);
    let more = [
        "plan",
        "dev",
        "--mock",
        "--output",
        "json",
        "--set",
        "target.parameters.brokers=5",
    ];
    let plan = scene.done(&more).json();
    let kinds = |wanted: &str| {
        let changes = plan["changes"].as_array().unwrap().iter();
        changes.filter(|change| change["kind"] == wanted).count()
    };
    assert!(kinds("create") > 0, "{plan}");
    assert_eq!(kinds("modify") + kinds("delete"), 0, "{plan}");
}

const STREAM: &str = "addons:
  - capture: { storage-account: stflightsweu }
  - stream-analytics: { hub: flights, storage: { from-capture: true, container: results } }
";

#[test]
fn addons_go_up_beside_the_target_are_started_once_and_go_with_it() {
    let scene = Scene::new();
    scene.site(false);
    environment(&scene, "event-hubs", "{ namespace: landfall-dev }", STREAM);
    let told = |ran: &Ran| format!("{}{}", ran.stdout, ran.stderr);
    let plan = told(&scene.done(&["plan", "dev", "--mock"]));
    assert!(
        plan.contains("then     start the Stream Analytics job for the first time"),
        "{plan}"
    );
    let first = told(&scene.done(&["up", "dev", "--mock", "--yes"]));
    let start = "Start the Stream Analytics job for the first time";
    assert!(
        first.contains(start) && !first.contains(&format!("{start}: was done")),
        "{first}"
    );
    let again = told(&scene.done(&["up", "dev", "--mock", "--yes"]));
    assert!(again.contains(&format!("{start}: was done before")), "{again}");
    let status = scene
        .done(&["status", "dev", "--mock", "--output", "json"])
        .json();
    let resources = status["resources"].to_string();
    for part in ["stflightsweu", "asa-analytics", "landfall-dev"] {
        assert!(resources.contains(part), "{status}");
    }
    scene.done(&["down", "dev", "--mock", "--yes"]);
    assert!(
        scene
            .done(&["status", "dev", "--mock"])
            .stdout
            .contains("nothing is deployed")
    );
}

#[test]
fn an_addon_that_the_target_cannot_have_is_refused() {
    let scene = Scene::new();
    environment(&scene, "vm", MACHINES, STREAM);
    scene
        .run(&["render", "dev"])
        .fails(3, &["`capture` is not for the target `vm`, but for event-hubs"]);
}

/// Copies the files of a folder, and those of its folders.
fn copy(from: &std::path::Path, scene: &Scene, to: &str) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = format!("{to}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            copy(&entry.path(), scene, &to);
        } else {
            scene.write(&to, &std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn a_kind_of_ones_own_is_a_folder_and_nothing_else() {
    let scene = Scene::new();
    scene.site(false);
    copy(
        "templates/targets/confluent".as_ref(),
        &scene,
        "mine/targets/sixth",
    );
    scene.edit(
        "mine/targets/sixth/target.yaml",
        "title: Confluent Cloud",
        "title: The sixth, like Confluent Cloud",
    );
    scene.edit(
        "mine/targets/sixth/main.json.hbs",
        "\"renderedBy\": \"landfall\"",
        "\"renderedBy\": \"the sixth\"",
    );
    let parameters = "{ organization: company, user: { email: kafka@example.org }, key-vault: kv-dev }";
    environment(&scene, "sixth", parameters, "");
    scene
        .run(&["render", "dev"])
        .fails(3, &["there is no target `sixth`"]);
    let mine = |arguments: &[&str]| scene.done(&[arguments, &["--templates", "mine"]].concat());
    assert!(
        mine(&["render", "dev", "--format", "all"])
            .stdout
            .contains("the sixth")
    );
    mine(&["up", "dev", "--mock", "--yes"]);
    assert!(
        mine(&["plan", "dev", "--mock"])
            .stdout
            .contains("nothing to change")
    );
    let status = mine(&["status", "dev", "--mock", "--output", "json"]).json();
    assert_eq!(status["connect"]["security_protocol"], "SASL_SSL", "{status}");
    mine(&["down", "dev", "--mock", "--yes"]);
    assert!(
        mine(&["status", "dev", "--mock"])
            .stdout
            .contains("nothing is deployed")
    );
}

#[test]
fn what_a_target_wants_to_be_so_before_is_asked_and_told() {
    let scene = Scene::new();
    scene.site(false);
    let parameters = "{ organization: company, user: { email: kafka@example.org }, key-vault: kv-dev }";
    environment(&scene, "confluent", parameters, "");
    let plan = || scene.done(&["plan", "dev", "--mock"]).stdout;
    let told = plan();
    assert!(
        told.contains("warning  marketplace terms: nobody has accepted"),
        "{told}"
    );
    assert!(told.contains("az term accept"), "{told}");
    let subscription = "00000000-0000-0000-0000-000000000000";
    let path = format!(
        "/subscriptions/{subscription}/providers/Microsoft.Confluent/agreements/default?api-version=2024-07-01"
    );
    let body = serde_json::json!({"properties": {"accepted": true}});
    assert_eq!(scene.arm("PUT", &path, &body), 200);
    assert!(!plan().contains("marketplace terms"), "{}", plan());
}

#[test]
fn applications_get_their_settings_and_what_changes_for_them_before_and_after_the_deployment() {
    let scene = Scene::new();
    scene.site(false);
    environment(&scene, "vm", MACHINES, "");
    scene.done(&["render", "dev", "--out", "out"]);
    let servers = "kafka-broker-0.kafka.internal:9092,kafka-broker-1.kafka.internal:9092,kafka-broker-2.kafka.internal:9092";
    let java = scene.read("out/clients/client.properties");
    assert!(java.contains(&format!("bootstrap.servers={servers}\n")), "{java}");
    assert!(java.contains("password=\"${env:KAFKA_PASSWORD}\""), "{java}");
    let changes = scene.read("out/clients/changes.txt");
    let moved = format!("bootstrap.servers: source.landfall.internal:9092 -> {servers}");
    assert_eq!(changes.lines().next(), Some(moved.as_str()));
    scene.done(&["up", "dev", "--mock", "--yes"]);
    let status = scene.done(&["status", "dev", "--mock"]).stdout;
    assert!(status.contains(&moved), "{status}");
    let status = scene
        .done(&["status", "dev", "--mock", "--output", "json"])
        .json();
    let names: Vec<&str> = status["clients"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "client.properties",
            "librdkafka.properties",
            "application.yaml",
            "streams.properties"
        ]
    );
}
