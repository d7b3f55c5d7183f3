//! The steps after a deployment: where their manifests lie, and who runs their commands.

use camino::Utf8PathBuf;

use super::failure::Failure;
use super::secrets;
use super::session::Session;
use super::workers;
use super::world::World;
use crate::config::Environment;
use crate::deploy::steps::{self, Commands};
use crate::deploy::{self, Outputs};
use crate::template::Bundle;

/// Does what is wanted after the deployment of `bundle`; what it gives is added to `outputs`.
pub async fn carry_out(
    session: &Session<'_>,
    environment: &Environment,
    bundle: &Bundle,
    world: &World,
    outputs: &mut Outputs,
) -> Result<(), Failure> {
    let folder = written(session, environment, bundle)?;
    let commands = commands(world, &folder);
    steps::carry_out(
        &world.client,
        bundle,
        outputs,
        commands,
        &*session.ui,
        &session.stop,
    )
    .await?;
    Ok(())
}

/// Undoes what the steps' commands did, as far as the environment is deployed.
pub async fn undo(session: &Session<'_>, environment: &Environment, world: &World) -> Result<(), Failure> {
    let bundle = workers::bundle(session, environment).await?;
    if bundle.steps().all(|step| step.undo.is_empty()) {
        return Ok(());
    }
    let bundle = secrets::into_bundle(session, &world.client, environment, bundle).await?;
    let Some(outputs) = deploy::outputs(&world.client, environment, &bundle).await? else {
        return Ok(());
    };
    let folder = written(session, environment, &bundle)?;
    Ok(steps::undo(&bundle, &outputs, commands(world, &folder), &*session.ui).await?)
}

/// A rehearsal has an emulator behind it and no machines: commands would reach somebody else's.
fn commands<'a>(world: &World, folder: &'a Utf8PathBuf) -> Commands<'a> {
    if world.is_mock() {
        Commands::Nobody
    } else {
        Commands::Here(folder)
    }
}

/// Writes the manifests into the program's own folder, each below the name of what it belongs to.
fn written(
    session: &Session<'_>,
    environment: &Environment,
    bundle: &Bundle,
) -> Result<Utf8PathBuf, Failure> {
    let folder = session.manifests(environment);
    for (part, file) in steps::manifests(bundle) {
        let path = folder.join(part).join(&file.name);
        let made = path.parent().map_or(Ok(()), fs_err::create_dir_all);
        made.and_then(|()| fs_err::write(&path, &file.text))
            .map_err(|error| Failure::of(super::exit::Exit::Usage, &error))?;
    }
    Ok(folder)
}
