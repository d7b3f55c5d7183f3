//! What a check says: which rule, where, what was found, why it matters, who says so, what to write instead.

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;

/// A trap that the linter knows. Its words are shown with every finding and in docs/lint.md.
#[derive(Debug)]
pub struct Rule {
    /// Stable: scripts and suppressions may hold on to it.
    pub id: &'static str,
    pub severity: Severity,
    /// The trap in one line, for the table of all rules.
    pub trap: &'static str,
    /// What happens to somebody who leaves it.
    pub reason: &'static str,
    /// What to do, in general; a finding may say it with the names of the file.
    pub fix: &'static str,
    /// The source file, KIP or page that says so.
    pub source: &'static str,
}

/// How bad it is. Errors make `mirror lint` fail, warnings with `--strict`, advice never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Records are lost, altered or not copied, or the connector does not start.
    Error,
    /// It works, until a night, a cut-over or a restart shows that it does not.
    Warning,
    /// A decision that is better made than left to a default.
    Advice,
}

/// Where a finding belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file as the user named it, or the part of an environment.
    pub file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The connector by name, where a file may hold several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// The key, as written where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// One thing that is wrong, or could be better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub id: &'static str,
    pub severity: Severity,
    pub at: Place,
    /// What was found here, with its numbers.
    pub found: String,
    pub reason: &'static str,
    pub fix: String,
    pub source: &'static str,
}

impl Rule {
    /// A finding of this rule, with the rule's own fix.
    pub fn at(&'static self, at: &Place, found: impl Into<String>) -> Finding {
        Finding {
            id: self.id,
            severity: self.severity,
            at: at.clone(),
            found: found.into(),
            reason: self.reason,
            fix: self.fix.to_owned(),
            source: self.source,
        }
    }
}

impl Finding {
    /// The fix in the words of the file.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }
}

impl Place {
    /// The same place, about `key`.
    pub fn about(&self, key: &str) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..self.clone()
        }
    }
}

impl Ord for Finding {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = |one: &Self| (one.severity, one.id);
        (&self.at.file, self.at.line)
            .cmp(&(&other.at.file, other.at.line))
            .then_with(|| order(self).cmp(&order(other)))
            .then_with(|| (&self.at, &self.found).cmp(&(&other.at, &other.found)))
    }
}

impl PartialOrd for Finding {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(connector) = &self.connector {
            write!(f, " ({connector})")?;
        }
        Ok(())
    }
}
