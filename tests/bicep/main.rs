//! What the Bicep emitter makes of whole templates, checked by a grammar that is not ours.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking, in its helpers too"
)]

mod features;
mod refusals;

use landfall::template::Catalog;
use landfall::template::bicep::{BicepFile, emit};
use serde_json::Value;

/// Everything the grammar of `tree-sitter-bicep` could not read.
fn mistakes(text: &str) -> Vec<String> {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_bicep::LANGUAGE.into()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let (mut found, mut open) = (Vec::new(), vec![tree.root_node()]);
    while let Some(node) = open.pop() {
        if node.is_error() || node.is_missing() {
            let line = text.lines().nth(node.start_position().row).unwrap_or_default();
            found.push(format!("line {}: {line}", node.start_position().row + 1));
        }
        let mut cursor = node.walk();
        open.extend(node.children(&mut cursor));
    }
    found
}

fn shown(files: &[BicepFile]) -> String {
    files
        .iter()
        .map(|file| format!("// === {} ===\n{}", file.name, file.text))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Emits `template`, as [`sound`] says.
fn bicep(template: &Value) -> String {
    sound(&emit(template).unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error))))
}

/// Every file must parse, and no ARM expression may be left over.
fn sound(files: &[BicepFile]) -> String {
    assert_eq!(files[0].name, "main.bicep");
    for file in files {
        let mistakes = mistakes(&file.text);
        assert!(mistakes.is_empty(), "{}: {mistakes:#?}\n{}", file.name, file.text);
        for leftover in [
            "'[parameters(",
            "'[variables(",
            "'[resourceId(",
            "'[concat(",
            "copyIndex(",
            "lambdaVariables(",
        ] {
            assert!(
                !file.text.contains(leftover),
                "{} still holds {leftover}",
                file.name
            );
        }
    }
    shown(files)
}

fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/arm/{name}.json", env!("CARGO_MANIFEST_DIR"));
    bicep(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

#[test]
fn virtual_machines() {
    insta::assert_snapshot!(fixture("virtual-machines"));
}

#[test]
fn private_endpoint() {
    insta::assert_snapshot!(fixture("private-endpoint"));
}

#[test]
fn nested_deployments() {
    insta::assert_snapshot!(fixture("nested-deployments"));
}

#[test]
fn symbolic_names() {
    insta::assert_snapshot!(fixture("symbolic-names"));
}

/// The ARM templates below `folder`, however deep.
fn templates_below(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Value)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(templates_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            let template = serde_json::from_str(&text).unwrap_or(Value::Null);
            if template["$schema"]
                .as_str()
                .is_some_and(|schema| schema.to_lowercase().contains("deploymenttemplate"))
            {
                found.push((path, template));
            }
        }
    }
    found
}

#[test]
fn every_template_of_this_repository_becomes_bicep_that_parses() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = templates_below(&root.join("tests/fixtures/arm"));
    let own = std::env::var_os("LANDFALL_TEST_TEMPLATES").map(std::path::PathBuf::from);
    all.extend(templates_below(&own.unwrap_or_else(|| root.join("templates"))));
    assert!(all.len() >= 4);
    for (path, template) in all {
        assert!(bicep(&template).len() > 100, "{}", path.display());
    }
}

#[test]
fn a_target_and_what_is_beside_it_are_modules_that_give_and_take() {
    let catalog = Catalog::open(None, None).unwrap();
    let mut seen = 0;
    for (_, folder) in catalog.addons().unwrap() {
        let addition = catalog.addition(&folder).unwrap();
        let mut names = catalog.targets().unwrap().into_iter();
        let target = names.find(|name| addition.suits(name).is_ok()).unwrap();
        let target = catalog.target(&target).unwrap();
        let context = &target.examples().unwrap()[0].context;
        for example in addition.examples().unwrap() {
            let mut bundle = target.render(context).unwrap();
            bundle.additions.push(addition.render(&example.context).unwrap());
            let text = sound(&bundle.bicep().unwrap());
            assert!(text.contains("module "), "{text}");
            seen += bundle.additions[0].takes.len();
        }
    }
    assert!(seen > 0, "nothing was taken");
}

#[test]
fn values_are_given_as_they_are_and_secrets_are_asked_of_whoever_deploys() {
    let catalog = Catalog::open(None, None).unwrap();
    let name = landfall::model::name::TargetName::parse("hdinsight").unwrap();
    let target = catalog.target(&name).unwrap();
    let mut bundle = target.render(&target.examples().unwrap()[0].context).unwrap();
    bundle.parameters["parameters"]["sshUser"]["value"] = "[not('an expression')]".into();
    let capture = catalog.addition("addons/capture").unwrap();
    let example = &capture.examples().unwrap()[0].context;
    bundle.additions.push(capture.render(example).unwrap());
    let text = sound(&bundle.bicep().unwrap());
    let main = text.split("// === ").nth(1).unwrap();
    assert!(main.contains("sshUser: '[not(\\'an expression\\')]'"), "{main}");
    assert!(main.contains("@secure()\n"), "{main}");
    assert!(main.contains("param gatewayPassword string"), "{main}");
    assert!(main.contains("gatewayPassword: gatewayPassword"), "{main}");
}
