//! The state file: whatever changed while it was being written is kept by the next write.
//!
//! A request is answered once everything that it saw is on the disk, so that nothing is lost that was answered; requests
//! that come at the same time share one write, and none waits for the disk with the world locked.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::Utf8PathBuf;
use tokio::sync::watch;

use super::Site;
use super::state::State;
use super::world::World;

/// Keeps the state of an emulator, if it has a file.
pub struct Keeper {
    file: Option<StateFile>,
    /// The newest generation of the world that somebody waits for.
    wanted: watch::Sender<u64>,
    /// The newest generation that was written; closed once nothing is written any more.
    written: watch::Receiver<u64>,
}

/// What the task needs that writes.
pub struct Backlog {
    wanted: watch::Receiver<u64>,
    written: watch::Sender<u64>,
}

/// The file of a state, written by one at a time.
#[derive(Clone)]
struct StateFile {
    path: Utf8PathBuf,
    is_open: Arc<Mutex<bool>>,
}

impl StateFile {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, state: &State) -> io::Result<()> {
        let is_open = self.lock();
        if *is_open {
            state.save(&self.path)
        } else {
            Err(io::Error::other("the emulator has ended"))
        }
    }
}

impl Keeper {
    /// Writes the state of `world` at once, and from then on as it is asked to.
    pub fn new(world: &mut World) -> (Self, Backlog) {
        let generation = world.seal();
        let file = world.settings.state_file.clone().map(|path| StateFile {
            path,
            is_open: Arc::new(Mutex::new(true)),
        });
        if let Some(file) = &file {
            let outcome = file.write(&world.state);
            world.written(outcome, &file.path);
        }
        let (wanted, wanting) = watch::channel(generation);
        let (writing, written) = watch::channel(generation);
        let keeper = Self {
            file,
            wanted,
            written,
        };
        let backlog = Backlog {
            wanted: wanting,
            written: writing,
        };
        (keeper, backlog)
    }

    /// Asks for a write that has the generation `wanted`.
    pub fn ask(&self, wanted: u64) {
        self.wanted.send_if_modified(|newest| {
            let is_newer = wanted > *newest;
            *newest = wanted.max(*newest);
            is_newer
        });
    }

    /// Waits until `generation` is kept; `false` when the emulator ends before.
    pub async fn kept(&self, generation: u64) -> bool {
        if self.file.is_none() {
            return true;
        }
        self.ask(generation);
        let mut written = self.written.clone();
        written.wait_for(|newest| *newest >= generation).await.is_ok()
    }

    /// Writes what is not kept yet, and nothing from then on. With the world locked by somebody who was not answered yet,
    /// it is kept as it was written last.
    pub fn close(&self, world: Option<&mut World>) {
        let Some(file) = &self.file else {
            return;
        };
        let mut is_open = file.lock();
        if !std::mem::take(&mut *is_open) {
            return;
        }
        if let Some(world) = world
            && world.seal() > *self.written.borrow()
        {
            let outcome = world.state.save(&file.path);
            world.written(outcome, &file.path);
        }
    }
}

/// Writes the state file as often as somebody waits for it, until it is aborted.
pub async fn write(site: Arc<Site>, mut backlog: Backlog) {
    let Some(file) = site.keeper.file.clone() else {
        return;
    };
    while backlog.wanted.changed().await.is_ok() {
        if *backlog.wanted.borrow_and_update() <= *backlog.written.borrow() {
            continue;
        }
        let (generation, state) = {
            let mut world = site.world.lock().await;
            (world.seal(), world.state.clone())
        };
        let own = file.clone();
        let outcome = tokio::task::spawn_blocking(move || own.write(&state)).await;
        let outcome = outcome.unwrap_or_else(|error| Err(io::Error::other(error)));
        site.world.lock().await.written(outcome, &file.path);
        backlog.written.send_replace(generation);
    }
}
