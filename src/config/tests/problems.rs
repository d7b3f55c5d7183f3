//! Broken environments: one clear text each, with where, what, and what was meant.

use super::*;

/// What is wrong with a fixture.
fn fixture(name: &str) -> String {
    load("tests/fixtures/environments".into(), name, &Overrides::default())
        .unwrap_err()
        .to_string()
}

/// What is wrong with `dev` when `more` is added to what it must say.
fn with(more: &str) -> String {
    let scratch = Scratch::new();
    scratch.write("dev/environment.yaml", &format!("{LEAST}{more}"));
    scratch.problems(&Overrides::default())
}

#[test]
fn an_unknown_key_comes_with_the_key_that_was_meant() {
    insta::assert_snapshot!(fixture("unknown-key"), @r#"
    tests/fixtures/environments/unknown-key/environment.yaml:6:3: unknown key `locaton` in `azure`; did you mean `location`?
        6 |   locaton: westeurope
          |   ^^^^^^^
    "#);
}

#[test]
fn a_wrong_type_says_what_was_expected_and_found() {
    insta::assert_snapshot!(fixture("wrong-type"), @r#"
    tests/fixtures/environments/wrong-type/environment.yaml:10:12: `mirror.workers` must be a whole number, found `two`
       10 |   workers: two
          |            ^^^
    tests/fixtures/environments/wrong-type/environment.yaml:11:11: `mirror.buffer` must be a size such as `512KiB`, `64MiB` or `1GiB`, found `64`
       11 |   buffer: 64
          |           ^^
    tests/fixtures/environments/wrong-type/environment.yaml:12:11: `mirror.engine` must be one of `auto`, `connect`, `embedded`, found `conect`; did you mean `connect`?
       12 |   engine: conect
          |           ^^^^^^
    tests/fixtures/environments/wrong-type/environment.yaml:14:12: `topics.include` must be a list, found `orders`
       14 |   include: orders
          |            ^^^^^^
    "#);
}

#[test]
fn a_missing_value_says_what_to_write_and_where() {
    insta::assert_snapshot!(fixture("missing-value"), @r#"
    tests/fixtures/environments/missing-value/environment.yaml: missing `version`: this program reads version 1
    tests/fixtures/environments/missing-value/environment.yaml:2:1: missing `azure.location`: the region, as `westeurope`
        2 | azure:
          | ^^^^^
    tests/fixtures/environments/missing-value/environment.yaml:7:1: missing `source.bootstrap`: where clients begin, as `kafka-1:9092,kafka-2:9092`
        7 | source:
          | ^^^^^^
    tests/fixtures/environments/missing-value/environment.yaml:8:3: missing `source.security.password`: the mechanism SCRAM-SHA-512 needs it, as `{ env: NAME }`
        8 |   security: { protocol: SASL_SSL, mechanism: SCRAM-SHA-512, username: landfall }
          |   ^^^^^^^^
    "#);
}

#[test]
fn a_duplicate_key_points_at_the_first() {
    insta::assert_snapshot!(fixture("duplicate-key"), @r#"
    tests/fixtures/environments/duplicate-key/environment.yaml:9:1: duplicate key `azure`; first written on line 3
        9 | azure:
          | ^^^^^
    "#);
}

#[test]
fn an_inline_secret_is_refused_and_never_shown() {
    let text = fixture("inline-secret");
    assert!(!text.contains("canary"), "{text}");
    insta::assert_snapshot!(text, @r#"
    tests/fixtures/environments/inline-secret/environment.yaml:10:21: `target.parameters.admin-password` holds a secret in plain sight; write where it is kept: `{ env: NAME }`, `{ file: PATH }` or `{ key-vault: VAULT/SECRET }`
       10 | (not shown: the line may hold a secret)
    tests/fixtures/environments/inline-secret/environment.yaml:13:83: `source.security.password` holds a secret in plain sight; write where it is kept: `{ env: NAME }`, `{ file: PATH }` or `{ key-vault: VAULT/SECRET }`
       13 | (not shown: the line may hold a secret)
    tests/fixtures/environments/inline-secret/environment.yaml:14:3: unknown key `pasword` in `source`; known here: `bootstrap`, `security`
       14 | (not shown: the line may hold a secret)
    "#);
}

#[test]
fn a_name_that_is_not_the_folders_is_refused() {
    insta::assert_snapshot!(fixture("name-mismatch"), @r#"
    tests/fixtures/environments/name-mismatch/environment.yaml:2:7: `name` is `another-name` in the folder `name-mismatch`; both must be the same
        2 | name: another-name
          |       ^^^^^^^^^^^^
    "#);
}

#[test]
fn problems_come_together() {
    insta::assert_snapshot!(fixture("two-problems"), @r#"
    tests/fixtures/environments/two-problems/environment.yaml:4:17: `azure.subscription` is `mine`, which is not a GUID such as `00000000-0000-0000-0000-000000000000`
        4 |   subscription: mine
          |                 ^^^^
    tests/fixtures/environments/two-problems/environment.yaml:6:13: `azure.location` is `West Europe`; a region is written in lower-case letters and digits; did you mean `westeurope`?
        6 |   location: West Europe
          |             ^^^^^^^^^^^
    tests/fixtures/environments/two-problems/environment.yaml:9:1: unknown key `colour`; known here: `version`, `name`, `azure`, `target`, `source`, `topics`, `groups`, `access`, `mirror`, `monitoring`, `migration`, `mock`, `addons`
        9 | colour: blue
          | ^^^^^^
    "#);
}

#[test]
fn broken_yaml_points_at_the_line() {
    insta::assert_snapshot!(fixture("syntax-error"), @r#"
    tests/fixtures/environments/syntax-error/environment.yaml:11:7: the YAML cannot be read: illegal placement of ':' indicator
       11 | topics:
          |       ^
    "#);
}

#[test]
fn a_name_that_azure_refuses_comes_with_the_rule() {
    insta::assert_snapshot!(fixture("refused-name"), @r#"
    tests/fixtures/environments/refused-name/environment.yaml:5:19: `azure.resource-group`: `rg/fixture.` is not a resource group name: 1 to 90 letters, digits, `_`, `-`, `.`, `(` and `)`, not ending with a full stop
        5 |   resource-group: rg/fixture.
          |                   ^^^^^^^^^^^
    "#);
}

#[test]
fn an_environment_that_is_not_there_comes_with_the_nearest() {
    let error = load("environments".into(), "locl", &Overrides::default()).unwrap_err();
    insta::assert_snapshot!(error, @"there is no environment `locl` in `environments` (there are `example-aks`, `example-analytics`, `example-confluent`, `example-event-hubs`, `example-hdinsight`, `example-vm`, `local`); did you mean `local`?");
    let error = load(
        "environments".into(),
        "../environments/local",
        &Overrides::default(),
    )
    .unwrap_err();
    insta::assert_snapshot!(error, @"there is no environment `../environments/local` in `environments` (there are `example-aks`, `example-analytics`, `example-confluent`, `example-event-hubs`, `example-hdinsight`, `example-vm`, `local`)");
    let error = load("no/such/folder".into(), "local", &Overrides::default()).unwrap_err();
    insta::assert_snapshot!(error, @"cannot read the folder of environments `no/such/folder`: it is not there");
}

#[test]
fn a_folder_that_is_almost_an_environment_says_what_it_lacks() {
    let scratch = Scratch::new();
    scratch.write("dev/environment.yml", LEAST);
    scratch.write("Prod/environment.yaml", LEAST);
    let problem = |name| {
        let error = load(scratch.path(), name, &Overrides::default()).unwrap_err();
        error.to_string().replace(scratch.path().as_str(), "…")
    };
    insta::assert_snapshot!(problem("dev"), @"`…/dev` is no environment: it holds no `environment.yaml`");
    insta::assert_snapshot!(problem("Prod"), @"`Prod` is not an environment name: 1 to 40 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen");
    insta::assert_snapshot!(problem(".."), @"`..` is not an environment name: 1 to 40 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen");
    insta::assert_snapshot!(problem(""), @"there is no environment `` in `…` (it holds none)");
}

#[test]
fn mistakes_that_only_other_rooms_can_see_pass_here() {
    for name in ["unknown-target", "partitions-over-limit", "unreachable-source"] {
        let loaded = load("tests/fixtures/environments".into(), name, &Overrides::default());
        assert_eq!(loaded.unwrap().environment.name.as_str(), name);
    }
}

#[test]
fn a_quoted_number_is_text() {
    insta::assert_snapshot!(with("mirror: { tasks: '4' }\n"), @r#"
    …/dev/environment.yaml:9:18: `mirror.tasks` must be a whole number, found the text `4`
        9 | mirror: { tasks: '4' }
          |                  ^^^
    "#);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let scratch = Scratch::new();
    fs_err::create_dir_all(scratch.path().join("dev/environment.yaml")).unwrap();
    fs_err::write(scratch.path().join("base.yaml"), [0xff, 0xfe, 0x00]).unwrap();
    insta::assert_snapshot!(scratch.problems(&Overrides::default()), @r#"
    cannot read `…/base.yaml`: it is not UTF-8 text
    cannot read `…/dev/environment.yaml`: it is a folder
    "#);
}

#[test]
fn problems_of_all_layers_come_together() {
    let scratch = Scratch::new();
    scratch.write("base.yaml", "azure: { clod: public }\n");
    scratch.write(
        "dev/environment.yaml",
        &format!("{LEAST}mirror: {{ tasks: many }}\n"),
    );
    let overrides = Overrides {
        set: vec![
            "azure.locaton=x".into(),
            "mirror.engine=both".into(),
            "azure".into(),
            "a..b=1".into(),
            "addons=[".into(),
        ],
        variables: vec![
            ("LANDFALL_SET_MIRROR__WORKERS".into(), "-1".into()),
            ("LANDFALL_SET_".into(), "1".into()),
        ],
    };
    insta::assert_snapshot!(scratch.problems(&overrides), @r#"
    …/base.yaml:1:10: unknown key `clod` in `azure`; did you mean `cloud`?
        1 | azure: { clod: public }
          |          ^^^^
    …/dev/environment.yaml:9:18: `mirror.tasks` must be a whole number, found `many`
        9 | mirror: { tasks: many }
          |                  ^^^^
    LANDFALL_SET_: the name holds no path: write `LANDFALL_SET_` and the keys, parted by `__`
    LANDFALL_SET_MIRROR__WORKERS: `mirror.workers` must be a whole number, found `-1`
    --set azure.locaton=…: unknown key `locaton` in `azure`; did you mean `location`?
    --set mirror.engine=…: `mirror.engine` must be one of `auto`, `connect`, `embedded`, found `both`
    --set azure=…: there is no `=`: write `--set path=value`
    --set a..b=…: the path has an empty key or an open quote: write it as `azure.location`
    --set addons=…: the YAML cannot be read: unclosed bracket '['
    "#);
    let overrides = set(&["azure.locaton=x", "mirror.engine=both", "version=2"]);
    insta::assert_snapshot!(scratch.problems(&overrides), @r#"
    …/base.yaml:1:10: unknown key `clod` in `azure`; did you mean `cloud`?
        1 | azure: { clod: public }
          |          ^^^^
    …/dev/environment.yaml:9:18: `mirror.tasks` must be a whole number, found `many`
        9 | mirror: { tasks: many }
          |                  ^^^^
    --set azure.locaton=…: unknown key `locaton` in `azure`; did you mean `location`?
    --set mirror.engine=…: `mirror.engine` must be one of `auto`, `connect`, `embedded`, found `both`
    --set version=…: `version` is 2; this program reads version 1
    "#);
}

#[test]
fn a_secret_in_a_set_or_a_variable_is_not_repeated() {
    let scratch = Scratch::new();
    scratch.write("dev/environment.yaml", LEAST);
    let overrides = Overrides {
        set: vec![
            "source.security.password=canary".into(),
            "source.security={ pin: canary }".into(),
            "mirror.tasks=password=canary".into(),
            "password canary".into(),
        ],
        variables: vec![(
            "LANDFALL_SET_TARGET__PARAMETERS__CLIENT_SECRET".into(),
            "canary".into(),
        )],
    };
    let text = scratch.problems(&overrides);
    assert!(!text.contains("canary"), "{text}");
    insta::assert_snapshot!(text, @r#"
    LANDFALL_SET_TARGET__PARAMETERS__CLIENT_SECRET: `target.parameters.client-secret` holds a secret in plain sight; write where it is kept: `{ env: NAME }`, `{ file: PATH }` or `{ key-vault: VAULT/SECRET }`
    --set source.security.password=…: `source.security.password` holds a secret in plain sight; write where it is kept: `{ env: NAME }`, `{ file: PATH }` or `{ key-vault: VAULT/SECRET }`
    --set source.security=…: unknown key `pin` in `source.security`; known here: `protocol`, `mechanism`, `username`, `password`, `ca-file`, `certificate-file`, `key-file`, `key-password`, `oauth`
    --set mirror.tasks=…: `mirror.tasks` holds a secret in plain sight; write where it is kept: `{ env: NAME }`, `{ file: PATH }` or `{ key-vault: VAULT/SECRET }`
    --set password=…: there is no `=`: write `--set path=value`
    "#);
}

#[test]
fn a_secret_is_not_shown_by_a_problem_of_another_kind() {
    for more in [
        "source:\n  security:\n    protocol: SASL_SSL\n    password:\n      - canary\n",
        "source:\n  security: { password: canary, mechansm: PLAIN, bootstrap: x }\n",
        "source:\n  security:\n    passwort: canary\n",
        "source:\n  security: canary\n",
        "source:\n  security: { sasl-jaas-config: canary }\n",
        "source:\n  security: { password: canary }\n  security: { password: canary }\n",
        "source:\n  security:\n    password: canary\n   broken: [\n",
        "source:\n  security:\n    password: |\n      canary\n      canary: [\n  ]\n",
        "source:\n  security:\n    password: *canary\n",
        "source:\n  security:\n    password: !canary canary\n",
        "source:\n  security:\n    password: \"canary\n",
        "source: { security: { password: { env: A, value: canary } } }\n",
        "source: { security: { password: { environment: canary } } }\n",
        "source: { security: { oauth: { client-secret: [canary] } } }\n",
        "  parameters: { nested: [{ storageAccountKey: canary }] }\nmirror: { tasks: x }\n",
        "  parameters: { url: 'https://user:canary@example.org' }\n",
        "mirror: { tasks: \"AccountKey=canary\" }\n",
        "azure: { tags: { api-key: canary } }\n",
        "source: { security: { password:canary } }\n",
        "source: { security: { password canary } }\n",
        "source: { security: password:canary }\n",
        "source:\n  security:\n    password=canary\n",
        "source: { bootstrap: landfall:canary@kafka }\n",
        "source: { security: { ? password : canary } }\n",
        "source: { security: { 'pass word': canary } }\n",
    ] {
        let text = with(more);
        assert!(!text.contains("canary"), "{more}\n{text}");
    }
}

#[test]
fn signing_in_needs_what_its_protocol_and_mechanism_ask_for() {
    insta::assert_snapshot!(with("source:
  bootstrap: kafka-1, kafka-2:0, http://kafka:9092
  security:
    mechanism: PLAIN
    ca-file: ca.pem
  "), @r#"
    …/dev/environment.yaml:10:14: `source.bootstrap` names `kafka-1`, which is not `host:port`
       10 |   bootstrap: kafka-1, kafka-2:0, http://kafka:9092
          |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    …/dev/environment.yaml:10:14: `source.bootstrap` names `kafka-2:0`, which is not `host:port`
       10 |   bootstrap: kafka-1, kafka-2:0, http://kafka:9092
          |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    …/dev/environment.yaml:10:14: `source.bootstrap` names `http://kafka:9092`, which is not `host:port`
       10 |   bootstrap: kafka-1, kafka-2:0, http://kafka:9092
          |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    …/dev/environment.yaml:12:16: `source.security.mechanism` needs the protocol SASL_SSL or SASL_PLAINTEXT; it is PLAINTEXT
       12 |     mechanism: PLAIN
          |                ^^^^^
    …/dev/environment.yaml:13:14: `source.security.ca-file` needs the protocol SSL or SASL_SSL; it is PLAINTEXT
       13 |     ca-file: ca.pem
          |              ^^^^^^
    "#);
    insta::assert_snapshot!(with("source:
  bootstrap: kafka-1:9093
  security:
    protocol: sasl_ssl
target:
  security:
    protocol: SASL_SSL
"), @r#"
    …/dev/environment.yaml:12:15: `source.security.protocol` must be one of `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT`, `SASL_SSL`, found `sasl_ssl`; did you mean `SASL_SSL`?
       12 |     protocol: sasl_ssl
          |               ^^^^^^^^
    …/dev/environment.yaml:13:1: duplicate key `target`; first written on line 7
       13 | target:
          | ^^^^^^
    "#);
    insta::assert_snapshot!(with("source:
  bootstrap: kafka-1:9093
  security:
    protocol: SASL_SSL
    mechanism: OAUTHBEARER
    username: landfall
    key-password: { key-vault: only-a-vault }
    oauth:
      token-endpoint: http://login.example.org
"), @r#"
    …/dev/environment.yaml:14:15: `source.security.username` has no use with the mechanism OAUTHBEARER
       14 |     username: landfall
          |               ^^^^^^^^
    …/dev/environment.yaml:15:19: `source.security.key-password` must be a secret reference: `{ env: NAME }`, `{ file: PATH }` or `{ key-vault: VAULT/SECRET }`
       15 |     key-password: { key-vault: only-a-vault }
          |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    …/dev/environment.yaml:16:5: missing `source.security.oauth.client-id`: the id of the client
       16 |     oauth:
          |     ^^^^^
    …/dev/environment.yaml:16:5: missing `source.security.oauth.client-secret`: the secret of the client, as `{ env: NAME }`
       16 |     oauth:
          |     ^^^^^
    …/dev/environment.yaml:17:23: `source.security.oauth.token-endpoint` is `http://login.example.org`; it must begin with `https://`
       17 |       token-endpoint: http://login.example.org
          |                       ^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn values_keep_to_the_limits_of_azure_and_kafka() {
    insta::assert_snapshot!(with("topics:
  overrides:
    orders: { partitions: 0, retention-hours: 0 }
    'or/ders': { partitions: 70000000000 }
mirror: { buffer: 1KiB, commit-interval: 0s, workers: 0, tasks: 0 }
monitoring: { retention-days: 7, workspace-id: my-workspace, alerts: { email: me } }
migration: { hooks: { move-producers: [] } }
addons: [capture, capture, 'Not Good']
"), @r#"
    …/dev/environment.yaml:11:27: `topics.overrides.orders.partitions` is 0; it must be at least 1
       11 |     orders: { partitions: 0, retention-hours: 0 }
          |                           ^
    …/dev/environment.yaml:11:47: `topics.overrides.orders.retention-hours` is 0; it must be at least 1
       11 |     orders: { partitions: 0, retention-hours: 0 }
          |                                               ^
    …/dev/environment.yaml:12:5: `topics.overrides."or/ders"`: `or/ders` is not a topic name: 1 to 249 letters, digits, `.`, `_` and `-`, and neither `.` nor `..`
       12 |     'or/ders': { partitions: 70000000000 }
          |     ^^^^^^^^^
    …/dev/environment.yaml:12:30: `topics.overrides."or/ders".partitions` must be a whole number up to 4294967295, found `70000000000`
       12 |     'or/ders': { partitions: 70000000000 }
          |                              ^^^^^^^^^^^
    …/dev/environment.yaml:13:19: `mirror.buffer` is 1024 bytes, below the least of 1MiB
       13 | mirror: { buffer: 1KiB, commit-interval: 0s, workers: 0, tasks: 0 }
          |                   ^^^^
    …/dev/environment.yaml:13:42: `mirror.commit-interval` is 0; it must be longer
       13 | mirror: { buffer: 1KiB, commit-interval: 0s, workers: 0, tasks: 0 }
          |                                          ^^
    …/dev/environment.yaml:13:55: `mirror.workers` is 0; it must be at least 1
       13 | mirror: { buffer: 1KiB, commit-interval: 0s, workers: 0, tasks: 0 }
          |                                                       ^
    …/dev/environment.yaml:13:65: `mirror.tasks` is 0; it must be at least 1
       13 | mirror: { buffer: 1KiB, commit-interval: 0s, workers: 0, tasks: 0 }
          |                                                                 ^
    …/dev/environment.yaml:14:31: `monitoring.retention-days` is 7; a workspace keeps 30 to 730 days
       14 | monitoring: { retention-days: 7, workspace-id: my-workspace, alerts: { email: me } }
          |                               ^
    …/dev/environment.yaml:14:48: `monitoring.workspace-id` is `my-workspace`, which is not the full id of a `Microsoft.OperationalInsights/workspaces`
       14 | monitoring: { retention-days: 7, workspace-id: my-workspace, alerts: { email: me } }
          |                                                ^^^^^^^^^^^^
    …/dev/environment.yaml:14:79: `monitoring.alerts.email` is `me`, which is not a mail address
       14 | monitoring: { retention-days: 7, workspace-id: my-workspace, alerts: { email: me } }
          |                                                                               ^^
    …/dev/environment.yaml:15:39: `migration.hooks.move-producers` names no program: write `["./hooks/program", "argument"]`
       15 | migration: { hooks: { move-producers: [] } }
          |                                       ^^
    …/dev/environment.yaml:16:9: `addons` names `capture` twice
       16 | addons: [capture, capture, 'Not Good']
          |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    …/dev/environment.yaml:16:9: `addons` names `Not Good`; an add-on is named in lower-case letters, digits and hyphens
       16 | addons: [capture, capture, 'Not Good']
          |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    let tags: Vec<String> = (0..51).map(|index| format!("    tag-{index}: x\n")).collect();
    let long = format!("{}    'a?': {}\n", tags.concat(), "x".repeat(257));
    let scratch = Scratch::new();
    scratch.write(
        "dev/environment.yaml",
        &LEAST.replace("target:\n", &format!("  tags:\n{long}target:\n")),
    );
    let text = scratch.problems(&Overrides::default());
    let said: Vec<&str> = text.lines().filter(|line| line.starts_with('…')).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    …/dev/environment.yaml:7:3: `azure.tags` holds 52 tags, above the limit of 50
    …/dev/environment.yaml:59:11: `azure.tags."a?"` has a value of 257 characters, above the limit of 256
    …/dev/environment.yaml:59:11: `azure.tags."a?"` has one of `<`, `>`, `%`, `&`, `\`, `?`, `/` in its name, which Azure refuses
    "#);
}

#[test]
fn the_rules_of_a_stack_are_checked() {
    let scratch = Scratch::new();
    let rules = "  deployment: stacks
  stack:
    on-unmanage: keep
    deny-child-scopes: 1
    excluded-principals: [me, you]
";
    scratch.write(
        "dev/environment.yaml",
        &LEAST.replace("target:\n", &format!("{rules}target:\n")),
    );
    let text = scratch.problems(&Overrides::default());
    let said: Vec<&str> = text.lines().filter(|line| line.starts_with('…')).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    …/dev/environment.yaml:7:15: `azure.deployment` must be one of `stack`, `incremental`, found `stacks`; did you mean `stack`?
    …/dev/environment.yaml:9:18: `azure.stack.on-unmanage` must be one of `delete`, `detach`, found `keep`
    …/dev/environment.yaml:10:24: `azure.stack.deny-child-scopes` must be one of `true`, `false`, found `1`
    …/dev/environment.yaml:11:26: `azure.stack.excluded-principals` names `me`; a principal is named by its object id, a GUID
    …/dev/environment.yaml:11:26: `azure.stack.excluded-principals` names `you`; a principal is named by its object id, a GUID
    ");
}

#[test]
fn the_connect_section_is_checked_with_its_lines() {
    let more = "mirror:
  engine: connect
  connect:
    url: http://10.0.0.4:8083
    username: landfall
    password: canary
    source-alias: same
    target-alias: same
    offset-syncs: both
    flush-interval: 500ms
    ca-file: ca.pem
    secrets-file: secrets.properties
";
    let told = with(more);
    assert!(!told.contains("canary"), "{told}");
    insta::assert_snapshot!(told, @r#"
    …/dev/environment.yaml:12:10: `mirror.connect.url` is `http://10.0.0.4:8083`: a password would travel in plain sight; use https, or the near end of a tunnel on this machine
       12 |     url: http://10.0.0.4:8083
          |          ^^^^^^^^^^^^^^^^^^^^
    …/dev/environment.yaml:14:15: `mirror.connect.password` holds a secret in plain sight; write where it is kept: `{ env: NAME }`, `{ file: PATH }` or `{ key-vault: VAULT/SECRET }`
       14 | (not shown: the line may hold a secret)
    …/dev/environment.yaml:16:19: `mirror.connect.target-alias` is `same`, the same as `source-alias`; the two sides need two names
       16 |     target-alias: same
          |                   ^^^^
    …/dev/environment.yaml:17:19: `mirror.connect.offset-syncs` must be one of `target`, `source`, found `both`
       17 |     offset-syncs: both
          |                   ^^^^
    …/dev/environment.yaml:18:21: `mirror.connect.flush-interval` is 0.5 s; it must be whole seconds from 1 s to 24 days
       18 |     flush-interval: 500ms
          |                     ^^^^^
    …/dev/environment.yaml:19:14: `mirror.connect.ca-file` needs a `url` that begins with `https://`
       19 |     ca-file: ca.pem
          |              ^^^^^^
    …/dev/environment.yaml:20:19: `mirror.connect.secrets-file` is `secrets.properties`; it must be a whole path on the workers, without `:`, quotes, `$` or braces
       20 |     secrets-file: secrets.properties
          |                   ^^^^^^^^^^^^^^^^^^
    "#);
}
