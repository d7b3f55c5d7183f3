//! Where the demo lives: a folder of its own below the state folder, begun anew each time.

use camino::Utf8PathBuf;
use include_dir::{Dir, DirEntry, include_dir};

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::mock::remove_containers;
use crate::cli::session::Session;
use crate::config::{self, Environment, Overrides};
use crate::mock::place::Place;

/// The environment that the demo runs.
const NAME: &str = "local";

/// What ships with the program, for whoever has no folder of environments.
static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/environments");

/// Clears away what an earlier demo left.
pub async fn fresh(session: &Session<'_>) -> Result<Place, Failure> {
    let folder = folder(session);
    remove_containers(&Place::of(&folder)).await?;
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Failure::of(Exit::Usage, &error).hint("choose another `--state DIR`"));
        }
        _ => {}
    }
    Ok(Place::of(&folder))
}

/// The environment `local` of this folder, or the one that ships with the program.
pub fn environment(session: &Session<'_>) -> Result<Environment, Failure> {
    if session.global.environments.join(NAME).is_dir() {
        return session.environment(NAME);
    }
    let root = folder(session).join("environments");
    write(&SHIPPED, &root).map_err(|error| Failure::of(Exit::Usage, &error))?;
    let overrides = Overrides::from_process(session.global.set.clone());
    Ok(config::load(&root, NAME, &overrides)?.environment)
}

/// Where the evidence goes.
pub fn evidence(session: &Session<'_>) -> Utf8PathBuf {
    folder(session).join("evidence.json")
}

/// Where the deployment is journaled.
pub fn journal(session: &Session<'_>) -> Utf8PathBuf {
    folder(session).join("deployments.jsonl")
}

fn folder(session: &Session<'_>) -> Utf8PathBuf {
    session.global.state.join("demo")
}

fn write(shipped: &Dir<'_>, root: &camino::Utf8Path) -> std::io::Result<()> {
    for entry in shipped.entries() {
        let path = root.join(entry.path().to_string_lossy().as_ref());
        match entry {
            DirEntry::Dir(inner) => {
                fs_err::create_dir_all(&path)?;
                write(inner, root)?;
            }
            DirEntry::File(file) => {
                if let Some(folder) = path.parent() {
                    fs_err::create_dir_all(folder)?;
                }
                fs_err::write(&path, file.contents())?;
            }
        }
    }
    Ok(())
}
