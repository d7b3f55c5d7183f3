//! An emulator of Azure Resource Manager: a server on loopback that a client cannot tell from Azure where it matters.
//!
//! `template` evaluates the template language and knows nothing of HTTP; `World` holds state and time; `routes` speaks
//! HTTP. Nothing moves except by `World::advance`, so virtual time and real time run the same code.

mod actions;
mod clock;
mod comparison;
mod confluent;
mod denials;
mod deploy;
mod error;
mod faults;
mod json;
mod keeper;
mod keys;
mod links;
mod lists;
mod locks;
mod metrics;
mod noise;
mod observer;
mod parts;
mod policy;
mod prepare;
mod providers;
mod requests;
mod routes;
mod runtime;
mod server;
mod settings;
mod soft_delete;
mod stacks;
mod state;
mod streaming;
mod strict;
pub mod template;
mod throttle;
mod view;
mod what_if;
mod world;
mod writes;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use tokio::sync::{Mutex, Notify, oneshot};
use tokio::task::JoinHandle;

pub use clock::Clock;
pub use faults::{Effect, Fault, LockLevel, Match, Script, ScriptError, Shape};
pub use observer::{Change, Observer, Refusal, Unobserved};
pub use settings::{Budget, Settings};
pub use template::{EvaluationError, Expanded, Scope, evaluate};

use crate::run::Stop;
use keeper::Keeper;
use requests::RequestLog;
use state::State;
use world::World;

/// An emulator that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    #[error("the emulator listens on loopback only unless others are allowed, and `{address}` is not")]
    NotLoopback { address: SocketAddr },
    #[error("cannot listen on `{address}`")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("cannot read the emulator's state from `{path}`")]
    State {
        path: Utf8PathBuf,
        source: std::io::Error,
    },
    #[error("cannot write the emulator's request log `{path}`")]
    Log {
        path: Utf8PathBuf,
        source: std::io::Error,
    },
}

/// The emulated Azure Resource Manager.
#[derive(Clone, Copy, Debug)]
pub struct Emulator;

/// What every request shares.
pub(in crate::mock::arm) struct Site {
    world: Mutex<World>,
    keeper: Keeper,
    /// Rung whenever something new may be due.
    bell: Notify,
    address: SocketAddr,
    requests: Arc<RequestLog>,
    answer_latency: Duration,
    allow_remote: bool,
    /// Ends what would never be answered.
    closing: Stop,
}

/// A started emulator. Dropping it stops it too, without waiting for what is under way.
#[derive(Debug)]
pub struct Running {
    site: Arc<Site>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    ticker: JoinHandle<()>,
    writer: JoinHandle<()>,
}

impl Emulator {
    /// Starts serving, with the state of an earlier run if there is one.
    ///
    /// # Errors
    ///
    /// [`EmulatorError`] when the address is not loopback or taken, or the state file cannot be read.
    pub async fn start(settings: Settings) -> Result<Running, EmulatorError> {
        let address = settings.listen;
        if !address.ip().is_loopback() && !settings.allow_remote {
            return Err(EmulatorError::NotLoopback { address });
        }
        let state = match &settings.state_file {
            Some(path) => State::load(path).map_err(|source| EmulatorError::State {
                path: path.clone(),
                source,
            })?,
            None => State::default(),
        };
        let log = settings.request_log.as_deref();
        let requests =
            RequestLog::open(log, settings.token.clone()).map_err(|source| EmulatorError::Log {
                path: settings.request_log.clone().unwrap_or_default(),
                source,
            })?;
        let requests = Arc::new(requests);
        let listen = |source| EmulatorError::Listen { address, source };
        let listener = tokio::net::TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (answer_latency, allow_remote) = (settings.answer_latency, settings.allow_remote);
        let mut world = World::new(settings, state, Arc::clone(&requests));
        world.replay().await;
        let (keeper, backlog) = Keeper::new(&mut world);
        let site = Arc::new(Site {
            world: Mutex::new(world),
            keeper,
            bell: Notify::new(),
            address,
            requests,
            answer_latency,
            allow_remote,
            closing: Stop::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(routes::serve(Arc::clone(&site), listener, stopped));
        let ticker = tokio::spawn(tick(Arc::clone(&site)));
        let writer = tokio::spawn(keeper::write(Arc::clone(&site), backlog));
        Ok(Running {
            site,
            stop: Some(stop),
            server,
            ticker,
            writer,
        })
    }
}

/// Carries out what is due in real time, also when nobody asks.
async fn tick(site: Arc<Site>) {
    loop {
        let next = {
            let mut world = site.world.lock().await;
            if world.settings.clock.is_virtual() {
                return;
            }
            world.advance().await;
            site.keeper.ask(world.seal());
            let now = world.now();
            world.state.next_due().map(|(at, _)| at.duration_since(now))
        };
        let rung = site.bell.notified();
        match next.map(std::time::Duration::try_from) {
            Some(wait) => {
                let _ = tokio::time::timeout(wait.unwrap_or_default(), rung).await;
            }
            None => rung.await,
        }
    }
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.site.address
    }

    /// `http://127.0.0.1:PORT`, also where every address of this machine is listened on.
    pub fn base_url(&self) -> String {
        let mut address = self.site.address;
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}")
    }

    /// What a user should know: resource types that are kept without being known, a state file that cannot be written.
    pub async fn warnings(&self) -> Vec<String> {
        self.site.world.lock().await.warnings.iter().cloned().collect()
    }

    /// Answers what is under way, closes the socket and saves.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        self.site.closing.ask();
        self.ticker.abort();
        let _ = (&mut self.server).await;
        let mut world = self.site.world.lock().await;
        world.dirty = true;
        self.site.keeper.close(Some(&mut world));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ticker.abort();
        self.server.abort();
        self.writer.abort();
        let mut world = self.site.world.try_lock();
        self.site.keeper.close(world.as_deref_mut().ok());
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
