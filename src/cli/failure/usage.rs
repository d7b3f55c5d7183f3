//! Wrong usage that the command line itself cannot see.

use super::Failure;

impl Failure {
    /// Only what belongs into a pull request is written as Markdown.
    pub fn no_markdown(command: &str) -> Self {
        Self::usage(format!("`landfall {command}` has no `--output markdown`"))
            .hint("`plan` and `status` have; use `--output json` for a program")
    }

    /// Nobody answers a question that a pipeline cannot be asked.
    pub fn not_confirmed(command: &str) -> Self {
        Self::usage(format!(
            "`landfall {command}` wants to be confirmed, and there is no terminal to ask at"
        ))
        .hint("look at the plan, then add `--yes`")
    }

    /// Nobody is asked about several environments at once.
    pub fn several_not_confirmed(command: &str) -> Self {
        Self::usage(format!(
            "`landfall {command}` of several environments does not ask for each of them"
        ))
        .hint("look at `landfall plan` with the same names, then add `--yes`")
    }

    /// A file of one environment.
    pub fn of_one(option: &str) -> Self {
        Self::usage(format!(
            "`{option}` is for one environment, and several are named"
        ))
        .hint("run the command once for each, with a file for each")
    }

    pub fn no_environments(folder: &str) -> Self {
        Self::usage(format!("there is no environment below `{folder}`"))
            .hint("`--environments DIR` names another folder")
    }

    /// The person said no.
    pub fn declined() -> Self {
        Self::usage("nothing was changed: the name was not confirmed")
    }

    pub fn no_environment() -> Self {
        Self::usage("this wants the name of an environment")
            .hint("`landfall mirror ENV …`; only `lint --file` needs none")
    }

    pub fn nothing_to_lint() -> Self {
        Self::usage("nothing to lint was named")
            .hint("`landfall mirror ENV lint`, or `landfall mirror lint --file FILE`")
    }

    pub fn lint_of_two() -> Self {
        Self::usage("an environment and `--file` were named; one of them is linted at a time")
    }
}
