//! What a machine boots from: cloud-init, scripts and units, as far as they can be judged without a machine.
//!
//! `tests/docker` boots the same bytes in a container. The schema of cloud-init is that of Debian's package, or the file
//! that `LANDFALL_CLOUD_INIT_SCHEMA` names.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::rendered;

const SCHEMA: &str = "/usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json";

/// What a command prints when it ends well.
pub fn output(program: &str, arguments: &[&str]) -> String {
    let ended = Command::new(program).args(arguments).output().unwrap();
    assert!(
        ended.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&ended.stderr)
    );
    String::from_utf8(ended.stdout).unwrap()
}

fn has(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .unwrap();
    found.status.success()
}

fn text(files: &[landfall::template::RenderedFile], name: &str) -> String {
    let file = files.iter().find(|file| file.name == name);
    file.unwrap_or_else(|| panic!("no `{name}`")).text.clone()
}

#[test]
fn cloud_init_carries_every_file_byte_for_byte() {
    for (example, bundle) in rendered() {
        let text = text(&bundle.files, "cloud-init.yaml");
        assert!(text.starts_with("#cloud-config\n"));
        let value: Value = serde_saphyr::from_str(&text).unwrap();
        let written: BTreeMap<&str, &str> = value["write_files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| {
                let path = file["path"].as_str().unwrap();
                (
                    path.rsplit('/').next().unwrap(),
                    file["content"].as_str().unwrap(),
                )
            })
            .collect();
        let with_tokens = !example.context.given["tokens"].as_array().unwrap().is_empty();
        let carried = bundle.files.iter().filter(|file| {
            file.name != "cloud-init.yaml" && (with_tokens || !file.name.starts_with("landfall-token"))
        });
        for file in carried {
            assert_eq!(
                written.get(file.name.as_str()),
                Some(&file.text.as_str()),
                "{}",
                file.name
            );
        }
        for file in value["write_files"].as_array().unwrap() {
            let is_program = file["content"].as_str().unwrap().starts_with("#!");
            assert_eq!(file["permissions"] == "0755", is_program, "{}", file["path"]);
        }
        // Source: Microsoft.Compute, customData: at most 65,535 bytes before it is encoded.
        assert!(text.len() < 60_000, "{} bytes of custom data", text.len());
    }
}

#[test]
fn cloud_init_keeps_its_own_schema() {
    let place = std::env::var("LANDFALL_CLOUD_INIT_SCHEMA").unwrap_or_else(|_| SCHEMA.to_owned());
    let Ok(schema) = std::fs::read_to_string(&place) else {
        eprintln!("notice: no schema of cloud-init at {place}; only its structure is checked");
        return;
    };
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (example, bundle) in rendered() {
        let value: Value = serde_saphyr::from_str(&text(&bundle.files, "cloud-init.yaml")).unwrap();
        let problems: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(problems.is_empty(), "{:?}: {problems:#?}", example.name);
        let mut wrong = value.clone();
        wrong["write_files"] = 7.into();
        assert!(!validator.is_valid(&wrong), "the schema takes everything");
    }
}

#[test]
fn every_script_can_be_read_by_its_shell() {
    let folder = tempfile::tempdir().unwrap();
    for (_, bundle) in rendered() {
        for file in &bundle.files {
            let path = folder.path().join(&file.name);
            let path = path.to_str().unwrap();
            std::fs::write(path, &file.text).unwrap();
            if file.text.starts_with("#!/bin/sh") {
                output("sh", &["-n", path]);
                if has("shellcheck") {
                    // The sourced file is checked by itself.
                    output("shellcheck", &["--shell=sh", "--exclude=SC1091,SC2154", path]);
                }
            } else if file.text.starts_with("#!/usr/bin/env python3") && has("python3") {
                let read = format!("import ast; ast.parse(open({path:?}).read())");
                output("python3", &["-c", &read]);
            } else if file.name == "worker.env" {
                output(
                    "sh",
                    &[
                        "-c",
                        &format!("set -eu; . {path}; test -n \"$KAFKA_URL$KAFKA_SHA512\""),
                    ],
                );
            }
        }
    }
}

/// An archive that is not the one that was pinned never reaches its place.
#[test]
fn an_archive_with_another_sum_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (_, bundle) = rendered().remove(0);
    std::fs::write(at("archive"), "not Kafka").unwrap();
    std::fs::write(at("worker.env"), "KAFKA_SHA512='00'\nKAFKA_URL='x'\n").unwrap();
    let script = text(&bundle.files, "install-kafka")
        .replace("/etc/landfall/worker.env", &at("worker.env"))
        .replace("/opt/kafka", &at("kafka"));
    std::fs::write(at("install"), script).unwrap();
    std::fs::create_dir(at("bin")).unwrap();
    // Stands in for the download and for the user that a test cannot make.
    for (name, body) in [
        (
            "curl",
            format!(
                "for last; do :; done\nwhile [ \"$1\" != --output ]; do shift; done\ncp {} \"$2\"\n",
                at("archive")
            ),
        ),
        ("id", "exit 0\n".to_owned()),
    ] {
        std::fs::write(at(&format!("bin/{name}")), format!("#!/bin/sh\n{body}")).unwrap();
        output("chmod", &["+x", &at(&format!("bin/{name}"))]);
    }
    let path = format!("{}:{}", at("bin"), std::env::var("PATH").unwrap());
    let ended = Command::new("sh")
        .arg(at("install"))
        .env("PATH", path)
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains("does not have the SHA-512 sum 00"), "{told}");
    assert!(!folder.path().join("kafka").exists());
}
