//! `landfall status`: what is deployed, where clients connect, how far the mirror is.

mod drift;
mod markdown;

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value};

use super::args;
use super::clusters;
use super::connect::Workers;
use super::exit::Exit;
use super::failure::Failure;
use super::graph::Place;
use super::many;
use super::session::Session;
use super::workers;
use super::world::World;
use crate::config::Environment;
use crate::deploy;
use crate::mirror::{self, PositionSource};
use crate::model::security::Mechanism;
use crate::model::units::Lag;
use crate::ui::Output;
use crate::ui::table::table;

/// The answer: Azure's part, and the mirror's where it can be measured.
#[derive(Serialize)]
struct Status {
    #[serde(flatten)]
    deployed: deploy::Status,
    connect: Option<Connect>,
    mirror: Option<MirrorLine>,
    /// The settings of applications.
    clients: Option<deploy::ClientKit>,
    /// Only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<deploy::Drift>,
    /// Only where it is drawn.
    #[serde(skip)]
    graph: Option<deploy::Graph>,
}

#[derive(Serialize)]
struct Connect {
    bootstrap: String,
    security_protocol: &'static str,
    sasl_mechanism: Option<&'static str>,
    /// Settings of librdkafka that this target wants.
    settings: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum MirrorLine {
    Lag(Lag),
    /// Why it could not be measured.
    Unknown(String),
}

pub async fn run(session: &Session<'_>, args: &args::Status) -> Result<Exit, Failure> {
    let names = many::names(session, &args.environments)?;
    many::is_of_one(&names, "--graph", args.graph.is_some())?;
    many::each(session, &names, async |session, name| {
        one(session, name, args).await
    })
    .await
}

async fn one(session: &Session<'_>, name: &str, args: &args::Status) -> Result<Exit, Failure> {
    let place = Place::of(args.graph.as_deref(), session.ui.output())?;
    let environment = session.environment(name)?;
    let world = World::open(session, &environment).await?;
    let status = look(session, &environment, &world, args).await;
    world.close().await;
    let status = status?;
    let text = match session.ui.output() {
        Output::Markdown => markdown::status(&status),
        Output::Human | Output::Json => text(&environment, &status),
    };
    let text = match (place, &status.graph) {
        (Some(place), Some(graph)) => place.draw(graph, text)?,
        _ => text,
    };
    session.ui.result(true, &status, &text);
    match &status.drift {
        Some(drift) if drift.is_found() => Ok(Exit::Differences),
        _ => Ok(Exit::Done),
    }
}

async fn look(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    args: &args::Status,
) -> Result<Status, Failure> {
    let bundle = deploy::bundle(environment, &session.catalog(environment)?)?;
    let mut deployed = deploy::status(&world.client, environment, &bundle).await?;
    if let Some(outputs) = &mut deployed.outputs {
        deploy::steps::read(&world.client, &bundle, outputs).await?;
    }
    let connect = match &deployed.outputs {
        Some(outputs) => {
            let security = environment
                .target
                .security
                .as_ref()
                .unwrap_or(&bundle.connect.security);
            Some(Connect {
                bootstrap: bundle.connect.bootstrap(&outputs.values())?,
                security_protocol: security.protocol.as_str(),
                sasl_mechanism: security.mechanism.map(Mechanism::as_str),
                settings: bundle
                    .connect
                    .settings
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone().into()))
                    .collect(),
            })
        }
        None => None,
    };
    let mirror = match (&connect, &environment.source) {
        (Some(_), Some(_)) => Some(lag(session, environment, world).await),
        _ => None,
    };
    let drift = if args.drift {
        Some(drift::look(session, environment, world).await?)
    } else {
        None
    };
    let graph = if args.graph.is_some() {
        let whole = workers::bundle(session, environment).await?;
        Some(deploy::graph_of_status(&world.client, environment, &whole, &deployed).await?)
    } else {
        None
    };
    let clients = match &deployed.outputs {
        Some(outputs) => {
            let catalog = session.catalog(environment)?;
            Some(deploy::client_kit(environment, &catalog, &bundle, Some(outputs))?)
        }
        None => None,
    };
    Ok(Status {
        deployed,
        connect,
        mirror,
        clients,
        drift,
        graph,
    })
}

/// A mirror that cannot be measured is part of the answer, not the end of it.
async fn lag(session: &Session<'_>, environment: &Environment, world: &World) -> MirrorLine {
    let flow = match clusters::flow(session, environment, world).await {
        Ok(flow) => flow,
        Err(failure) => return MirrorLine::Unknown(failure.message),
    };
    match look_at(session, environment, world, &flow).await {
        Ok(lag) => MirrorLine::Lag(lag),
        Err(failure) => MirrorLine::Unknown(failure.in_one_line()),
    }
}

async fn look_at(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    flow: &mirror::Flow,
) -> Result<Lag, Failure> {
    let (_, outputs) = clusters::deployed(session, environment, world).await?;
    let workers = Workers::of(environment, world, &outputs).await?;
    let position = workers.as_ref().map_or(PositionSource::Group, Workers::position);
    Ok(mirror::status_at(flow, &position).await?.lag)
}

fn text(environment: &Environment, status: &Status) -> String {
    let drift = status.drift.as_ref().map(drift::text).unwrap_or_default();
    let Some(deployment) = &status.deployed.deployment else {
        return format!(
            "{drift}nothing is deployed for `{0}`\nNext: landfall up {0}",
            environment.name
        );
    };
    let mut text = format!("deployment  {}  {}\n", deployment.name, deployment.state);
    let _ = writeln!(text, "group       {}", status.deployed.resource_group);
    if let Some(connect) = &status.connect {
        let mechanism = connect
            .sasl_mechanism
            .map(|name| format!(", {name}"))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "bootstrap   {}  ({}{mechanism})",
            connect.bootstrap, connect.security_protocol
        );
    }
    match &status.mirror {
        Some(MirrorLine::Lag(lag)) => {
            let _ = writeln!(text, "mirror      {lag} records behind");
        }
        Some(MirrorLine::Unknown(reason)) => {
            let _ = writeln!(text, "mirror      not measured: {reason}");
        }
        None => {}
    }
    if let Some(kit) = status.clients.as_ref().filter(|kit| !kit.differences.is_empty()) {
        let _ = writeln!(text, "clients     change {} settings:", kit.differences.len());
        for one in &kit.differences {
            let _ = writeln!(text, "            {one}");
        }
    }
    text.push_str(&drift);
    let rows: Vec<Vec<String>> = status
        .deployed
        .resources
        .iter()
        .map(|resource| {
            let state = resource.state.clone().unwrap_or_default();
            vec![resource.resource_type.clone(), resource.name.clone(), state]
        })
        .collect();
    if !rows.is_empty() {
        let _ = write!(text, "\n{}", table(&["type", "name", "state"], &rows, &[]));
    }
    text
}
