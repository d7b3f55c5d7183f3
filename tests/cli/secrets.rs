//! A canary secret must not turn up in anything that a run wrote.

use std::path::Path;

use crate::support::{Ran, Scene};

const CANARY: &str = "c4n4ry-s3cr3t-never-shown";

#[test]
fn no_secret_in_any_output_or_file() {
    let scene = Scene::new();
    scene.write("environments/local/secret.txt", CANARY);
    scene.site(true);
    let with_secret = [
        "--set",
        "source.security.protocol=SASL_PLAINTEXT",
        "--set",
        "source.security.mechanism=PLAIN",
        "--set",
        "source.security.username=me",
        "--set",
        "source.security.password.file=secret.txt",
        "--mock",
        "-vv",
    ];
    let runs: [&[&str]; 7] = [
        &["render", "local", "--format", "all", "--out", "out"],
        &["plan", "local"],
        &["up", "local", "--yes"],
        // The site's source wants no password: the sign-in is refused, and says so without it.
        &[
            "mirror",
            "local",
            "run",
            "--until",
            "caught-up",
            "--set",
            "source.bootstrap=127.0.0.1:1",
        ],
        &["status", "local", "--output", "json"],
        &["verify", "local"],
        &["down", "local", "--yes"],
    ];
    let token = scene.read(".landfall/mock/token").trim().to_owned();
    assert!(token.len() >= 32, "the token is random and long");
    for arguments in runs {
        let all: Vec<&str> = arguments.iter().chain(&with_secret).copied().collect();
        let Ran { stdout, stderr, .. } = scene.run(&all);
        for secret in [CANARY, token.as_str()] {
            assert!(
                !stdout.contains(secret) && !stderr.contains(secret),
                "{arguments:?}\n{stdout}\n{stderr}"
            );
        }
    }
    for secret in [CANARY, token.as_str()] {
        let mut holders = Vec::new();
        files_with(&scene.path("."), secret, &mut holders);
        holders.retain(|path| !path.ends_with("secret.txt") && !path.ends_with("mock/token"));
        assert!(holders.is_empty(), "{holders:?}");
    }
}

#[test]
fn the_state_folder_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    scene.site(false);
    scene.done(&["up", "local", "--mock", "--yes"]);
    let mut files = Vec::new();
    files_with(&scene.path(".landfall"), "", &mut files);
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}: {mode:o}");
    }
}

pub fn files_with(folder: &Path, text: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_with(&path, text, found);
        } else if String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(text) {
            found.push(path.display().to_string());
        }
    }
}
