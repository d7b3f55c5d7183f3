//! How the ARM emulator of a mock site is told to behave, and what it tells of the requests it had.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::args::{Laboratory as Typed, Requests};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use super::token::token_of;
use crate::mock::arm::{Clock, Fault, Script};
use crate::mock::asked;
use crate::mock::background;
use crate::mock::place::Place;
use crate::mock::site::Laboratory;
use crate::model::units::time;
use crate::ui::table::table;

/// What was typed, read and checked.
pub fn of(typed: &Typed, allow_remote: bool) -> Result<Laboratory, Failure> {
    let script = match &typed.faults {
        Some(path) => Script::load(path)?,
        None => Script::default(),
    };
    let mut faults = script.faults;
    for spec in &typed.fault {
        faults.push(Fault::from_spec(spec)?);
    }
    let clock = typed.clock.as_deref().map_or(Ok(Clock::default()), clock)?;
    let latencies: BTreeMap<String, Duration> = typed
        .latency
        .iter()
        .map(|text| latency(text))
        .collect::<Result<_, _>>()?;
    if clock.is_fast() && !latencies.is_empty() {
        return Err(Failure::usage(
            "`--latency` says how long things take, and `--clock fast` that they take but a moment",
        )
        .hint("add `--clock real`, or `--clock x60` for a minute in a second"));
    }
    let answer_latency = typed
        .answer_latency
        .as_deref()
        .map(|text| time(text).ok_or_else(|| no_time("--answer-latency", text)));
    Ok(Laboratory {
        faults,
        seed: typed.seed.or(script.seed),
        clock,
        latencies,
        answer_latency: answer_latency.transpose()?.unwrap_or_default(),
        strict: typed.strict,
        request_log: typed.log.clone(),
        allow_remote,
    })
}

fn clock(text: &str) -> Result<Clock, Failure> {
    Clock::parse(text).map_err(|wanted| Failure::usage(format!("`--clock {text}` is no clock: {wanted}")))
}

fn latency(text: &str) -> Result<(String, Duration), Failure> {
    let (resource_type, takes) = text
        .split_once('=')
        .filter(|(resource_type, _)| resource_type.contains('/'))
        .ok_or_else(|| {
            Failure::usage(format!("`--latency {text}` is no type and time"))
                .hint("write it as `--latency Microsoft.HDInsight/clusters=25m`")
        })?;
    let takes = time(takes).ok_or_else(|| no_time("--latency", takes))?;
    Ok((resource_type.to_lowercase(), takes))
}

fn no_time(option: &str, text: &str) -> Failure {
    Failure::usage(format!("`{text}` of `{option}` is no time"))
        .hint("write a whole number and its unit: `20ms`, `30s`, `25m`")
}

/// Whether anything was typed.
pub fn is_asked_for(typed: &Typed) -> bool {
    !arguments(typed).is_empty()
}

/// The same, for the command line of a site in the background.
pub fn arguments(typed: &Typed) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut add = |option: &str, value: &str| arguments.push(format!("--{option}={value}"));
    let path = |path: &Option<Utf8PathBuf>| path.as_ref().map(ToString::to_string);
    for (option, value) in [
        ("faults", path(&typed.faults)),
        ("seed", typed.seed.map(|seed| seed.to_string())),
        ("clock", typed.clock.clone()),
        ("answer-latency", typed.answer_latency.clone()),
        ("log", path(&typed.log)),
    ] {
        if let Some(value) = value {
            add(option, &value);
        }
    }
    typed.fault.iter().for_each(|spec| add("fault", spec));
    typed.latency.iter().for_each(|latency| add("latency", latency));
    if typed.strict {
        arguments.push("--strict".to_owned());
    }
    arguments
}

/// One request, as far as a person wants to see it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    time: jiff::Timestamp,
    method: String,
    path: String,
    api_version: Option<String>,
    status: Option<u16>,
    milliseconds: f64,
    correlation_id: Option<String>,
    client_request_id: Option<String>,
    request_id: String,
    fault: Option<String>,
}

/// `landfall mock requests`
pub async fn requests(session: &Session<'_>, place: &Place, args: &Requests) -> Result<Exit, Failure> {
    let record = background::find(place)?.ok_or_else(Failure::no_site)?;
    let file = record.site.token_file.clone().unwrap_or_else(|| place.token());
    let mut query = vec![("last", args.last.to_string())];
    query.extend(args.method.clone().map(|method| ("method", method)));
    query.extend(args.path.clone().map(|path| ("path", path)));
    query.extend(args.since.map(|since| ("since", since.to_string())));
    let rows: Vec<Row> = asked::list(&record.site.arm, "requests", &query, &token_of(&file)?).await?;
    let shown: Vec<Vec<String>> = rows.iter().map(line).collect();
    let text = if shown.is_empty() {
        "nobody asked the ARM emulator anything".to_owned()
    } else {
        table(
            &["time", "method", "status", "ms", "fault", "path"],
            &shown,
            &[2, 3],
        )
    };
    session.ui.result(true, &json!({ "requests": rows }), &text);
    Ok(Exit::Done)
}

fn line(row: &Row) -> Vec<String> {
    vec![
        row.time.strftime("%H:%M:%S%.3f").to_string(),
        row.method.clone(),
        row.status
            .map_or_else(|| "-".to_owned(), |status| status.to_string()),
        format!("{:.1}", row.milliseconds),
        row.fault.clone().unwrap_or_default(),
        row.path.clone(),
    ]
}
