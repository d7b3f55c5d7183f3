//! What a worker answers, as types. Fields that a later version adds are passed over.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest text that is repeated from a worker.
const LONGEST_TEXT: usize = 500;

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInfo {
    pub version: String,
    #[serde(default)]
    pub kafka_cluster_id: Option<String>,
}

/// A kind of connector that the worker can run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    pub class: String,
    #[serde(default)]
    pub version: Option<String>,
}

/// What a connector or a task is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "SCREAMING_SNAKE_CASE", serialize = "kebab-case"))]
pub enum State {
    Running,
    Paused,
    Stopped,
    Failed,
    Unassigned,
    Restarting,
    Destroyed,
    #[serde(other)]
    Unknown,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Unassigned => "unassigned",
            Self::Restarting => "restarting",
            Self::Destroyed => "removed",
            Self::Unknown => "in an unknown state",
        })
    }
}

/// A connector and its tasks as they are now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectorState {
    pub name: String,
    pub state: State,
    /// The innermost cause, where the connector itself failed.
    pub cause: Option<String>,
    pub tasks: Vec<TaskState>,
}

/// A task as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskState {
    pub id: i64,
    pub state: State,
    pub worker: String,
    /// The innermost cause, where the task failed.
    pub cause: Option<String>,
}

impl ConnectorState {
    /// The first failure: the connector's own, or a task's.
    pub fn failure(&self) -> Option<(Option<i64>, String)> {
        let unknown = || "the worker gives no reason".to_owned();
        if self.state == State::Failed {
            return Some((None, self.cause.clone().unwrap_or_else(unknown)));
        }
        let failed = self.tasks.iter().find(|task| task.state == State::Failed)?;
        Some((Some(failed.id), failed.cause.clone().unwrap_or_else(unknown)))
    }

    /// Whether the connector and all its tasks are `wanted`; a stopped connector has no tasks.
    pub fn is(&self, wanted: State) -> bool {
        self.state == wanted && self.tasks.iter().all(|task| task.state == wanted)
    }

    /// `running, 3 of 4 tasks`.
    pub fn told(&self) -> String {
        let running = self.tasks.iter().filter(|task| task.state == self.state).count();
        format!("{}, {running} of {} tasks", self.state, self.tasks.len())
    }
}

/// How far the source connector is in one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceOffset {
    /// The alias under which it was written.
    pub cluster: String,
    pub topic: String,
    pub partition: i32,
    /// The offset of the last record that was copied; none where it was reset.
    pub offset: Option<i64>,
}

/// One connector of `GET /connectors?expand=info&expand=status`.
#[derive(Clone, Debug, Deserialize)]
pub struct Expanded {
    pub info: Info,
    pub status: WrittenState,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Info {
    #[serde(default)]
    pub config: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct WrittenState {
    name: String,
    connector: WrittenTask,
    #[serde(default)]
    tasks: Vec<WrittenTask>,
}

#[derive(Clone, Debug, Deserialize)]
struct WrittenTask {
    #[serde(default)]
    id: i64,
    state: State,
    #[serde(default)]
    worker_id: String,
    #[serde(default)]
    trace: Option<String>,
}

impl From<WrittenState> for ConnectorState {
    fn from(written: WrittenState) -> Self {
        let task = |task: WrittenTask| TaskState {
            id: task.id,
            state: task.state,
            worker: task.worker_id,
            cause: task.trace.as_deref().map(innermost),
        };
        Self {
            name: written.name,
            state: written.connector.state,
            cause: written.connector.trace.as_deref().map(innermost),
            tasks: written.tasks.into_iter().map(task).collect(),
        }
    }
}

/// What really went wrong: the last `Caused by:` of a Java trace, without the class's package.
pub fn innermost(trace: &str) -> String {
    let cause = trace
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("Caused by: "));
    let line = cause.or_else(|| trace.lines().next()).unwrap_or_default().trim();
    let (class, rest) = line.split_once(": ").unwrap_or((line, ""));
    let is_class = class.contains('.') && !class.contains(' ');
    let short = if is_class {
        class.rsplit('.').next().unwrap_or(class)
    } else {
        class
    };
    let text = if rest.is_empty() {
        short.to_owned()
    } else {
        format!("{short}: {rest}")
    };
    bounded(&text)
}

/// A text of bounded length.
pub fn bounded(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_TEXT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The entries of `GET /connectors/{name}/offsets` that have the shape of MirrorMaker 2's; others are passed over.
pub fn source_offsets(answer: &Value) -> Option<Vec<SourceOffset>> {
    let entries = answer.get("offsets")?.as_array()?;
    let offset = |entry: &Value| {
        let place = entry.get("partition")?;
        Some(SourceOffset {
            cluster: place.get("cluster")?.as_str()?.to_owned(),
            topic: place.get("topic")?.as_str()?.to_owned(),
            partition: i32::try_from(place.get("partition")?.as_i64()?).ok()?,
            offset: entry
                .get("offset")
                .and_then(|offset| offset.get("offset")?.as_i64()),
        })
    };
    Some(entries.iter().filter_map(offset).collect())
}

/// The keys that `PUT /connector-plugins/{class}/config/validate` refuses, with the first reason of each.
pub fn refused_keys(answer: &Value) -> Option<Vec<(String, String)>> {
    let configs = answer.get("configs")?.as_array()?;
    let refused = |config: &Value| {
        let value = config.get("value")?;
        let reason = value.get("errors")?.as_array()?.first()?.as_str()?;
        Some((value.get("name")?.as_str()?.to_owned(), bounded(reason)))
    };
    Some(configs.iter().filter_map(refused).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_cause_is_what_a_person_needs() {
        let trace = "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded\n\tat a.b(C.java:1)\n\
                     Caused by: java.util.concurrent.ExecutionException: wrapped\n\t... 3 more\n\
                     Caused by: org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed: no\n\t... 4 more\n";
        assert_eq!(
            innermost(trace),
            "SaslAuthenticationException: Authentication failed: no"
        );
        assert_eq!(innermost("java.lang.OutOfMemoryError"), "OutOfMemoryError");
        assert_eq!(innermost("plain words: here"), "plain words: here");
        assert_eq!(innermost(""), "");
        assert!(innermost(&"x".repeat(2000)).chars().count() <= LONGEST_TEXT + 1);
    }

    #[test]
    fn offsets_that_are_not_mirror_makers_are_passed_over() {
        let answer = serde_json::json!({ "offsets": [
            { "partition": { "cluster": "source", "topic": "a", "partition": 0 }, "offset": { "offset": 7 } },
            { "partition": { "cluster": "source", "topic": "a", "partition": 1 }, "offset": null },
            { "partition": { "file": "x" }, "offset": { "position": 7 } },
        ]});
        let offsets = source_offsets(&answer).unwrap();
        assert_eq!(offsets.len(), 2);
        assert_eq!((offsets[0].offset, offsets[1].offset), (Some(7), None));
        assert_eq!(source_offsets(&serde_json::json!([])), None);
    }

    #[test]
    fn a_state_of_a_later_version_is_no_fault() {
        let state: State = serde_json::from_str("\"HIBERNATING\"").unwrap();
        assert_eq!(state, State::Unknown);
    }
}
