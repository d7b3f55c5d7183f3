//! A folder with environments and a background site of its own; what the site's emulator was asked, and by whom.

use std::process::{Command, Stdio};
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::{SignedDuration, Timestamp};
use landfall::mock::background;
use landfall::mock::place::Place;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use wait4::Wait4;

pub const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
/// How long a namespace takes, which is nearly all of the critical path.
pub const SECONDS: u32 = 15;

/// A scene; its site ends with it.
pub struct Scene {
    folder: TempDir,
}

/// One process, from its start to its end.
pub struct Ran {
    pub ended: Timestamp,
    pub seconds: f64,
    pub peak_mib: f64,
}

/// A request as the emulator wrote it down.
#[derive(Deserialize)]
pub struct Request {
    pub time: Timestamp,
    pub method: String,
    pub path: String,
    pub status: Option<u16>,
}

#[derive(Deserialize)]
struct List<T> {
    value: Vec<T>,
}

/// Where the emulator of a scene is, and the token for it.
pub struct Arm {
    pub url: String,
    pub token: String,
    pub token_file: Utf8PathBuf,
    http: reqwest::Client,
}

impl Scene {
    /// Environments of these names and no others, each with an Event Hubs namespace and three hubs.
    pub fn new(names: &[String]) -> Self {
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let base = std::fs::read_to_string("environments/base.yaml").unwrap();
        scene.write("environments/base.yaml", &base);
        let local = std::fs::read_to_string("environments/local/environment.yaml").unwrap();
        for name in names {
            let own = local
                .replace("name: local", &format!("name: {name}"))
                .replace("rg-landfall-local", &group(name))
                // The SDKs put a plain deployment, so this does too.
                .replace(
                    "  location: westeurope",
                    "  location: westeurope\n  deployment: incremental",
                )
                .replace(
                    "namespace: landfall-local",
                    &format!("namespace: landfall-{name}"),
                )
                // The local target is one cluster, so each has topics of its own.
                .replace("    flights:", &format!("    flights-{name}:"))
                .replace("    airports:", &format!("    airports-{name}:"))
                .replace("    flight-status:", &format!("    flight-status-{name}:"))
                .replace("include: [flights, airports, flight-status]", "include: ['*']");
            scene.write(&format!("environments/{name}/environment.yaml"), &own);
        }
        scene
    }

    /// Starts the site. At `real` speed its emulator tells nobody when to ask again, as Azure does not for deployments; at `x2`
    /// it tells 250 ms, and everything is told to take twice as long, so that it takes the same.
    pub fn site(&self, clock: &str) {
        let takes = SECONDS * if clock == "x2" { 2 } else { 1 };
        let latency = format!("Microsoft.EventHub/namespaces={takes}s");
        self.landfall(&[
            "mock",
            "up",
            "--embedded",
            "--clock",
            clock,
            "--latency",
            &latency,
        ]);
    }

    pub fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path().join(inside);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn landfall(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        for (name, _) in std::env::vars() {
            if name.starts_with("LANDFALL_") || name.starts_with("AZURE_") {
                command.env_remove(name);
            }
        }
        command.args(arguments);
        self.run(command)
    }

    /// Runs a command in the folder; one that fails ends the bench with what it said.
    pub fn run(&self, mut command: Command) -> Ran {
        let said = self.path().join("said");
        let file = std::fs::File::create(&said).unwrap();
        command
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file);
        let began = Instant::now();
        let used = command.spawn().unwrap().wait4().unwrap();
        let ran = Ran {
            ended: Timestamp::now(),
            seconds: began.elapsed().as_secs_f64(),
            peak_mib: used.rusage.maxrss as f64 / 1024.0 / 1024.0,
        };
        let said = std::fs::read_to_string(said).unwrap();
        assert!(used.status.success(), "{command:?}: {said}");
        ran
    }

    pub fn arm(&self) -> Arm {
        let state = self.path().join(".landfall");
        let site = background::find(&Place::of(&state)).unwrap().unwrap().site;
        let token_file = self.path().join(site.token_file.unwrap());
        Arm {
            url: site.arm,
            token: std::fs::read_to_string(&token_file).unwrap().trim().to_owned(),
            token_file,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.landfall(&["mock", "down"]);
    }
}

impl Arm {
    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> T {
        let request = self
            .http
            .get(format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.json().await.unwrap()
    }

    /// What it was asked so far, oldest first, without what only the emulator has.
    pub async fn requests(&self) -> Vec<Request> {
        let list: List<Request> = self.get("/landfall/requests").await;
        let mut requests = list.value;
        requests.retain(|request| !request.path.starts_with("/landfall"));
        requests
    }

    /// Seconds from the acceptance to the end of the only deployment in the group, as the emulator keeps them.
    pub async fn critical_path(&self, group: &str) -> f64 {
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}");
        let all = format!("{group}/providers/Microsoft.Resources/deployments?api-version=2025-04-01");
        let deployments: List<Value> = self.get(&all).await;
        let [deployment] = &deployments.value[..] else {
            panic!("not one deployment: {:?}", deployments.value);
        };
        let took: SignedDuration = deployment["properties"]["duration"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        took.as_secs_f64()
    }
}

/// The resource group of an environment.
pub fn group(name: &str) -> String {
    format!("rg-{name}")
}
