//! Wrong input of every kind: one clear error with where, what, and what to do; the right exit code; nothing half-done.

use crate::support::Scene;

const FILE: &str = "environments/local/environment.yaml";

#[test]
fn an_unknown_key_is_shown_with_its_line_and_the_nearest_name() {
    let scene = Scene::new();
    scene.edit(FILE, "location:", "locaton:");
    scene.run(&["render", "local"]).fails(
        3,
        &[
            "environments/local/environment.yaml:",
            "unknown key `locaton`",
            "did you mean `location`?",
            "^^^^^^^",
        ],
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let scene = Scene::new();
    scene.edit(FILE, "partitions: 12", "partitions: many");
    scene.edit(FILE, "name: local", "name: lokal");
    scene
        .run(&["plan", "local", "--mock"])
        .fails(3, &["partitions", "`lokal`"]);
    assert!(
        !scene.path(".landfall/mock/arm.json").exists(),
        "nothing may be started for a wrong file"
    );
}

#[test]
fn a_missing_required_value_is_named() {
    let scene = Scene::new();
    scene.edit(FILE, "resource-group: ", "#resource-group: ");
    scene.edit("environments/base.yaml", "version: 1", "version: 1");
    scene
        .run(&["render", "local"])
        .fails(3, &["azure.resource-group"]);
}

#[test]
fn a_duplicate_key_is_refused() {
    let scene = Scene::new();
    scene.edit(FILE, "name: local", "name: local\nname: local");
    scene.run(&["render", "local"]).fails(3, &["duplicate", "name"]);
}

#[test]
fn an_unknown_target_names_those_that_exist() {
    let scene = Scene::new();
    scene.edit(FILE, "kind: event-hubs", "kind: event-hub");
    scene
        .run(&["render", "local"])
        .fails(3, &["`event-hub`", "event-hubs"]);
}

#[test]
fn partitions_over_the_limit_show_the_number_and_the_way_out() {
    let scene = Scene::new();
    scene.edit(FILE, "partitions: 12", "partitions: 48");
    scene
        .run(&["plan", "local", "--mock"])
        .fails(3, &["flights", "48", "32", "Premium"]);
}

#[test]
fn an_inline_secret_is_refused_and_not_repeated() {
    let scene = Scene::new();
    scene.edit(
        FILE,
        "bootstrap: source.landfall.internal:9092",
        "bootstrap: source.landfall.internal:9092\n  security: { protocol: SASL_SSL, mechanism: PLAIN, username: me, password: hunter2-canary }",
    );
    let ran = scene.run(&["render", "local"]);
    ran.fails(3, &["secret", "env"]);
    assert!(!ran.stderr.contains("hunter2-canary"), "{}", ran.stderr);
}

#[test]
fn a_name_that_azure_refuses_is_refused_before_azure_is_asked() {
    let scene = Scene::new();
    scene.edit(FILE, "namespace: landfall-local", "namespace: 9-no");
    scene.run(&["plan", "local", "--mock"]).fails(3, &["9-no"]);
    let scene = Scene::new();
    scene
        .run(&["render", "local", "--set", "azure.resource-group=ends."])
        .fails(3, &["`ends.`"]);
}

#[test]
fn an_unreadable_file_is_named() {
    let scene = Scene::new();
    std::fs::remove_file(scene.path(FILE)).unwrap();
    std::fs::create_dir(scene.path(FILE)).unwrap();
    scene.run(&["render", "local"]).fails(3, &[FILE]);
}

#[test]
fn an_environment_that_does_not_exist_names_the_nearest() {
    let scene = Scene::new();
    scene.run(&["render", "locl"]).fails(3, &["`locl`", "`local`"]);
}

#[test]
fn a_name_that_differs_from_its_folder_is_refused() {
    let scene = Scene::new();
    scene.edit(FILE, "name: local", "name: prod");
    scene
        .run(&["up", "local", "--mock", "--yes"])
        .fails(3, &["`prod`", "`local`"]);
}

#[test]
fn text_that_is_no_yaml_is_shown_where_it_breaks() {
    let scene = Scene::new();
    scene.write(FILE, "version: 1\nname: [local\n");
    scene
        .run(&["render", "local"])
        .fails(3, &["environments/local/environment.yaml:"]);
}

#[test]
fn a_template_with_a_syntax_error_is_shown_with_its_line() {
    let scene = Scene::new();
    scene.write(
        "environments/local/templates/main.json.hbs",
        "{\n  \"resources\": [ {{/if}} ]\n}\n",
    );
    scene
        .run(&["render", "local"])
        .fails(3, &["environments/local/templates/main.json.hbs", "2"]);
}

#[test]
fn a_template_with_an_unknown_variable_stops_the_render() {
    let scene = Scene::new();
    scene.write(
        "environments/local/templates/main.json.hbs",
        "{\n  {{#if locaton}}\"a\": 1{{/if}}\n}\n",
    );
    scene
        .run(&["render", "local"])
        .fails(3, &["locaton", "main.json.hbs"]);
}

#[test]
fn an_unreachable_broker_is_named_with_the_time_it_was_given() {
    let scene = Scene::new();
    scene.site(false);
    scene.done(&["up", "local", "--mock", "--yes"]);
    // Port 1 is nobody's: the address is not in the site's book, so it is dialled.
    let ran = scene.run(&[
        "mirror",
        "local",
        "run",
        "--mock",
        "--set",
        "source.bootstrap=127.0.0.1:1",
    ]);
    ran.fails(6, &["127.0.0.1:1"]);
}

#[test]
fn wrong_usage_exits_with_2() {
    let scene = Scene::new();
    scene.run(&["plan"]).fails(2, &["ENVIRONMENT"]);
    scene.run(&["mirror", "local", "fly"]).fails(2, &["fly"]);
    scene
        .run(&["render", "local", "--set", "no-equals-sign"])
        .fails(3, &["no-equals-sign"]);
}

#[test]
fn an_emulator_is_not_put_on_the_network() {
    let scene = Scene::new();
    scene
        .run(&["mock", "serve", "--listen", "0.0.0.0:0"])
        .fails(2, &["0.0.0.0", "loopback"]);
}

#[test]
fn without_a_terminal_up_and_down_want_to_be_told_yes() {
    let scene = Scene::new();
    scene.run(&["up", "local", "--mock"]).fails(2, &["--yes"]);
}

#[test]
fn a_wrong_sasl_password_is_told_without_the_password() {
    let scene = Scene::new();
    scene.done(&["up", "local", "--mock", "--yes"]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let broker = runtime.block_on(krafka::testing::FakeBroker::start()).unwrap();
    broker.require_sasl_plain("me", "the-right-one");
    let bootstrap = format!("source.bootstrap={}", broker.bootstrap_servers());
    let ran = crate::support::ran(
        scene
            .command(&["mirror", "local", "status", "--mock", "--set", &bootstrap])
            .args([
                "--set",
                "source.security.protocol=SASL_PLAINTEXT",
                "--set",
                "source.security.mechanism=PLAIN",
            ])
            .args([
                "--set",
                "source.security.username=me",
                "--set",
                "source.security.password.env=WRONG",
            ])
            .env("WRONG", "hunter2-canary"),
    );
    ran.fails(
        6,
        &[
            "refused the sign-in with PLAIN over SASL_PLAINTEXT",
            "hint: check `username`",
        ],
    );
    assert!(!ran.stderr.contains("hunter2-canary"), "{}", ran.stderr);
    // A variable that is not there is named before anybody is dialled.
    let ran = crate::support::ran(
        scene
            .command(&["mirror", "local", "status", "--mock", "--set", &bootstrap])
            .args([
                "--set",
                "source.security.protocol=SASL_PLAINTEXT",
                "--set",
                "source.security.mechanism=PLAIN",
            ])
            .args([
                "--set",
                "source.security.username=me",
                "--set",
                "source.security.password.env=NOT_SET_ANYWHERE",
            ]),
    );
    ran.fails(3, &["NOT_SET_ANYWHERE"]);
}
