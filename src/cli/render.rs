//! `landfall render`: the files of one environment, printed or written.

use camino::Utf8Path;
use serde_json::json;

use super::args::{self, RenderFormat};
use super::exit::Exit;
use super::failure::Failure;
use super::graph::Place;
use super::session::Session;
use super::workers;
use crate::deploy::{self, ClientKit};
use crate::template::{AdditionBundle, Bundle};

/// One rendered file.
struct File {
    name: String,
    text: String,
}

pub async fn run(session: &Session<'_>, args: &args::Render) -> Result<Exit, Failure> {
    let environment = session.environment(&args.environment)?;
    let bundle = workers::bundle(session, &environment).await?;
    let place = Place::of(args.graph.as_deref(), session.ui.output())?;
    let mut files = files(&bundle, args.format)?;
    let catalog = session.catalog(&environment)?;
    files.extend(clients(&deploy::client_kit(
        &environment,
        &catalog,
        &bundle,
        None,
    )?));
    let more = workers::files(&environment, &catalog, &bundle)?;
    files.extend(more.into_iter().map(|file| File {
        name: format!("mirror/{}", file.name),
        text: file.text,
    }));
    if let Some(place) = place {
        let graph = deploy::graph_of_bundle(&environment, &bundle)?;
        let graph = if args.by_type { graph.by_type() } else { graph };
        let drawn = place.draw(&graph, String::new())?;
        if args.out.is_none() {
            session.ui.result(true, &graph, &drawn);
            return Ok(Exit::Done);
        }
    }
    let Some(folder) = &args.out else {
        let text: Vec<&str> = files.iter().map(|file| file.text.trim_end()).collect();
        let value: serde_json::Map<_, _> = files
            .iter()
            .map(|file| (file.name.clone(), json!(file.text)))
            .collect();
        session.ui.result(
            true,
            &json!({ "environment": bundle.environment, "files": value }),
            &text.join("\n"),
        );
        return Ok(Exit::Done);
    };
    for file in &files {
        write(&folder.join(&file.name), &file.text)?;
    }
    let names: Vec<String> = files
        .iter()
        .map(|file| folder.join(&file.name).into_string())
        .collect();
    let value = json!({ "environment": bundle.environment, "written": names });
    session.ui.result(true, &value, &names.join("\n"));
    Ok(Exit::Done)
}

fn files(bundle: &Bundle, format: RenderFormat) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    if format != RenderFormat::Bicep {
        files.push(File {
            name: "azuredeploy.json".into(),
            text: bundle.arm_json(),
        });
    }
    // Where modules are joined, they are given their values there.
    if format != RenderFormat::Bicep || bundle.additions.is_empty() {
        files.push(File {
            name: "azuredeploy.parameters.json".into(),
            text: bundle.parameters_json(),
        });
    }
    if format != RenderFormat::Arm {
        files.extend(bundle.bicep()?.into_iter().map(|file| File {
            name: file.name,
            text: file.text,
        }));
    }
    for file in bundle.files.iter().chain(&bundle.manifests) {
        files.push(File {
            name: file.name.clone(),
            text: file.text.clone(),
        });
    }
    for addition in &bundle.additions {
        of_addition(addition, format, &mut files);
    }
    Ok(files)
}

/// The files of an addition, in a folder of its name; its Bicep is a module of the whole.
fn of_addition(addition: &AdditionBundle, format: RenderFormat, files: &mut Vec<File>) {
    let mut add = |name: &str, text: String| {
        let name = format!("{}/{name}", addition.name);
        files.push(File { name, text });
    };
    if format != RenderFormat::Bicep {
        add("azuredeploy.json", addition.arm_json());
        add("azuredeploy.parameters.json", addition.parameters_json());
    }
    for file in addition.files.iter().chain(&addition.manifests) {
        add(&file.name, file.text.clone());
    }
}

/// The settings of applications, and what changes for them.
fn clients(kit: &ClientKit) -> Vec<File> {
    let mut files: Vec<File> = kit
        .files
        .iter()
        .map(|file| File {
            name: format!("clients/{}", file.name),
            text: file.text.clone(),
        })
        .collect();
    if !kit.differences.is_empty() {
        let lines: Vec<String> = kit.differences.iter().map(ToString::to_string).collect();
        files.push(File {
            name: "clients/changes.txt".to_owned(),
            text: format!("{}\n", lines.join("\n")),
        });
    }
    files
}

fn write(path: &Utf8Path, text: &str) -> Result<(), Failure> {
    let written = path
        .parent()
        .map_or(Ok(()), fs_err::create_dir_all)
        .and_then(|()| fs_err::write(path, text));
    written.map_err(|error| {
        Failure::of(Exit::Usage, &error)
            .hint("choose a folder that can be written to with `landfall render ENV --out DIR`")
    })
}
