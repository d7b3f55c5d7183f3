//! One bundle, one emulator, three clients.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::median;
use super::scene::{Arm, Ran, Request, Scene, group};

const NAME: &str = "bench";

/// Who deploys.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    Landfall,
    Python { checks: bool },
    JavaScript,
}

const ALL: [Who; 4] = [
    Who::Landfall,
    Who::Python { checks: true },
    Who::Python { checks: false },
    Who::JavaScript,
];

/// One deployment by one client.
struct Measured {
    path: f64,
    /// Of the whole process, in seconds.
    whole: f64,
    /// From the PUT of the deployment until the look that saw its end.
    noticed: f64,
    /// From the PUT of the deployment until the process was gone.
    following: f64,
    requests: Phases,
}

/// Requests up to and with the PUT, from there until the end was seen, and afterwards.
struct Phases {
    before: f64,
    following: f64,
    after: f64,
}

impl Phases {
    fn of(requests: &[Request]) -> Self {
        let put = requests.iter().position(is_put).unwrap();
        let seen = requests.iter().rposition(is_status).unwrap();
        Self {
            before: (put + 1) as f64,
            following: (seen - put) as f64,
            after: (requests.len() - seen - 1) as f64,
        }
    }
}

fn is_put(request: &Request) -> bool {
    request.method == "PUT" && request.path.to_lowercase().contains("/deployments/")
}

fn is_status(request: &Request) -> bool {
    request.path.to_lowercase().contains("/operationstatuses/")
}

impl Who {
    fn name(self) -> &'static str {
        match self {
            Self::Landfall => "**`landfall up`**",
            Self::Python { checks: true } => "SDK for Python, validate and what-if first",
            Self::Python { checks: false } => "SDK for Python, PUT alone",
            Self::JavaScript => "SDK for JavaScript, PUT alone",
        }
    }

    fn is_here(self) -> bool {
        match self {
            Self::Landfall => true,
            Self::Python { .. } => python().exists(),
            Self::JavaScript => modules().exists(),
        }
    }

    fn deploy(self, scene: &Scene, arm: &Arm) -> Ran {
        let script = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/arm");
        let mut command = match self {
            Self::Landfall => return scene.landfall(&["up", NAME, "--mock", "--yes", "--no-baseline"]),
            Self::Python { checks } => {
                let mut command = Command::new(python());
                command.arg(script.join("deploy.py"));
                command.env("PYTHONDONTWRITEBYTECODE", "1");
                command.env("CHECKS", if checks { "1" } else { "" });
                command
            }
            Self::JavaScript => {
                // Modules are looked for beside the script.
                let copy = scene.path().join("deploy.mjs");
                std::fs::copy(script.join("deploy.mjs"), &copy).unwrap();
                std::os::unix::fs::symlink(modules(), scene.path().join("node_modules")).unwrap();
                let mut command = Command::new("node");
                command.arg(copy);
                command
            }
        };
        command
            .env("ARM", &arm.url)
            .env("TOKEN_FILE", &arm.token_file)
            .env("SUBSCRIPTION", super::scene::SUBSCRIPTION)
            .env("GROUP", group(NAME));
        scene.run(command)
    }
}

/// Where `tests/conformance/run` keeps the clients: below the target folder.
fn installed() -> Utf8PathBuf {
    if let Ok(folder) = std::env::var("LANDFALL_BENCH_CLIENTS") {
        return folder.into();
    }
    let binary = Utf8Path::new(env!("CARGO_BIN_EXE_landfall"));
    binary.ancestors().nth(2).unwrap().join("conformance")
}

fn python() -> Utf8PathBuf {
    installed().join("python/bin/python")
}

fn modules() -> Utf8PathBuf {
    installed().join("javascript/node_modules")
}

pub async fn table(rounds: usize) {
    println!(
        "| pace told | client | process / path | PUT to end / path | PUT to notice / path | requests | up to the PUT | \
         following | after | seconds of path |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    let here: Vec<Who> = ALL.into_iter().filter(|who| who.is_here()).collect();
    for who in ALL.iter().filter(|who| !here.contains(who)) {
        eprintln!("{}: not installed, see tests/conformance/run", who.name());
    }
    for (clock, pace) in [("real", "none"), ("x2", "250 ms")] {
        let mut rows: Vec<Vec<Measured>> = here.iter().map(|_| Vec::new()).collect();
        for round in 0..rounds {
            for turn in 0..here.len() {
                // Each begins a round once, so that none profits from its place.
                let which = (turn + round) % here.len();
                let one = measured(here[which], clock).await;
                eprintln!("{clock}, {}: {:.1} s", here[which].name(), one.whole);
                rows[which].push(one);
            }
        }
        for (who, row) in here.iter().zip(rows) {
            print(pace, *who, &row);
        }
    }
}

/// A site of its own for each, so that nothing is there before.
async fn measured(who: Who, clock: &str) -> Measured {
    let scene = Scene::new(&[NAME.to_owned()]);
    scene.landfall(&["render", NAME, "--format", "arm", "--out", "out"]);
    scene.site(clock);
    let arm = scene.arm();
    let ran = who.deploy(&scene, &arm);
    let requests = arm.requests().await;
    let put = requests.iter().find(|request| is_put(request)).unwrap();
    Measured {
        path: arm.critical_path(&group(NAME)).await,
        whole: ran.seconds,
        noticed: requests
            .iter()
            .rfind(|request| is_status(request))
            .unwrap()
            .time
            .duration_since(put.time)
            .as_secs_f64(),
        following: ran.ended.duration_since(put.time).as_secs_f64(),
        requests: Phases::of(&requests),
    }
}

fn print(pace: &str, who: Who, row: &[Measured]) {
    let of = |value: &dyn Fn(&Measured) -> f64| median(row.iter().map(value).collect());
    println!(
        "| {pace} | {} | {:.2} | {:.2} | {:.2} | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} |",
        who.name(),
        of(&|one| one.whole / one.path),
        of(&|one| one.following / one.path),
        of(&|one| one.noticed / one.path),
        of(&|one| one.requests.before + one.requests.following + one.requests.after),
        of(&|one| one.requests.before),
        of(&|one| one.requests.following),
        of(&|one| one.requests.after),
        of(&|one| one.path),
    );
}
