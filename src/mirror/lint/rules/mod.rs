//! The traps, a file for each noun: its rules as a table, then the conditions.
//! A source that names a Java class means Apache Kafka's.

mod capacity;
mod cluster;
pub mod environment;
mod groups;
mod identity;
mod intervals;
mod keys;
mod prefixes;
mod producer;
mod records;
mod security;
mod service;
mod topics;
mod version;
mod writing;

use super::facts::Facts;
use super::finding::{Finding, Rule};
use super::model::Flow;
use super::read::Block;

/// Declares the rules of a file, and `ALL` of them.
macro_rules! rules {
    ($($name:ident = $severity:ident $id:literal { trap: $trap:literal, reason: $reason:literal, fix: $fix:literal, source: $source:literal })*) => {
        $(static $name: $crate::mirror::lint::finding::Rule = $crate::mirror::lint::finding::Rule {
            id: $id,
            severity: $crate::mirror::lint::finding::Severity::$severity,
            trap: $trap,
            reason: $reason,
            fix: $fix,
            source: $source,
        };)*
        pub static ALL: &[&$crate::mirror::lint::finding::Rule] = &[$(&$name),*];
    };
}
use rules;

/// Every rule, by id.
pub fn all() -> Vec<&'static Rule> {
    let files = [
        capacity::ALL,
        cluster::ALL,
        environment::ALL,
        groups::ALL,
        identity::ALL,
        intervals::ALL,
        keys::ALL,
        prefixes::ALL,
        producer::ALL,
        records::ALL,
        security::ALL,
        service::ALL,
        topics::ALL,
        version::ALL,
        writing::ALL,
    ];
    let mut rules: Vec<&'static Rule> = files.into_iter().flatten().copied().collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}

/// Everything that is wrong with blocks and with the flows that they amount to; sorted, each finding once.
pub fn check(blocks: &[Block], flows: &[Flow], facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for block in blocks {
        writing::check(block, &mut findings);
        prefixes::check(block, blocks, &mut findings);
        keys::check(block, facts, &mut findings);
        security::check(block, blocks, &mut findings);
    }
    for flow in flows {
        identity::check(flow, &mut findings);
        records::check(flow, facts, &mut findings);
        producer::check(flow, facts, &mut findings);
        topics::check(flow, facts, &mut findings);
        groups::check(flow, facts, &mut findings);
        intervals::check(flow, &mut findings);
        capacity::check(flow, facts, &mut findings);
        cluster::check(flow, facts, &mut findings);
        service::check(flow, facts, &mut findings);
        version::check(flow, facts, &mut findings);
    }
    identity::check_all(blocks, flows, &mut findings);
    intervals::check_heartbeats(blocks, flows, &mut findings);
    findings.sort();
    findings.dedup();
    findings
}
