//! Who may import whom: the table of ARCHITECTURE.md, held against every `crate::…` path under `src/`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints what replays it"
)]

use std::path::{Path, PathBuf};

/// A room and the rooms it may use beside itself, `run` and `model`.
const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("run", &[]),
    ("config", &[]),
    ("template", &[]),
    ("azure", &[]),
    ("kafka", &[]),
    ("deploy", &["template", "config", "azure"]),
    ("mirror", &["template", "config", "kafka"]),
    ("verify", &["config", "kafka"]),
    ("mock", &["kafka"]),
    ("ui", &[]),
    (
        "cli",
        &[
            "config", "template", "azure", "kafka", "deploy", "mirror", "verify", "mock", "ui",
        ],
    ),
    ("main", &["cli"]),
];

#[test]
fn every_import_follows_the_table() {
    let mut wrong = Vec::new();
    for file in sources(Path::new("src")) {
        let room = room_of(&file);
        if room == "lib" {
            continue;
        }
        let (_, allowed) = TABLE
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("no row for the room `{room}`"));
        let text = std::fs::read_to_string(&file).unwrap();
        for (index, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for used in rooms_in(line) {
                let ground = used == "model" || (used == "run" && room != "model");
                if used != room && !ground && !allowed.contains(&used.as_str()) {
                    wrong.push(format!(
                        "{}:{}: `{room}` may not import `{used}`",
                        file.display(),
                        index + 1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_file_holds_more_than_300_lines_before_its_tests() {
    let long: Vec<String> = sources(Path::new("src"))
        .into_iter()
        .filter_map(|file| {
            let text = std::fs::read_to_string(&file).unwrap();
            let lines = text
                .lines()
                .take_while(|line| !line.starts_with("#[cfg(test)]"))
                .count();
            (lines > 300).then(|| format!("{}: {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "split by noun:\n{}", long.join("\n"));
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.iter().any(|part| part == "tests" || part == "tests.rs") {
            // A room's tests in files of their own.
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn room_of(file: &Path) -> String {
    let inside = file.strip_prefix("src").unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms named by `crate::room` and `crate::{room::…, room::…}` on a line; `landfall::room` counts in `main.rs`.
fn rooms_in(line: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for start in ["crate::", "landfall::"] {
        for (at, _) in line.match_indices(start) {
            let rest = &line[at + start.len()..];
            if let Some(list) = rest.strip_prefix('{') {
                rooms.extend(list.split(',').map(|item| word(item.trim())));
            } else {
                rooms.push(word(rest));
            }
        }
    }
    rooms.retain(|room| TABLE.iter().any(|(name, _)| name == room));
    rooms
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn the_reader_of_imports_sees_lists_and_paths() {
    assert_eq!(
        rooms_in("use crate::{config::Environment, azure};"),
        ["config", "azure"]
    );
    assert_eq!(rooms_in("    crate::mock::site::start()"), ["mock"]);
}
