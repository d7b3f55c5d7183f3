//! The server: every request passes here, is written down, and meets the faults that are meant for it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::super::Site;
use super::super::faults::Effect;
use super::super::requests::{Asked, Recording};
use super::super::server::{Loopback, Scissors};
use super::request::{Answer, Request};
use super::{arrival, deployments, headers, trouble};

pub async fn serve(site: Arc<Site>, listener: TcpListener, stopped: oneshot::Receiver<()>) {
    let app = Router::new()
        .fallback(handle)
        // `arrival` has limits of its own, which answer as Azure does.
        .layer(DefaultBodyLimit::disable())
        .with_state(site)
        .into_make_service_with_connect_info::<Scissors>();
    let stopped = async {
        let _ = stopped.await;
    };
    if let Err(error) = axum::serve(Loopback(listener), app)
        .with_graceful_shutdown(stopped)
        .await
    {
        tracing::warn!(%error, "the emulator's server ended");
    }
}

async fn handle(
    Shared(site): Shared<Arc<Site>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: axum::extract::Request,
) -> Response {
    let identity = uuid::Uuid::new_v4().to_string();
    let (request, allowed) = arrival::read(&site, request).await;
    let mut recording = Recording::begin(&site.requests, &asked(&request, &identity));
    if let Err(error) = allowed {
        recording.answered(error.status);
        return headers::respond(&Answer::from(error), &request, &identity);
    }
    if !site.answer_latency.is_zero() {
        tokio::time::sleep(site.answer_latency).await;
    }
    let effect = before(&site, &request, &mut recording).await;
    match effect {
        Some(Effect::Cut { accepted: false }) => return cut(&scissors),
        Some(Effect::Hang { accepted: false }) => return hang(&site, &scissors).await,
        _ => {}
    }
    let Some((answer, spoilt)) = answered(&site, &request, effect.as_ref()).await else {
        return cut(&scissors);
    };
    if let Some(spoilt) = &spoilt {
        recording.struck(spoilt.kind());
    }
    match effect {
        Some(Effect::Cut { .. }) => return cut(&scissors),
        Some(Effect::Hang { .. }) => return hang(&site, &scissors).await,
        _ => {}
    }
    recording.answered(answer.status);
    let response = headers::respond(&answer, &request, &identity);
    match spoilt {
        Some(Effect::Truncated {}) => trouble::truncated(response, scissors).await,
        _ => response,
    }
}

fn asked<'a>(request: &'a Request, identity: &'a str) -> Asked<'a> {
    Asked {
        method: &request.method,
        path: &request.path,
        api_version: request.api_version(),
        correlation_id: request.header("x-ms-correlation-request-id"),
        client_request_id: request.header("x-ms-client-request-id"),
        request_id: identity,
    }
}

/// Waits as long as a script says, and gives what strikes before the request is carried out.
async fn before(site: &Site, request: &Request, recording: &mut Recording) -> Option<Effect> {
    if request.lower().first() == Some(&"landfall") {
        return None;
    }
    let (delay, effect) = {
        let faults = &mut site.world.lock().await.faults;
        let (method, path) = (&request.method, &request.path);
        (faults.on_arrival(method, path), faults.on_request(method, path))
    };
    if let Some(Effect::Delay { milliseconds }) = delay {
        recording.struck("delay");
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    if let Some(effect) = &effect {
        recording.struck(effect.kind());
    }
    effect
}

/// The answer, and what struck on it, once what it tells is kept; nothing when the emulator ends before.
async fn answered(
    site: &Arc<Site>,
    request: &Request,
    effect: Option<&Effect>,
) -> Option<(Answer, Option<Effect>)> {
    deployments::gather(site, request).await;
    let mut world = site.world.lock().await;
    world.advance().await;
    let mut answer = trouble::answer(&mut world, request, effect).await;
    let spoilt = if request.lower().first() == Some(&"landfall") {
        None
    } else {
        trouble::spoil(&mut world, request, &mut answer)
    };
    if answer.unfinished {
        world.jump();
        answer = answer.paced(&world);
    }
    let seen = world.seal();
    drop(world);
    site.bell.notify_one();
    site.keeper.kept(seen).await.then_some((answer, spoilt))
}

/// Nothing of this is sent: the connection fails first.
fn cut(scissors: &Scissors) -> Response {
    scissors.cut();
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// Keeps silent until the client goes away, or the emulator ends.
async fn hang(site: &Site, scissors: &Scissors) -> Response {
    site.closing.asked().await;
    cut(scissors)
}
