//! The linter of MirrorMaker 2: every trap that is known, found before anything is deployed, without a network.
//!
//! [`read::read`] turns files into blocks of settings, `spread::flows` the blocks into the flows that MirrorMaker would run
//! (a dedicated file is spread out as the program itself does it), and [`rules`] holds the traps against both. A setting
//! that reaches nobody is as wrong as a wrong one: half of the rules are about keys that are thrown away in silence.

mod error;
mod facts;
mod finding;
mod keys;
mod model;
mod patterns;
pub mod read;
mod rules;
mod spread;
mod table;

use std::collections::BTreeMap;

pub use error::LintError;
pub use facts::{Facts, Refusal, Service, Tier, Version};
pub use finding::{Finding, Place, Rule, Severity};
pub use read::{Block, Form, Kind, Reading, Setting};
pub use rules::environment::Subject;
pub use table::table;

/// Lints files as one deployment: connectors of the same two clusters are compared with each other and with their worker.
pub fn lint_files(readings: &[Reading], facts: &Facts) -> Vec<Finding> {
    let blocks: Vec<Block> = readings
        .iter()
        .flat_map(|reading| reading.blocks.iter().cloned())
        .collect();
    let named = readings.iter().find_map(|reading| reading.version.as_deref());
    let facts = Facts {
        version: facts.version.or_else(|| Version::parse(named?).ok()),
        ..facts.clone()
    };
    rules::check(&blocks, &spread::flows(&blocks), &facts)
}

/// What would be given to the workers, as plain maps.
#[derive(Clone, Debug, Default)]
pub struct Wired<'a> {
    pub worker: Option<&'a BTreeMap<String, String>>,
    /// Connectors by name.
    pub connectors: Vec<(&'a str, &'a BTreeMap<String, String>)>,
}

/// Lints an environment: what it asks of its target, and the wiring that would be sent to Connect.
pub fn lint_environment(subject: &Subject<'_>, wired: &Wired<'_>, facts: &Facts) -> Vec<Finding> {
    let blocks = wired.blocks();
    let mut findings = rules::environment::check(subject);
    findings.extend(rules::check(&blocks, &spread::flows(&blocks), facts));
    findings.sort();
    findings.dedup();
    findings
}

/// Every rule, by id.
pub fn rules() -> Vec<&'static Rule> {
    rules::all()
}

impl Wired<'_> {
    fn blocks(&self) -> Vec<Block> {
        let block = |file: String, form: Form, map: &BTreeMap<String, String>| Block {
            file,
            line: None,
            form,
            settings: map.iter().map(setting).collect(),
        };
        let worker = self
            .worker
            .map(|map| block("the worker".to_owned(), Form::Worker, map));
        let connectors = self.connectors.iter().map(|(name, map)| {
            let form = Form::Connector((*name).to_owned());
            block(format!("the connector `{name}`"), form, map)
        });
        worker.into_iter().chain(connectors).collect()
    }
}

fn setting((key, value): (&String, &String)) -> Setting {
    Setting {
        key: key.clone(),
        value: value.clone(),
        line: None,
    }
}

#[cfg(test)]
mod tests;
