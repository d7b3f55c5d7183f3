//! An environment whose engine is MirrorMaker 2, deployed to a site in containers and watched through the real binary.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::site::Site;

/// A premium namespace: its hubs may be compacted, and there is room for the topics of Kafka Connect.
const ENVIRONMENT: &str = "\
version: 1
name: rehearsal
azure:
  subscription: 00000000-0000-0000-0000-000000000000
  resource-group: rg-rehearsal
  location: westeurope
target:
  kind: event-hubs
  parameters: { namespace: landfall-rehearsal, sku: Premium }
source:
  bootstrap: source.landfall.internal:9092
  security: { protocol: PLAINTEXT }
";

/// A site with the environment `rehearsal` in its folder: `mock` are keys of that section, `more` is added to the file.
pub fn site(mock: &[&str], more: &str) -> Site {
    let site = Site::none(mock);
    let file = "environments/rehearsal/environment.yaml";
    site.scene.write(file, &format!("{ENVIRONMENT}{more}"));
    site.done(&["up", "rehearsal", "--mock=docker", "--yes"]);
    site
}

/// The result of a command of `landfall mirror rehearsal`, which must succeed.
pub fn mirror(site: &Site, arguments: &[&str]) -> Value {
    let head = ["mirror", "rehearsal"];
    let tail = ["--mock=docker", "--output", "json"];
    let ran = site.done(&[&head, arguments, &tail].concat());
    serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap()
}

/// Watches until everything is copied and nothing is wrong.
pub fn caught_up(site: &Site) -> Value {
    mirror(
        site,
        &["status", "--watch", "--until", "caught-up", "--interval", "1s"],
    )
}

/// What `landfall verify` says, whatever it says.
pub fn verdict(site: &Site, topics: &str) -> Value {
    let command = [
        "verify",
        "rehearsal",
        "--topics",
        topics,
        "--mock=docker",
        "--output",
        "json",
    ];
    let ran = site.run(&command);
    let line = ran
        .stdout
        .lines()
        .last()
        .unwrap_or_else(|| panic!("{}", ran.stderr));
    serde_json::from_str(line).unwrap()
}

/// Whether a line of a watch is a look.
pub fn is_a_look(line: &Value) -> bool {
    line["kind"] == "mirror-status"
}

/// A watch that goes on, and the JSON lines that it has printed.
pub struct Watch {
    child: Child,
    path: std::path::PathBuf,
    /// Lines that were there before the present fault.
    seen: usize,
}

impl Watch {
    pub fn start(site: &Site, poll: Duration) -> Self {
        let path = site.scene.path("watch.jsonl");
        let interval = format!("{}s", poll.as_secs());
        let command = [
            "mirror",
            "rehearsal",
            "status",
            "--watch",
            "--interval",
            &interval,
        ];
        let child = site
            .scene
            .command(&[&command[..], &["--mock=docker", "--output", "json"]].concat())
            .stdout(File::create(&path).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, path, seen: 0 }
    }

    fn lines(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.path).unwrap();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// How many looks there were since [`Watch::forget`].
    pub fn looks(&self) -> usize {
        let lines = self.lines();
        lines
            .iter()
            .skip(self.seen)
            .filter(|line| is_a_look(line))
            .count()
    }

    /// From now on only what is said from now on counts.
    pub fn forget(&mut self) {
        self.seen = self.lines().len();
    }

    /// Waits until something is said of which `is_it` holds; after how many looks since [`Watch::forget`], its own counted.
    pub fn says(&mut self, limit: Duration, what: &str, is_it: impl Fn(&Value) -> bool) -> usize {
        let began = Instant::now();
        loop {
            let lines = self.lines();
            if let Some(at) = lines.iter().skip(self.seen).position(&is_it) {
                let said = &lines[self.seen..=self.seen + at];
                let looks = said.iter().filter(|line| is_a_look(line)).count();
                println!(
                    "{what} after {:.1} s, {looks} looks",
                    began.elapsed().as_secs_f64()
                );
                return looks;
            }
            assert!(
                began.elapsed() < limit,
                "no {what} within {limit:?}; the last line: {:#?}",
                lines.last()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Asks it to end, as Ctrl-C does, and returns its exit code.
    pub fn interrupt(mut self) -> i32 {
        let asked = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
