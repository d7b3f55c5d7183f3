//! `landfall render`: the files of one environment, printed or written.

use camino::Utf8Path;
use serde_json::json;

use super::args::{self, RenderFormat};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::deploy;
use crate::template::Bundle;

/// One rendered file.
struct File {
    name: String,
    text: String,
}

pub fn run(session: &Session<'_>, args: &args::Render) -> Result<Exit, Failure> {
    let environment = session.environment(&args.environment)?;
    let bundle = deploy::bundle(&environment, &session.catalog(&environment)?)?;
    let files = files(&bundle, args.format)?;
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
    files.push(File {
        name: "azuredeploy.parameters.json".into(),
        text: bundle.parameters_json(),
    });
    if format != RenderFormat::Arm {
        files.extend(bundle.bicep()?.into_iter().map(|file| File {
            name: file.name,
            text: file.text,
        }));
    }
    Ok(files)
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
