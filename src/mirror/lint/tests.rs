//! The rules against configurations as they are found in the world, and against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::template::Catalog;

const FIXTURES: &str = "tests/fixtures/mirrormaker2";

/// Each fixture by name: one file, or the files of a folder.
fn fixtures() -> BTreeMap<String, Vec<PathBuf>> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.ends_with("README.md"))
            .collect();
        paths.sort();
        paths
    };
    let named = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                list(&path),
            )
        } else {
            (name, vec![path])
        }
    };
    list(Path::new(FIXTURES)).into_iter().map(named).collect()
}

/// Reading every target takes longer than all that is tested here.
fn services() -> Vec<Service> {
    static ALL: std::sync::LazyLock<Vec<Service>> =
        std::sync::LazyLock::new(|| Service::all(&Catalog::open(None, None).unwrap(), None).unwrap());
    ALL.clone()
}

fn facts(name: &str) -> Facts {
    let version = name
        .split_once('-')
        .and_then(|(_, rest)| Version::parse(rest).ok());
    Facts {
        version,
        services: services(),
        ..Facts::default()
    }
}

fn lint(name: &str, paths: &[PathBuf]) -> Vec<Finding> {
    let read = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_string_lossy();
        read::read(&file, &std::fs::read(path).unwrap(), None).unwrap()
    };
    let readings: Vec<_> = paths.iter().map(read).collect();
    lint_files(&readings, &facts(name))
}

fn shown(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let key = finding.at.key.as_deref().unwrap_or_default();
        let _ = writeln!(text, "{} {} {} {key}", finding.at, finding.severity, finding.id);
        let _ = writeln!(text, "    {}\n    -> {}", finding.found, finding.fix);
    }
    text
}

/// Lints text as one file.
fn ids(text: &str) -> Vec<&'static str> {
    ids_with(text, &facts("x"))
}

fn ids_with(text: &str, facts: &Facts) -> Vec<&'static str> {
    let reading = read::read("f", text.as_bytes(), None).unwrap();
    lint_files(&[reading], facts)
        .into_iter()
        .map(|finding| finding.id)
        .collect()
}

#[test]
fn configurations_of_the_world_are_found_out() {
    for (name, paths) in fixtures() {
        insta::assert_snapshot!(name.clone(), shown(&lint(&name, &paths)));
    }
}

#[test]
fn good_configurations_have_neither_errors_nor_warnings() {
    let mut seen = 0;
    for (name, paths) in fixtures()
        .into_iter()
        .filter(|(name, _)| name.starts_with("good-"))
    {
        let findings = lint(&name, &paths);
        let bad: Vec<_> = findings
            .iter()
            .filter(|finding| finding.severity != Severity::Advice)
            .collect();
        assert!(bad.is_empty(), "{name}: {bad:#?}");
        seen += 1;
    }
    assert!(seen >= 4);
}

#[test]
fn every_bad_fixture_is_described_and_has_findings() {
    let readme = std::fs::read_to_string(format!("{FIXTURES}/README.md")).unwrap();
    for (name, paths) in fixtures()
        .into_iter()
        .filter(|(name, _)| !name.starts_with("good-"))
    {
        assert!(
            readme.contains(&format!("`{name}")),
            "{name} is not in the README"
        );
        assert!(
            lint(&name, &paths)
                .iter()
                .any(|finding| finding.severity != Severity::Advice),
            "{name}"
        );
    }
}

#[test]
fn no_secret_is_ever_repeated() {
    for (name, paths) in fixtures() {
        let all = serde_json::to_string(&lint(&name, &paths)).unwrap();
        assert!(!all.contains("canary"), "{name}: {all}");
    }
}

#[test]
fn rules_are_told_in_whole_sentences_and_each_once() {
    let rules = rules();
    let ids: BTreeSet<_> = rules.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), rules.len());
    for rule in rules {
        let kebab = rule
            .id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        assert!(kebab, "{}", rule.id);
        assert!(
            rule.reason.ends_with('.') && !rule.fix.ends_with('.') && !rule.source.is_empty(),
            "{}",
            rule.id
        );
    }
}

#[test]
fn the_page_of_all_rules_is_the_rules() {
    let page = std::fs::read_to_string("docs/lint.md").unwrap();
    let (head, _) = page.split_once("## Errors").unwrap();
    let wanted = format!("{head}{}", table());
    if std::env::var_os("LANDFALL_TEST_BLESS").is_some() {
        std::fs::write("docs/lint.md", &wanted).unwrap();
    }
    assert!(
        page == wanted || std::env::var_os("LANDFALL_TEST_BLESS").is_some(),
        "run with LANDFALL_TEST_BLESS=1"
    );
}

/// Each rule is found by something: a fixture, or one of the texts here.
#[test]
fn every_rule_can_fire() {
    let mut fired: BTreeSet<&str> = BTreeSet::new();
    for (name, paths) in fixtures() {
        fired.extend(lint(&name, &paths).iter().map(|finding| finding.id));
    }
    let few = Facts {
        brokers: Some(1),
        version: Some(Version(4, 1, 0)),
        ..facts("x")
    };
    let texts = [
        ("clusters = a, b\na.bootstrap.servers =\na->b.enabled = true\na->b.topics = t\n", &few),
        ("clusters = a, b\na->b.enabled = true\nadd.source.alias.to.metrics = true\ntopics.blacklist = x\nc.x = 1\nc->b.topics = 1\n", &few),
        ("{\"connector.class\": \"MirrorSourceConnector\", \"key.converter\": \"a.ByteArrayConverter\", \"topics\": \"a\"}", &few),
        ("{\"connector.class\": \"MirrorSourceConnector\", \"use.incremental.alter.configs\": \"never\"}", &facts("x")),
    ]
    .map(|(text, facts)| (text, facts.clone()));
    for (text, facts) in &texts {
        fired.extend(ids_with(text, facts));
    }
    fired.extend(more());
    let of_environments = ["limit-passed", "topics-not-declared", "no-source"];
    let silent: Vec<_> = rules()
        .iter()
        .map(|rule| rule.id)
        .filter(|id| !fired.contains(id) && !of_environments.contains(id))
        .collect();
    assert!(silent.is_empty(), "never found: {silent:?}");
}

/// Rules that need a version, or a service of one tier.
fn more() -> Vec<&'static str> {
    let standard = Facts {
        services: Service::all(&Catalog::open(None, None).unwrap(), Some("Standard")).unwrap(),
        version: Some(Version(3, 7, 0)),
        ..Facts::default()
    };
    let hubs = "clusters = a, b\nb.bootstrap.servers = n.servicebus.windows.net:9093\na->b.enabled = true\n\
        a->b.topics = a,b,c,d,e,f,g\nb.producer.compression.type = gzip\nb.exactly.once.source.support = enabled\n\
        b.producer.buffer.memory = 900000000\nb.offset.flush.timeout.ms = 5000\ntasks.max = 8\n";
    let mut ids = ids_with(hubs, &standard);
    ids.extend(self::ids(hubs));
    let overlap = "clusters = a, b, c\na->c.enabled = true\nb->c.enabled = true\ntopics = t\n\
        replication.policy.class = org.apache.kafka.connect.mirror.IdentityReplicationPolicy\n";
    ids.extend(self::ids(overlap));
    ids
}

#[test]
fn a_custom_policy_is_no_error_and_a_missing_alias_is() {
    let text = "{\"connector.class\": \"MirrorSourceConnector\", \"topics\": \"a\"}";
    assert!(ids(text).contains(&"alias-missing"));
}

#[test]
fn intervals_are_added_up() {
    let reading = read::read(
        "f",
        b"clusters = a, b\na->b.enabled = true\nsync.group.offsets.enabled = true\nb.offset.flush.interval.ms = 30000\n",
        None,
    )
    .unwrap();
    let findings = lint_files(&[reading], &Facts::default());
    let drain = findings
        .iter()
        .find(|finding| finding.id == "slow-drain")
        .unwrap();
    assert_eq!(
        drain.found,
        "a cut-over waits 150 s for offsets: 30 (flush) + 60 (checkpoint) + 60 (group sync), and 600 more for a new group"
    );
}

#[test]
fn what_is_no_configuration_is_refused_with_a_reason() {
    let error = |bytes: &[u8]| read::read("f", bytes, None).unwrap_err();
    assert!(matches!(error(b""), LintError::Empty { .. }));
    assert!(matches!(
        error("\u{feff} \r\n".as_bytes()),
        LintError::Empty { .. }
    ));
    assert!(matches!(error(b"\x7fELF\x00\x01"), LintError::NotText { .. }));
    assert!(matches!(
        error(&vec![b'a'; read::LARGEST_BYTES + 1]),
        LintError::TooLarge { .. }
    ));
    assert!(matches!(error(b"a=b\nc=d\n"), LintError::NotMirrorMaker { .. }));
    assert!(matches!(
        error(b"{\"a\": \n"),
        LintError::Malformed { line: 2, .. }
    ));
    assert!(matches!(
        error(b"kind: KafkaMirrorMaker2\nspec: [\n"),
        LintError::Malformed { .. }
    ));
    assert!(matches!(
        error(b"clusters=a\nx=\\uZZZZ"),
        LintError::Malformed { line: 2, .. }
    ));
}

#[test]
fn marks_and_line_ends_of_another_system_change_nothing() {
    let text = std::fs::read_to_string(format!("{FIXTURES}/good-dedicated.properties")).unwrap();
    let other = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(ids(&text), ids(&other));
    assert!(ids(&text).is_empty());
}

#[test]
fn a_kind_can_be_forced() {
    let worker = read::read("f", b"rest.port=8083\n", Some(Kind::Worker)).unwrap();
    assert_eq!(worker.blocks[0].form, Form::Worker);
    let connector = read::read("f", b"{\"config\": {\"topics\": \"a\"}}", Some(Kind::Connector)).unwrap();
    assert_eq!(connector.blocks[0].settings[0].key, "topics");
}

proptest::proptest! {
    // Every case compiles a handful of expressions.
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_the_linter_panic(
        text in "((a->b|a|b|clusters|source.cluster|consumer|topics|replication)[.a-z_]{0,20}[ =:]{1,2}[a-zA-Z0-9*#, ${:}()\\\\-]{0,20}\n){0,12}",
    ) {
        let text = format!("clusters = a, b\na->b.enabled = true\n{text}");
        if let Ok(reading) = read::read("f", text.as_bytes(), None) {
            let _ = lint_files(&[reading], &Facts::default());
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
        for kind in [None, Some(Kind::Dedicated), Some(Kind::Connector), Some(Kind::Worker), Some(Kind::Strimzi)] {
            let _ = read::read("f", &bytes, kind);
        }
    }
}
