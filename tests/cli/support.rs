//! A folder of its own for every test, and the binary run in it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder with environments and a state folder; a site that was started in it ends with it.
pub struct Scene {
    folder: TempDir,
}

/// What a command did.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Scene {
    /// A folder with a copy of the shipped environments.
    pub fn new() -> Self {
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        copy(&PathBuf::from("environments"), &scene.path("environments"));
        scene
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, inside: &str) -> String {
        std::fs::read_to_string(self.path(inside)).unwrap()
    }

    /// Replaces text in a file of the scene; the text must be there.
    pub fn edit(&self, inside: &str, from: &str, to: &str) {
        let text = self.read(inside);
        assert!(text.contains(from), "no `{from}` in {inside}:\n{text}");
        self.write(inside, &text.replacen(from, to, 1));
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null());
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("LANDFALL_") || name.starts_with("AZURE_"))
        {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments))
    }

    /// Runs a command that must succeed.
    pub fn done(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}\n{}\n{}", ran.stdout, ran.stderr);
        ran
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Starts a background site with the shipped records in its source.
    pub fn site(&self, loaded: bool) {
        self.done(&["mock", "up", "--embedded"]);
        if loaded {
            self.done(&["mock", "load"]);
        }
    }

    /// The record of the background site.
    pub fn site_record(&self) -> Value {
        serde_json::from_str(&self.read(".landfall/mock/site.json")).unwrap()
    }

    /// Sends a request to the emulator of the background site and returns the status.
    pub fn arm(&self, method: &str, path: &str, body: &Value) -> u16 {
        self.arm_answer(method, path, body).0
    }

    /// As [`arm`](Self::arm), with the body of the answer; null when it has none.
    pub fn arm_answer(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let record = self.site_record();
        let token =
            std::fs::read_to_string(self.folder.path().join(record["token_file"].as_str().unwrap())).unwrap();
        let url = format!("{}{path}", record["arm"].as_str().unwrap());
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::new();
            let request = client
                .request(method.parse().unwrap(), url)
                .bearer_auth(token.trim())
                .json(body);
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            (status, answer.json().await.unwrap_or_default())
        })
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if self.path(".landfall/mock/site.json").exists() {
            let _ = self.run(&["mock", "down"]);
        }
    }
}

impl Ran {
    /// The last line of standard output as JSON.
    pub fn json(&self) -> Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// Fails unless the command ended with `code` and standard error holds all of `texts`.
    #[track_caller]
    pub fn fails(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        for text in texts {
            assert!(self.stderr.contains(text), "no `{text}` in\n{}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}

pub fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
