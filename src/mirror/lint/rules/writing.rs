//! What the format reads differently from its author.

use super::rules;
use crate::mirror::lint::finding::{Finding, Place};
use crate::mirror::lint::read::{Block, Form, Setting};
use crate::mirror::lint::spread::head;

rules! {
    DUPLICATE_KEY = Warning "duplicate-key" {
        trap: "a key is written twice",
        reason: "The last one counts and the others say nothing, in a properties file and in JSON alike; a reader sees the first.",
        fix: "keep one of them",
        source: "java.util.Properties; Jackson"
    }
    COMMENT_IN_VALUE = Error "comment-in-value" {
        trap: "a value ends in `# a comment`",
        reason: "A properties file has comments only at the beginning of a line: this one is part of the value, so that a number or a flag is refused and a list of topics holds one more pattern that matches nothing.",
        fix: "put the comment on a line of its own, above",
        source: "java.util.Properties"
    }
    TRAILING_BLANK = Error "trailing-blank" {
        trap: "`A->B.enabled = true ` ends in a blank",
        reason: "A properties file keeps blanks at the end of a value, and MirrorMaker compares this one with `true` as it is: the flow is not enabled. With heartbeats off the process ends at its start; with heartbeats on it runs by accident.",
        fix: "remove the blanks at the end of the line",
        source: "MirrorMakerConfig.clusterPairs; settled against Kafka in docs/mirrormaker2.md"
    }
    EMPTY_VALUE = Error "empty-value" {
        trap: "a key that must say something says nothing",
        reason: "The client has no address or alias to use, and the process ends at its start.",
        fix: "write the value, or remove the key",
        source: "MirrorConnectorConfig"
    }
    PLACEHOLDER = Warning "placeholder-left" {
        trap: "a value still has the sample's placeholder",
        reason: "Nobody replaced it: the address does not exist, or the sign-in is refused.",
        fix: "write your own value",
        source: "the samples of Apache Kafka, Microsoft and Amazon"
    }
}

pub fn check(block: &Block, out: &mut Vec<Finding>) {
    let head = head(block);
    for (index, setting) in block.settings.iter().enumerate() {
        let at = place(&head, setting);
        let earlier = block.settings[..index]
            .iter()
            .rev()
            .find(|other| other.key == setting.key);
        if let Some(earlier) = earlier {
            let line = earlier
                .line
                .map_or_else(String::new, |line| format!(" on line {line}"));
            out.push(DUPLICATE_KEY.at(&at, format!("`{}` is written before{line}", setting.key)));
        }
        if may_hold_a_secret(&setting.key) {
            continue;
        }
        if block.form == Form::Dedicated && commented(setting) {
            let found = format!("the value of `{}` is `{}`", setting.key, setting.value);
            out.push(COMMENT_IN_VALUE.at(&at, found));
        }
        if trailing(setting) {
            let found = format!("`{}` is `{}`, not `true`", setting.key, setting.value);
            out.push(TRAILING_BLANK.at(&at, found));
        }
        if setting.value.trim().is_empty() && must_say_something(&setting.key) {
            out.push(EMPTY_VALUE.at(&at, format!("`{}` is empty", setting.key)));
        }
        if placeholder(setting) {
            out.push(PLACEHOLDER.at(&at, format!("`{}` is `{}`", setting.key, setting.value)));
        }
    }
}

pub fn place(head: &Place, setting: &Setting) -> Place {
    Place {
        line: setting.line.or(head.line),
        ..head.about(&setting.key)
    }
}

/// A value of these is never shown.
pub fn may_hold_a_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    [
        "password",
        "secret",
        "jaas",
        "token",
        "credential",
        "ssl.keystore.key",
        "user.info",
    ]
    .iter()
    .any(|word| key.contains(word))
}

fn commented(setting: &Setting) -> bool {
    setting
        .value
        .split_once('#')
        .is_some_and(|(before, _)| before.is_empty() || before.ends_with([' ', '\t']))
}

/// Where the text is compared as it is. `ConfigDef` trims everything else.
fn trailing(setting: &Setting) -> bool {
    let raw = setting.key.contains("->") && setting.key.ends_with("enabled")
        || setting.key == "emit.heartbeats.enabled";
    raw && setting.value.trim() == "true" && setting.value != "true"
}

fn must_say_something(key: &str) -> bool {
    key.ends_with("bootstrap.servers") || key.ends_with("cluster.alias") || key == "clusters"
}

fn placeholder(setting: &Setting) -> bool {
    let value = setting.value.replace("${", "");
    setting.key.ends_with("bootstrap.servers") && value.contains(['<', '>', '{', '}'])
}
