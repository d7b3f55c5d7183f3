//! Commands of steps: run without a shell, their words kept for an error.

use std::process::Stdio;

use tokio::process::Command;

use super::StepError;
use crate::template::Step;

/// So many of a command's last lines are told.
const LINES: usize = 5;

/// Runs a `command` of `step`, its program first, to its end.
pub(super) async fn run(command: &[String], step: &Step) -> Result<(), StepError> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(());
    };
    let ended = Command::new(program)
        .args(arguments)
        .envs(&step.env)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| StepError::NoProgram {
            program: program.clone(),
            source,
        })?;
    if ended.status.success() {
        return Ok(());
    }
    let said = if ended.stderr.is_empty() {
        &ended.stdout
    } else {
        &ended.stderr
    };
    let text = String::from_utf8_lossy(said);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    Err(StepError::Command {
        program: program.clone(),
        status: ended.status.to_string(),
        words: last.join("; "),
    })
}
