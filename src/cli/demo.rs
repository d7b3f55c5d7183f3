//! `landfall demo`: the whole journey on a site of its own, with real records, and evidence at the end.

mod copy;
mod evidence;
mod place;
mod result;

use std::sync::Arc;

use serde::Serialize;

use self::evidence::Evidence;
use self::result::{DemoResult, farewell};
use super::args::{self, MockKind};
use super::clusters;
use super::containers;
use super::deploy::plan_line;
use super::exit::Exit;
use super::failure::Failure;
use super::mock::remove_containers;
use super::session::Session;
use super::token::random_token;
use super::world::World;
use crate::config::Environment;
use crate::deploy::{self, Outputs, Plan};
use crate::kafka::Cluster;
use crate::mock::dataset;
use crate::mock::place::Place;
use crate::mock::site::{self, Site};
use crate::model::units::grouped;
use crate::run::{Sink, Step};
use crate::template::Bundle;
use crate::verify::{self, Verdict};

/// One finished step.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    pub name: &'static str,
    pub seconds: f64,
}

/// What the steps hand to each other.
struct Journey<'a> {
    session: &'a Session<'a>,
    environment: Environment,
    world: World,
    steps: Vec<Done>,
}

pub async fn run(session: &Session<'_>, args: &args::Demo) -> Result<Exit, Failure> {
    let place = place::fresh(session).await?;
    // On the heap: the whole journey is in it.
    let ended = Box::pin(go(session, args, &place)).await;
    if session.global.mock == Some(MockKind::Docker) && !(args.keep && ended.is_ok()) {
        // What the journey says counts more than trouble while tidying up.
        let removed = remove_containers(&place).await;
        return ended.and_then(|exit| removed.map(|_| exit));
    }
    ended
}

async fn go(session: &Session<'_>, args: &args::Demo, place: &Place) -> Result<Exit, Failure> {
    let began = jiff::Timestamp::now();
    let environment = place::environment(session)?;
    session.header(&environment);
    let mut steps = Vec::new();

    let containers = match session.global.mock {
        Some(MockKind::Docker) => {
            let settings = containers::settings(session, Some(&environment))?;
            let clock = std::time::Instant::now();
            let started = containers::start(session, place, &settings).await?;
            steps.push(Done {
                name: "containers",
                seconds: clock.elapsed().as_secs_f64(),
            });
            Some(started)
        }
        _ => None,
    };
    let title = if containers.is_some() {
        "Start a mock site: ARM emulator, beside the containers"
    } else {
        "Start a mock site: ARM emulator, two Kafka clusters"
    };
    let in_containers = containers.is_some();
    let step = Step::start(&*session.ui, "site", title);
    let token = random_token();
    let settings = site::Settings {
        listen: site::ANY_PORT,
        token: token.clone(),
        token_file: None,
        subscription: environment.azure.subscription.clone(),
        place: Some(place.clone()),
        containers,
        laboratory: site::Laboratory::default(),
    };
    let site = Site::start(settings).await?;
    let source = site.address().source_cluster()?;
    let bootstrap = environment.source.as_ref().map(|source| source.bootstrap.clone());
    let world = World::of_site(site, token, bootstrap.as_deref())?;
    steps.push(Done {
        name: "site",
        seconds: step.done(None),
    });

    let mut journey = Journey {
        session,
        environment,
        world,
        steps,
    };
    journey.load(&source).await?;
    let bundle = journey.render()?;
    let plan = journey.plan("plan", "Plan", &bundle).await?;
    let outputs = journey.deploy(&bundle, &plan).await?;
    let copied = journey.mirror(&bundle, &outputs).await?;
    let verdict = journey.verify().await?;
    journey.plan("plan-again", "Plan again", &bundle).await?;
    if !args.keep {
        journey.down().await?;
    }
    let Journey {
        environment,
        world,
        steps,
        ..
    } = journey;
    world.close().await;

    let path = place::evidence(session);
    Evidence {
        began,
        environment: &environment,
        bundle: &bundle,
        plan: &plan,
        outputs: &outputs,
        copied: &copied,
        verdict: &verdict,
        steps: &steps,
    }
    .write(&path)?;
    let result = DemoResult {
        records: verdict.counts.records,
        lost: verdict.counts.missing,
        duplicated: verdict.counts.duplicated,
        altered: verdict.counts.altered + verdict.counts.reordered + verdict.counts.extra,
        steps: &steps,
        evidence: path.as_str(),
    };
    session.ui.result(
        verdict.ok,
        &result,
        &farewell(
            &result,
            &verdict,
            copied.bytes(),
            environment.target.kind.as_str(),
            in_containers,
        ),
    );
    Ok(if verdict.ok { Exit::Done } else { Exit::Differences })
}

impl Journey<'_> {
    fn sink(&self) -> Arc<dyn Sink> {
        Arc::clone(&self.session.ui) as Arc<dyn Sink>
    }

    async fn load(&mut self, source: &Cluster) -> Result<(), Failure> {
        let sink = self.sink();
        let step = Step::start(&*sink, "load", "Load the source with real records");
        let written = dataset::load(source, &self.session.stop).await?;
        self.end(
            "load",
            step,
            format!("{} in {} topics", grouped(written), dataset::TOPICS.len()),
        )
    }

    fn render(&mut self) -> Result<Bundle, Failure> {
        let sink = self.sink();
        let step = Step::start(&*sink, "render", "Render the templates");
        let bundle = deploy::bundle(&self.environment, &self.session.catalog(&self.environment)?)?;
        let bicep = bundle.bicep()?;
        self.end("render", step, format!("ARM, parameters, {} Bicep", bicep.len()))?;
        Ok(bundle)
    }

    async fn plan(&mut self, name: &'static str, title: &str, bundle: &Bundle) -> Result<Plan, Failure> {
        let sink = self.sink();
        let step = Step::start(&*sink, name, title);
        let plan = deploy::plan(
            &self.world.client,
            &self.environment,
            bundle,
            &crate::run::Quiet,
            &self.session.stop,
        )
        .await?;
        self.end(name, step, plan_line(&plan))?;
        Ok(plan)
    }

    async fn deploy(&mut self, bundle: &Bundle, plan: &Plan) -> Result<Outputs, Failure> {
        let sink = self.sink();
        let step = Step::start(&*sink, "deploy", "Deployed");
        let journal = place::journal(self.session);
        let outputs = deploy::apply(
            &self.world.client,
            &self.environment,
            bundle,
            plan,
            &journal,
            &*sink,
            &self.session.stop,
        )
        .await?;
        let bootstrap = bundle.connect.bootstrap(&outputs.values())?;
        self.end("deploy", step, bootstrap)?;
        Ok(outputs)
    }

    async fn verify(&mut self) -> Result<Verdict, Failure> {
        let sink = self.sink();
        let flow = clusters::flow(self.session, &self.environment, &self.world).await?;
        let step = Step::start(&*sink, "verify", "Verify every record");
        let verdict = verify::run(
            &flow.source,
            &flow.target,
            &flow.topics,
            verify::Options::default(),
            &*sink,
            &self.session.stop,
        )
        .await?;
        let note = if verdict.ok {
            format!("{} equal", grouped(verdict.counts.records))
        } else {
            "the sides differ".into()
        };
        self.end("verify", step, note)?;
        Ok(verdict)
    }

    async fn down(&mut self) -> Result<(), Failure> {
        let sink = self.sink();
        let step = Step::start(&*sink, "down", "Taken down");
        let plan = deploy::destroy_plan(&self.world.client, &self.environment).await?;
        deploy::destroy(
            &self.world.client,
            &self.environment,
            plan,
            &place::journal(self.session),
            &*sink,
            &self.session.stop,
        )
        .await?;
        self.end("down", step, "nothing is left".to_owned())
    }

    /// Ends a step; a wish to stop is heard between two steps.
    fn end(&mut self, name: &'static str, step: Step<'_>, note: String) -> Result<(), Failure> {
        self.steps.push(Done {
            name,
            seconds: step.done(note),
        });
        if self.session.stop.is_asked() {
            return Err(Failure::stopped());
        }
        Ok(())
    }
}
