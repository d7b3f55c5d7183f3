//! `fetch-secrets` against a metadata service and a key vault that live in this process.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use super::rendered;

const SECRET: &str = " pa\"ss\\wörd=#!";

/// Answers requests until the process ends; each is noted with its headers.
fn serve(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let reader = BufReader::new(stream.try_clone().unwrap());
            let lines: Vec<String> = reader
                .lines()
                .map(Result::unwrap)
                .take_while(|line| !line.is_empty())
                .collect();
            let (status, body) = answer(&lines[0]);
            heard.lock().unwrap().push(lines.join("\n"));
            let head = format!(
                "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    (port, requests)
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// The script of the first example, with lists of ours.
    fn new(secrets: &str, tokens: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (_, bundle) = rendered().remove(0);
        let script = bundle
            .files
            .iter()
            .find(|file| file.name == "fetch-secrets")
            .unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("fetch-secrets", &script.text);
        write("secrets.list", secrets);
        write(
            "tokens.list",
            &tokens.replace('@', folder.path().to_str().unwrap()),
        );
        let file = folder.path().join("out/secrets.properties");
        write(
            "worker.env",
            &format!("# read by scripts\nSECRETS_FILE='{}'\n", file.display()),
        );
        Self { folder }
    }

    fn run(&self, port: u16, arguments: &[&str]) -> Output {
        // Whoever runs the test may be root, and has no user `kafka`.
        let script = self.folder.path().join("fetch-secrets");
        let start = format!(
            "import os, runpy, sys; os.geteuid = lambda: 1; sys.argv = {arguments:?}; runpy.run_path('{}', run_name='__main__')",
            script.display()
        );
        Command::new("python3")
            .args(["-c", &start])
            .env("LANDFALL_ETC", self.folder.path())
            .env("LANDFALL_METADATA", format!("http://127.0.0.1:{port}"))
            .env("LANDFALL_PATIENCE", "2")
            .output()
            .unwrap()
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join(name)).ok()
    }
}

fn metadata_and_vault() -> (u16, Arc<Mutex<Vec<String>>>) {
    let refused_once = Mutex::new(true);
    serve(move |request| {
        if request.contains("/metadata/identity/oauth2/token") {
            return (200, r#"{"access_token":"the-token"}"#.to_owned());
        }
        // The role is not known at once.
        if std::mem::replace(&mut *refused_once.lock().unwrap(), false) {
            return (403, "{}".to_owned());
        }
        (200, serde_json::json!({ "value": SECRET }).to_string())
    })
}

#[test]
fn secrets_are_fetched_with_the_machines_identity_and_kept_for_the_worker_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (port, noted) = metadata_and_vault();
    let vault = format!("http://127.0.0.1:{port}");
    let place = Place::new(
        &format!("# a comment\nsource.password {vault} kafka-source\nsource.key-password {vault} key\n"),
        "@/out/target.token ns.servicebus.windows.net:9093,other:9093\n",
    );
    let ended = place.run(port, &["fetch-secrets"]);
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{told}");
    assert!(told.contains("403"), "the refusal is not told: {told}");
    assert!(!told.contains("wörd") && !told.contains("the-token"), "{told}");
    // The same text that `model::connect_secrets` writes for a container.
    let expected = [("source.password", SECRET), ("source.key-password", SECRET)].map(|(key, value)| {
        let line = landfall::model::connect_secrets::line(key, &value.to_owned().into());
        secrecy::ExposeSecret::expose_secret(&line).to_owned()
    });
    assert_eq!(place.read("out/secrets.properties").unwrap(), expected.concat());
    assert_eq!(place.read("out/target.token").unwrap(), "the-token");
    for name in ["out/secrets.properties", "out/target.token"] {
        let mode = std::fs::metadata(place.folder.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let noted = noted.lock().unwrap();
    let asked = |text: &str| noted.iter().any(|request| request.contains(text));
    assert!(asked("/secrets/kafka-source?api-version=7.4"), "{noted:?}");
    assert!(asked("Authorization: Bearer the-token"), "{noted:?}");
    assert!(asked("Metadata: true"), "{noted:?}");
    assert!(
        asked("resource=https%3A%2F%2Fns.servicebus.windows.net"),
        "{noted:?}"
    );
}

#[test]
fn the_timer_renews_tokens_and_leaves_secrets_alone() {
    let (port, _) = metadata_and_vault();
    let place = Place::new(
        "source.password http://127.0.0.1:9 x\n",
        "@/out/target.token ns:9093\n",
    );
    let ended = place.run(port, &["fetch-secrets", "--only-tokens"]);
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert_eq!(place.read("out/target.token").unwrap(), "the-token");
    assert_eq!(place.read("out/secrets.properties"), None);
}

#[test]
fn a_vault_that_refuses_for_good_is_an_error_that_names_it_and_leaves_no_file() {
    let (port, _) = serve(|request| {
        if request.contains("/metadata/") {
            (200, r#"{"access_token":"the-token"}"#.to_owned())
        } else {
            (403, "{}".to_owned())
        }
    });
    let place = Place::new(
        &format!("source.password http://127.0.0.1:{port} kafka-source\n"),
        "",
    );
    let ended = place.run(port, &["fetch-secrets"]);
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success());
    assert!(
        told.contains(&format!(
            "no answer from http://127.0.0.1:{port}/secrets/kafka-source: 403"
        )),
        "{told}"
    );
    assert!(place.read("out/secrets.properties").is_none());
}
