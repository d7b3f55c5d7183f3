//! `up` and `down` killed at random moments: the next run takes up what Azure went on with, finishes, and deploys
//! nothing twice.
//!
//! `LANDFALL_TEST_KILLS` says how often each kind of deployment is killed, `LANDFALL_TEST_SEED` when.

use std::collections::BTreeSet;
use std::process::Child;
use std::time::{Duration, Instant};

use landfall::azure::deployments::Deployment;
use landfall::azure::groups::GroupScope;
use landfall::azure::{Client, Endpoint, Tokens};
use landfall::mock::arm::{Clock, Emulator, Running, Settings};
use tokio::runtime::Runtime;

use crate::support::Scene;
use crate::witness::Witness;

/// How often each kind is killed unless somebody says otherwise.
const KILLS: usize = 4;
/// How much faster than Azure the emulator is: a deployment takes a second or two.
const SPEED: f64 = 25.0;
/// After how many kills of `up` the environment goes, which is killed as well.
const ROUNDS_OF_ONE_LIFE: usize = 3;
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

#[test]
fn a_killed_up_is_finished_by_the_next_one_with_a_stack() {
    Killing::of("stack").go_on();
}

#[test]
fn a_killed_up_is_finished_by_the_next_one_with_plain_deployments() {
    Killing::of("incremental").go_on();
}

/// A scene whose site answers with a slow emulator, and what went by on the way there.
struct Killing {
    kind: &'static str,
    scene: Scene,
    runtime: Runtime,
    emulator: Running,
    witness: Witness,
    client: Client,
    random: u64,
    /// How many calls were looked at already.
    read: usize,
    /// The deployments that were known before.
    known: BTreeSet<String>,
}

impl Killing {
    fn of(kind: &'static str) -> Self {
        let scene = Scene::new();
        let group = "resource-group: rg-landfall-local\n";
        let with_kind = format!("{group}  deployment: {kind}\n");
        scene.edit("environments/local/environment.yaml", group, &with_kind);
        scene.site(false);
        let record = scene.site_record();
        let token = scene
            .read(record["token_file"].as_str().unwrap())
            .trim()
            .to_owned();
        let runtime = Runtime::new().unwrap();
        let (emulator, witness, client) = runtime.block_on(async {
            let mut settings = Settings::new(token.clone().into(), SUBSCRIPTION);
            settings.clock = Clock::real(SPEED);
            let emulator = Emulator::start(settings).await.unwrap();
            let witness = Witness::before(emulator.address()).await;
            let endpoint = Endpoint::at(&emulator.base_url()).unwrap();
            let client = Client::new(endpoint, Tokens::fixed(token.into())).unwrap();
            (emulator, witness, client)
        });
        // The program finds the emulator of this test at the address of the site.
        let there = record["arm"].as_str().unwrap();
        scene.edit(".landfall/mock/site.json", there, &witness.url);
        let random = seed();
        println!("{kind}: seed {random}: replay with LANDFALL_TEST_SEED={random}");
        Self {
            kind,
            scene,
            runtime,
            emulator,
            witness,
            client,
            random,
            read: 0,
            known: BTreeSet::new(),
        }
    }

    fn go_on(mut self) {
        let kills = std::env::var("LANDFALL_TEST_KILLS").map_or(KILLS, |text| text.parse().unwrap());
        let (mut span, mut under_way) = (Duration::from_secs(3), 0);
        for round in 0..kills {
            // Another size each time, so that there is something to deploy.
            let units = format!("target.parameters.throughput-units={}", 1 + round % 20);
            let up = ["up", "local", "--mock", "--yes", "--set", &units];
            let killed = self.scene.spawn(&up);
            under_way += usize::from(self.killed_within(killed, span));
            let began = Instant::now();
            self.scene.done(&up);
            span = began.elapsed().max(Duration::from_secs(1));
            self.was_deployed_once(&units);
            if round % ROUNDS_OF_ONE_LIFE == ROUNDS_OF_ONE_LIFE - 1 || round + 1 == kills {
                self.goes_although_killed(span);
            }
        }
        println!(
            "{}: {kills} kills of `up`, {under_way} while a deployment ran",
            self.kind
        );
        assert!(
            kills < 20 || under_way >= kills / 5,
            "only {under_way} kills fell into a deployment"
        );
        self.runtime.block_on(self.emulator.stop());
    }

    /// Kills a process at a random moment; whether a deployment ran then.
    fn killed_within(&mut self, mut process: Child, span: Duration) -> bool {
        let moment = span.mul_f64(self.drawn());
        std::thread::sleep(moment);
        process.kill().unwrap();
        process.wait().unwrap();
        let runs = self
            .deployments()
            .iter()
            .any(|deployment| !deployment.is_finished());
        println!(
            "{}: killed after {} ms, {}",
            self.kind,
            moment.as_millis(),
            if runs { "under way" } else { "idle" }
        );
        runs
    }

    /// One deployment came in this round, it succeeded, and no PUT met one that was still running.
    fn was_deployed_once(&mut self, round: &str) {
        let all = self.deployments();
        let new: Vec<&Deployment> = all.iter().filter(|one| !self.known.contains(&one.name)).collect();
        assert_eq!(new.len(), 1, "{round}: {new:#?}");
        assert!(new[0].succeeded(), "{round}: {new:#?}");
        self.known = all.iter().map(|one| one.name.clone()).collect();
        let seen = self.witness.seen();
        let is_put = |path: &str| path.contains("/deploymentstacks/") || path.contains("/deployments/");
        let puts: Vec<_> = seen[self.read..]
            .iter()
            .filter(|call| call.method == "PUT" && is_put(&call.path))
            .collect();
        self.read = seen.len();
        // A process that was killed can have sent one and not have lived to hear of it.
        assert_eq!(puts.len(), 1, "{round}: {puts:#?}");
        assert_ne!(puts[0].status, Some(409), "{round}: {puts:#?}");
        assert_eq!(
            puts[0].correlation_id, new[0].correlation_id,
            "{round}: {puts:#?}"
        );
        let ids: BTreeSet<&str> = seen.iter().map(|call| call.request_id.as_str()).collect();
        assert_eq!(ids.len(), seen.len(), "{round}: a request id was used twice");
    }

    /// A `down` that is killed, and the one that ends its work.
    fn goes_although_killed(&mut self, span: Duration) {
        let down = ["down", "local", "--mock", "--yes"];
        let killed = self.scene.spawn(&down);
        self.killed_within(killed, span);
        self.scene.done(&down);
        let group = self.runtime.block_on(self.client.group(&group())).unwrap();
        assert_eq!(group, None);
        assert!(self.deployments().is_empty());
        self.known.clear();
        self.read = self.witness.seen().len();
    }

    fn deployments(&self) -> Vec<Deployment> {
        self.runtime.block_on(self.client.deployments(&group())).unwrap()
    }

    /// A number from 0 to 1.
    fn drawn(&mut self) -> f64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.random >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

fn group() -> GroupScope {
    GroupScope {
        subscription: SUBSCRIPTION.into(),
        group: "rg-landfall-local".into(),
    }
}

fn seed() -> u64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    std::env::var("LANDFALL_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(u64::from(now.subsec_nanos()))
}
