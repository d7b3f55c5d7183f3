//! The `docker` CLI: whatever engine and context its owner has set up is ours too.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::DockerError;

/// How long one command may take; a daemon on a busy disk needs a while to make a container.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long an engine may take to say that it is there.
const GREETING: Duration = Duration::from_secs(10);
/// How long an image may take to arrive.
const PULL: Duration = Duration::from_mins(15);

/// How much of a log is looked at, and how much of it is worth showing.
const LOG_LINES: &str = "600";
const ERRORS: usize = 6;
const LAST_LINES: usize = 6;

/// The engine that the `docker` command leads to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine;

impl Engine {
    /// Asks for the version of the engine.
    ///
    /// # Errors
    ///
    /// [`DockerError::NoProgram`] without the CLI, [`DockerError::NoEngine`] when nobody answers it.
    pub async fn version(self) -> Result<String, DockerError> {
        let question = ["version", "--format", "{{.Server.Version}}"];
        let answer = self.call(&question, &[], GREETING).await;
        match answer.map(|output| text(&output.stdout)) {
            Ok(version) if !version.is_empty() => Ok(version),
            Ok(_) => Err(DockerError::NoEngine {
                reason: "it says nothing".to_owned(),
            }),
            Err(DockerError::Refused { reason, .. }) => Err(DockerError::NoEngine { reason }),
            Err(DockerError::Silent { seconds, .. }) => Err(DockerError::NoEngine {
                reason: format!("no word within {seconds} s"),
            }),
            Err(other) => Err(other),
        }
    }

    /// Makes sure that `image` is here, pulling it when it is not; returns its id.
    ///
    /// # Errors
    ///
    /// [`DockerError::NoImage`] with what the registry said.
    pub async fn image(self, image: &str) -> Result<String, DockerError> {
        let inspect = ["image", "inspect", "--format", "{{.Id}}", image];
        if let Ok(id) = self.run(&inspect).await {
            return Ok(id);
        }
        match self.call(&["pull", "--quiet", image], &[], PULL).await {
            Ok(_) => self.run(&inspect).await,
            Err(DockerError::Refused { reason, .. }) => Err(DockerError::NoImage {
                image: image.to_owned(),
                reason,
            }),
            Err(other) => Err(other),
        }
    }

    /// Runs a command and returns what it printed, trimmed.
    pub(super) async fn run(self, arguments: &[&str]) -> Result<String, DockerError> {
        let output = self.call(arguments, &[], PATIENCE).await?;
        Ok(text(&output.stdout))
    }

    /// Runs a command that reads `input`.
    pub(super) async fn feed(self, arguments: &[&str], input: &[u8]) -> Result<(), DockerError> {
        self.call(arguments, input, PATIENCE).await.map(drop)
    }

    /// What a container last said, on either stream: its errors, and the end.
    pub(super) async fn last_words(self, container: &str) -> String {
        let arguments = ["logs", "--tail", LOG_LINES, container];
        match self.call(&arguments, &[], PATIENCE).await {
            Ok(output) => worth_showing(&format!("{}\n{}", text(&output.stdout), text(&output.stderr))),
            Err(error) => format!("  ({error})"),
        }
    }

    async fn call(self, arguments: &[&str], input: &[u8], patience: Duration) -> Result<Output, DockerError> {
        let mut child = Command::new("docker")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in this terminal asks Landfall to stop, not the command that it waits for.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| DockerError::NoProgram { source })?;
        let stdin = child.stdin.take();
        let work = async {
            if let Some(mut stdin) = stdin {
                // A command that does not read what it is given says why on its standard error.
                let _ = stdin.write_all(input).await;
            }
            child.wait_with_output().await
        };
        let command = || arguments.iter().take(1).copied().collect::<String>();
        let output = tokio::time::timeout(patience, work)
            .await
            .map_err(|_| DockerError::Silent {
                command: command(),
                seconds: patience.as_secs(),
            })?
            .map_err(|source| DockerError::NoProgram { source })?;
        if output.status.success() {
            return Ok(output);
        }
        Err(DockerError::Refused {
            command: command(),
            reason: reason(&text(&output.stderr)),
        })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// The first errors and the last lines: a JVM that fails says the reason early and then much about its end.
fn worth_showing(log: &str) -> String {
    let lines: Vec<&str> = log
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty() && !line.starts_with("\tat ") && !line.starts_with("\t... "))
        .collect();
    let end = lines.len().saturating_sub(LAST_LINES);
    let told = |line: &&&str| {
        ["ERROR", "FATAL", "Exception", "Caused by"]
            .iter()
            .any(|word| line.contains(word))
    };
    let errors = lines.iter().take(end).filter(told).take(ERRORS);
    let shown: Vec<String> = errors
        .chain(lines.iter().skip(end))
        .map(|line| format!("  {line}"))
        .collect();
    if shown.is_empty() {
        "  (nothing)".to_owned()
    } else {
        shown.join("\n")
    }
}

/// The line that says why, without the CLI's own name.
fn reason(stderr: &str) -> String {
    let mut lines = stderr.lines().filter(|line| !line.trim().is_empty());
    let told = |line: &&str| line.contains("rror");
    let line = lines.clone().find(told).or_else(|| lines.next_back());
    let line = line.unwrap_or("it said nothing").trim();
    line.trim_start_matches("docker: ")
        .trim_start_matches("Error response from daemon: ")
        .trim_start_matches("Error: ")
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_of_a_long_log_are_shown_with_its_end() {
        let end = (0..50).map(|number| format!("INFO {number}"));
        let begin = ["ERROR no room", "\tat somewhere", "Caused by: a full disk"].map(ToOwned::to_owned);
        let log: Vec<String> = begin.into_iter().chain(end).collect();
        let shown = worth_showing(&log.join("\n"));
        assert!(
            shown.starts_with("  ERROR no room\n  Caused by: a full disk\n  INFO 44\n"),
            "{shown}"
        );
        assert!(shown.ends_with("  INFO 49"));
        assert_eq!(worth_showing("\n"), "  (nothing)");
    }

    #[test]
    fn the_reason_is_the_line_that_names_the_error() {
        let stderr = "Using default tag: latest\nError response from daemon: pull access denied for x.\n";
        assert_eq!(reason(stderr), "pull access denied for x");
        assert_eq!(reason("\n"), "it said nothing");
    }
}
