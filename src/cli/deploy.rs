//! `landfall plan`, `up` and `down`: look, then act.

mod markdown;
mod text;

use serde::Serialize;

use super::after;
use super::args::{Apply, OnInterrupt, Plan as PlanArgs, Up as UpArgs};
use super::connect;
use super::exit::Exit;
use super::failure::Failure;
use super::graph::Place;
use super::many;
use super::mirror;
use super::secrets;
use super::session::Session;
use super::workers;
use super::world::World;
use crate::config::Environment;
use crate::deploy::{self, DeployError, Destroyed, Outputs, Plan, SavedPlan};
use crate::template::Bundle;
use crate::ui::Output;

pub use self::text::{delta_lines, plan_line};

/// What `up` returns.
#[derive(Serialize)]
struct Up<'a> {
    environment: &'a str,
    changed: bool,
    outputs: serde_json::Map<String, serde_json::Value>,
    bootstrap: &'a str,
}

pub async fn plan(session: &Session<'_>, args: &PlanArgs) -> Result<Exit, Failure> {
    let names = many::names(session, &args.environments)?;
    many::is_of_one(&names, "--out", args.out.is_some())?;
    many::is_of_one(&names, "--graph", args.graph.is_some())?;
    many::each(session, &names, async |session, name| {
        Box::pin(plan_one(session, name, args)).await
    })
    .await
}

async fn plan_one(session: &Session<'_>, name: &str, args: &PlanArgs) -> Result<Exit, Failure> {
    let place = Place::of(args.graph.as_deref(), session.ui.output())?;
    let environment = session.environment(name)?;
    let bundle = workers::bundle(session, &environment).await?;
    let world = World::open(session, &environment).await?;
    session.header(&environment);
    let bundle = mirror::access::with_roles(session, &environment, &world, bundle).await?;
    let bundle = secrets::into_bundle(session, &world.client, &environment, bundle).await?;
    let baseline = session.baseline(&environment);
    let (sink, stop) = (&*session.ui, &session.stop);
    let plan = deploy::plan_against(&world.client, &environment, &bundle, &baseline, sink, stop).await;
    world.close().await;
    let plan = if args.reveal { plan?.reveal() } else { plan? };
    let ready = plan.failed().is_empty();
    if let Some(file) = args.out.as_deref().filter(|_| ready) {
        SavedPlan::of(&plan, &environment, &bundle).write(file)?;
    }
    let text = match session.ui.output() {
        Output::Markdown => markdown::plan(&plan),
        Output::Human | Output::Json => text::plan(&plan),
    };
    let text = match place {
        Some(place) => place.draw(&deploy::graph_of_plan(&plan), text)?,
        None => text,
    };
    session.ui.result(ready, &plan, &text);
    Ok(match (ready, args.exit_code && !plan.is_empty()) {
        (false, _) => Exit::Azure,
        (true, true) => Exit::Differences,
        (true, false) => Exit::Done,
    })
}

pub async fn up(session: &Session<'_>, args: &UpArgs) -> Result<Exit, Failure> {
    let names = many::names(session, &args.apply.environments)?;
    many::is_of_one(&names, "--plan", args.plan.is_some())?;
    may_ask_of(&names, args.apply.yes, "up")?;
    many::each(session, &names, async |session, name| {
        Box::pin(up_one(session, name, args)).await
    })
    .await
}

async fn up_one(session: &Session<'_>, name: &str, args: &UpArgs) -> Result<Exit, Failure> {
    let saved = args.plan.as_deref().map(SavedPlan::read).transpose()?;
    let environment = session.environment(name)?;
    let bundle = workers::bundle(session, &environment).await?;
    // Whoever saved a plan has looked at it.
    may_ask(session, args.apply.yes || saved.is_some(), "up")?;
    let world = World::open(session, &environment).await?;
    session.header(&environment);
    let bundle = mirror::access::with_roles(session, &environment, &world, bundle).await?;
    let bundle = secrets::into_bundle(session, &world.client, &environment, bundle).await?;
    let ended = apply(session, args, saved.as_ref(), &environment, &bundle, &world).await;
    world.close().await;
    ended
}

async fn apply(
    session: &Session<'_>,
    args: &UpArgs,
    saved: Option<&SavedPlan>,
    environment: &Environment,
    bundle: &Bundle,
    world: &World,
) -> Result<Exit, Failure> {
    let sink = &*session.ui;
    if let (Some(saved), Some(file)) = (saved, &args.plan) {
        saved.is_of(file, environment, bundle)?;
    }
    let baseline = session.baseline(environment);
    let stop = &session.stop;
    let plan = deploy::plan_against(&world.client, environment, bundle, &baseline, sink, stop).await?;
    let changed = !plan.is_empty();
    if let Some(saved) = saved {
        saved.still_holds(&plan)?;
    } else if changed && !args.apply.yes {
        session.ui.text_to_person(&text::plan(&plan));
        confirm(session, environment, "deploy").await?;
    }
    // Whoever confirmed the plan saw which providers it would register.
    let mut plan: Plan = plan.with_registration();
    if args.no_baseline {
        plan = plan.without_baseline();
    }
    let journal = session.journal(environment);
    let applied = deploy::apply(
        &world.client,
        environment,
        bundle,
        &plan,
        &journal,
        sink,
        &session.stop,
    )
    .await;
    let outputs = match applied {
        Err(stopped @ DeployError::Stopped { .. }) if is_called_off(session, args, &stopped).await => {
            let deployments = deploy::cancel(&world.client, environment, &journal, sink).await?;
            return Err(DeployError::Canceled { deployments }.into());
        }
        applied => applied?,
    };
    let mut outputs = outputs;
    after::carry_out(session, environment, bundle, world, &mut outputs).await?;
    show_outputs(session, environment, bundle, world, (&outputs, changed))
}

fn show_outputs(
    session: &Session<'_>,
    environment: &Environment,
    bundle: &Bundle,
    world: &World,
    (outputs, changed): (&Outputs, bool),
) -> Result<Exit, Failure> {
    let values = outputs.values();
    let bootstrap = bundle.connect.bootstrap(&values)?;
    let title = if changed { "deployed" } else { "nothing to change" };
    let verb = if connect::is_engine(environment, world) {
        "start"
    } else {
        "run"
    };
    let text = format!(
        "{title}: clients connect to {bootstrap} with {}\nNext: landfall mirror {} {verb}",
        bundle.connect.security.protocol.as_str(),
        environment.name
    );
    let up = Up {
        environment: environment.name.as_str(),
        changed,
        outputs: values,
        bootstrap: &bootstrap,
    };
    session.ui.result(true, &up, &text);
    Ok(Exit::Done)
}

pub async fn down(session: &Session<'_>, args: &Apply) -> Result<Exit, Failure> {
    let names = many::names(session, &args.environments)?;
    may_ask_of(&names, args.yes, "down")?;
    many::each(session, &names, async |session, name| {
        down_one(session, name, args).await
    })
    .await
}

async fn down_one(session: &Session<'_>, name: &str, args: &Apply) -> Result<Exit, Failure> {
    let environment = session.environment(name)?;
    may_ask(session, args.yes, "down")?;
    let world = World::open(session, &environment).await?;
    session.header(&environment);
    let ended = remove(session, args, &environment, &world).await;
    world.close().await;
    ended
}

async fn remove(
    session: &Session<'_>,
    args: &Apply,
    environment: &Environment,
    world: &World,
) -> Result<Exit, Failure> {
    let plan = deploy::destroy_plan(&world.client, environment).await?;
    if plan.is_empty() {
        session
            .ui
            .result(true, &Destroyed::default(), "nothing to remove");
        return Ok(Exit::Done);
    }
    if !args.yes {
        session.ui.text_to_person(&text::removal(&plan));
        confirm(session, environment, "remove").await?;
    }
    after::undo(session, environment, world).await?;
    let destroyed: Destroyed = deploy::destroy(
        &world.client,
        environment,
        plan,
        &session.journal(environment),
        &*session.ui,
        &session.stop,
    )
    .await?;
    session.ui.result(true, &destroyed, &text::removed(&destroyed));
    Ok(Exit::Done)
}

/// Several environments are not asked about one by one while others already run.
fn may_ask_of(names: &[String], yes: bool, command: &str) -> Result<(), Failure> {
    if yes || names.len() == 1 {
        return Ok(());
    }
    Err(Failure::several_not_confirmed(command))
}

/// A pipeline is told at once that it must say yes, before anything is asked of Azure.
pub fn may_ask(session: &Session<'_>, yes: bool, command: &str) -> Result<(), Failure> {
    use std::io::IsTerminal;
    if yes || (session.ui.output() == Output::Human && std::io::stdin().is_terminal()) {
        return Ok(());
    }
    Err(Failure::not_confirmed(command))
}

/// Whether whoever interrupted means the deployment itself, and not only the looking on.
async fn is_called_off(session: &Session<'_>, args: &UpArgs, stopped: &DeployError) -> bool {
    match args.on_interrupt {
        OnInterrupt::Cancel => true,
        OnInterrupt::Leave => false,
        OnInterrupt::Ask => {
            let question =
                format!("{stopped}.\nType `cancel` to call it off, or press Enter to leave it running:");
            session.ask(question).await.as_deref() == Some("cancel")
        }
    }
}

/// Asks for the environment's name in full. Ctrl-C is a no.
pub async fn confirm(session: &Session<'_>, environment: &Environment, verb: &str) -> Result<(), Failure> {
    let question = format!("Type `{}` to {verb} it:", environment.name);
    let answer = tokio::select! {
        biased;
        () = session.stop.asked() => None,
        answer = session.ask(question) => answer,
    };
    match answer {
        Some(answer) if answer == environment.name.as_str() => Ok(()),
        _ => Err(Failure::declined()),
    }
}
