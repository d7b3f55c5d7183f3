//! What is deployed beside a target: the workers of MirrorMaker 2, from their templates to machines that boot.
//!
//! `UPDATE_GOLDEN=1 cargo test --test workers` rewrites `templates/mirror/golden/`; read the diff before committing it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it passes over something"
)]

#[path = "workers/boot.rs"]
mod boot;
#[path = "workers/deploy.rs"]
mod deploy;
#[path = "workers/secrets.rs"]
mod secrets;

use camino::{Utf8Path, Utf8PathBuf};
use landfall::template::{Addition, AdditionBundle, Catalog, Example};

fn mirror() -> Addition {
    Catalog::open(None, None).unwrap().addition("mirror").unwrap()
}

fn rendered() -> Vec<(Example, AdditionBundle)> {
    let mirror = mirror();
    let examples = mirror.examples().unwrap();
    assert!(examples.len() >= 3, "the workers lost their examples");
    let render = |example: Example| {
        let bundle = mirror.render(&example.context).unwrap();
        (example, bundle)
    };
    examples.into_iter().map(render).collect()
}

fn golden(example: &Example) -> Utf8PathBuf {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mirror/golden");
    folder.join(example.name.as_deref().unwrap_or("example"))
}

fn files(bundle: &AdditionBundle) -> Vec<(String, String)> {
    let mut files = vec![
        ("azuredeploy.json".to_owned(), bundle.arm_json()),
        ("azuredeploy.parameters.json".to_owned(), bundle.parameters_json()),
    ];
    let others = bundle.files.iter();
    files.extend(others.map(|file| (file.name.clone(), file.text.clone())));
    files
}

#[test]
fn every_example_renders_to_its_golden_files_and_to_no_more() {
    let rewrite = std::env::var_os("UPDATE_GOLDEN").is_some();
    for (example, bundle) in rendered() {
        let folder = golden(&example);
        if rewrite {
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).unwrap();
        }
        let files = files(&bundle);
        for (name, text) in &files {
            if rewrite {
                std::fs::write(folder.join(name), text).unwrap();
            }
            let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(
                kept == *text,
                "{folder}/{name} differs; UPDATE_GOLDEN=1 rewrites it:\n{text}"
            );
        }
        let found = folder.read_dir_utf8().unwrap().count();
        assert_eq!(found, files.len(), "{folder} holds what is not rendered");
    }
}

#[test]
fn no_secret_and_no_open_door_in_any_rendering() {
    for (example, bundle) in rendered() {
        let text = bundle.arm_json() + &bundle.parameters_json();
        assert!(!text.contains("adminPassword"), "a password signs in");
        assert!(
            !text.contains("publicIPAddressConfiguration"),
            "a worker has a public address"
        );
        let resources = bundle.template["resources"].as_array().unwrap();
        let guard = resources
            .iter()
            .find(|resource| resource["type"] == "Microsoft.Network/networkSecurityGroups")
            .unwrap();
        let rules = guard["properties"]["securityRules"].as_array().unwrap();
        for rule in rules {
            let rule = &rule["properties"];
            let from_anywhere =
                rule["sourceAddressPrefix"] == "*" || rule["sourceAddressPrefix"] == "Internet";
            assert!(
                !from_anywhere || rule["access"] == "Deny",
                "{:?}: {rule:#}",
                example.name
            );
        }
        assert_eq!(rules.last().unwrap()["properties"]["access"], "Deny");
        let operators = rules.iter().any(|rule| rule["name"] == "rest-from-operators");
        let asked = !example.context.parameters["rest-from"]
            .as_array()
            .unwrap()
            .is_empty();
        assert_eq!(operators, asked, "{:?}", example.name);
    }
}

#[test]
fn the_key_that_nobody_has_is_the_sum_of_its_sentence() {
    let sum = boot::output(
        "sh",
        &[
            "-c",
            "printf %s \"landfall: nobody has the private half of this key, 5\" | sha512sum >/dev/null; printf %s \"landfall: nobody has the private half of this key, 5\" | sha256sum",
        ],
    );
    let (_, bundle) = rendered().remove(0);
    let key = bundle.parameters["parameters"]["sshPublicKey"]["value"]
        .as_str()
        .unwrap();
    let blob = key.split(' ').nth(1).unwrap();
    let bytes = boot::output(
        "sh",
        &[
            "-c",
            &format!("printf %s {blob} | base64 -d | tail -c 32 | od -An -v -tx1 | tr -d ' \\n'"),
        ],
    );
    assert_eq!(sum.split(' ').next().unwrap(), bytes.trim());
}

#[test]
fn every_rendering_is_bicep_too() {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_bicep::LANGUAGE.into()).unwrap();
    for (example, bundle) in rendered() {
        for file in bundle.bicep().unwrap() {
            let tree = parser.parse(&file.text, None).unwrap();
            assert!(
                !tree.root_node().has_error(),
                "{:?} {}:\n{}",
                example.name,
                file.name,
                file.text
            );
        }
    }
}

#[test]
fn every_parameter_explains_itself_and_the_page_is_there() {
    let mirror = mirror();
    for (name, parameter) in mirror.schema()["properties"].as_object().unwrap() {
        let text = parameter["description"].as_str().unwrap_or_default();
        assert!(text.ends_with('.'), "`{name}` has no description");
    }
    let page = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mirror/README.md");
    let page = std::fs::read_to_string(page).unwrap();
    for heading in [
        "## What it makes",
        "## Secrets",
        "## What costs money",
        "## Changing it later",
    ] {
        assert!(page.contains(heading), "`{heading}` is missing");
    }
}
