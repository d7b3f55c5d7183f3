//! `landfall mirror lint`: the traps in a MirrorMaker 2 configuration, of an environment or of anybody's files.
//!
//! Nothing is connected to: an environment is judged by its files, its target's description and the wiring that would be
//! sent, a foreign file by what it says.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read;

use serde::Serialize;

use super::args::{Lint, LintKind};
use super::clusters;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::config::Environment;
use crate::deploy;
use crate::mirror::connect::{self, Side};
use crate::mirror::lint::{self, Facts, Finding, Kind, Reading, Service, Severity, Subject, Version, Wired};
use crate::template::Catalog;

/// The address of a target that may not be deployed yet: no rule needs more than that it is not the source's.
const UNDEPLOYED: &str = "the-target:9093";

/// The text of a finding is broken at this many letters.
const WIDTH: usize = 80;

/// The answer: every finding, and how many of each kind.
#[derive(Serialize)]
struct Report {
    findings: Vec<Finding>,
    errors: usize,
    warnings: usize,
    advice: usize,
}

pub fn run(session: &Session<'_>, environment: &str, options: &Lint) -> Result<Exit, Failure> {
    let findings = match (environment.is_empty(), options.file.is_empty()) {
        (true, true) => return Err(Failure::nothing_to_lint()),
        (false, false) => return Err(Failure::lint_of_two()),
        (true, false) => files(session, options)?,
        (false, true) => of_environment(session, environment, options)?,
    };
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let failed = errors > 0 || options.strict && warnings > 0;
    let report = Report {
        errors,
        warnings,
        advice: count(Severity::Advice),
        findings,
    };
    session.ui.result(!failed, &report, &text(&report));
    Ok(if failed { Exit::Differences } else { Exit::Done })
}

fn files(session: &Session<'_>, options: &Lint) -> Result<Vec<Finding>, Failure> {
    let catalog = Catalog::open(session.global.templates.as_deref(), None)?;
    let facts = Facts {
        services: Service::all(&catalog, options.tier.as_deref())?,
        ..facts(options)?
    };
    let readings: Vec<Reading> = options
        .file
        .iter()
        .map(|file| read(file, options.kind.map(Into::into)))
        .collect::<Result<_, Failure>>()?;
    Ok(lint::lint_files(&readings, &facts))
}

fn read(file: &str, kind: Option<Kind>) -> Result<Reading, Failure> {
    let mut bytes = Vec::new();
    // One byte more than is linted: enough to see that there is more.
    let most = u64::try_from(lint::read::LARGEST_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let taken = if file == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        fs_err::File::open(file).and_then(|opened| opened.take(most).read_to_end(&mut bytes))
    };
    taken.map_err(|error| {
        Failure::of(Exit::Configuration, &error)
            .hint("name a file that can be read, or `-` for standard input")
    })?;
    let name = if file == "-" { "standard input" } else { file };
    Ok(lint::read::read(name, &bytes, kind)?)
}

fn of_environment(session: &Session<'_>, name: &str, options: &Lint) -> Result<Vec<Finding>, Failure> {
    let environment = session.environment(name)?;
    let target = session.catalog(&environment)?.target(&environment.target.kind)?;
    let parameters = target.complete(&environment.target.parameters)?;
    let limits = target.check_limits(&deploy::context(&environment, parameters.clone()));
    let can = target.abilities(&parameters);
    let facts = Facts {
        target: Some(Service::of(&target, &parameters)),
        topics: environment.topics.overrides.len(),
        ..facts(options)?
    };
    let subject = Subject {
        environment: &environment,
        can: &can,
        limits: &limits,
    };
    // A target that refuses the topics renders nothing; the wiring is looked at once they fit.
    let wiring = if limits.is_empty() {
        wiring(session, &environment)?
    } else {
        None
    };
    let wired = wiring.as_ref().map(|wiring| Wired {
        worker: Some(&wiring.worker),
        connectors: wiring
            .connectors()
            .map(|one| (one.name.as_str(), &one.config))
            .into(),
    });
    Ok(lint::lint_environment(
        &subject,
        &wired.unwrap_or_default(),
        &facts,
    ))
}

/// What the workers would be told; `None` where another engine copies, or where there is no source.
fn wiring(session: &Session<'_>, environment: &Environment) -> Result<Option<connect::Wiring>, Failure> {
    let Some(source) = environment
        .source
        .as_ref()
        .filter(|_| environment.mirror.uses_connect())
    else {
        return Ok(None);
    };
    let bundle = deploy::bundle(environment, &session.catalog(environment)?)?;
    let security = clusters::target_security(environment, &bundle);
    let side = |bootstrap, security| Side {
        bootstrap,
        security,
        on_workers: true,
    };
    let facts = connect::Facts::of(
        environment,
        &bundle.connect,
        side(&source.bootstrap, &source.security),
        side(UNDEPLOYED, security),
    );
    Ok(Some(connect::wiring(&facts)))
}

fn facts(options: &Lint) -> Result<Facts, Failure> {
    let version = options
        .connect_version
        .as_deref()
        .map(Version::parse)
        .transpose()?;
    Ok(Facts {
        version,
        brokers: options.brokers,
        ..Facts::default()
    })
}

impl From<LintKind> for Kind {
    fn from(kind: LintKind) -> Self {
        match kind {
            LintKind::Dedicated => Self::Dedicated,
            LintKind::Connector => Self::Connector,
            LintKind::Worker => Self::Worker,
            LintKind::Strimzi => Self::Strimzi,
        }
    }
}

/// Findings by file, each with its reason and its fix, and a last line with the count.
fn text(report: &Report) -> String {
    let mut text = String::new();
    let mut file = None;
    let mut told = BTreeSet::new();
    for finding in &report.findings {
        if file != Some(&finding.at.file) {
            let gap = if file.is_some() { "\n" } else { "" };
            let _ = writeln!(text, "{gap}{}", finding.at.file);
            file = Some(&finding.at.file);
        }
        one(&mut text, finding, told.insert(finding.id));
    }
    let number =
        |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let counts = [
        number(report.errors, "error", "errors"),
        number(report.warnings, "warning", "warnings"),
        format!("{} advice", report.advice),
    ];
    if report.findings.is_empty() {
        "no findings".to_owned()
    } else {
        format!("{text}\n{}", counts.join(", "))
    }
}

/// A finding; its reason and source are told the first time only, so that twenty of a kind stay readable.
fn one(text: &mut String, finding: &Finding, first: bool) {
    let line = finding
        .at
        .line
        .map_or_else(|| "-".to_owned(), |line| line.to_string());
    let connector = finding
        .at
        .connector
        .as_ref()
        .map_or_else(String::new, |name| format!("  {name}"));
    let _ = writeln!(
        text,
        "  {line:>4}  {}  {}{connector}",
        finding.severity, finding.id
    );
    let lines = [
        ("", finding.found.as_str(), true),
        ("", finding.reason, first),
        ("fix: ", finding.fix.as_str(), true),
        ("source: ", finding.source, first),
    ];
    for (head, words, _) in lines.into_iter().filter(|(_, _, told)| *told) {
        for (index, line) in wrapped(words, WIDTH.saturating_sub(8 + head.len()))
            .iter()
            .enumerate()
        {
            let head = if index == 0 {
                head.to_owned()
            } else {
                " ".repeat(head.len())
            };
            let _ = writeln!(text, "        {head}{line}");
        }
    }
}

/// Words in lines of at most `width` letters; a longer word stands alone.
fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let last = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(line) if last == 0 => line.push_str(word),
            Some(line) if last + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_at_the_width_and_never_inside() {
        assert_eq!(wrapped("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrapped("a-very-long-word b", 5), ["a-very-long-word", "b"]);
        assert_eq!(wrapped("", 5), [""]);
    }
}
