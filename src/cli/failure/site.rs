//! What to do about a mock site.

use super::Advice;
use crate::cli::exit::Exit;
use crate::mock::arm::{EmulatorError, ScriptError};
use crate::mock::background::BackgroundError;
use crate::mock::site::SiteError;

pub fn start(error: &SiteError) -> Advice {
    let hint = match error {
        SiteError::InUse { .. } => {
            "wait for the other command, start a shared site with `landfall mock up`, or choose another `--state DIR`"
        }
        SiteError::Arm {
            source: EmulatorError::Log { .. },
        } => "name a file for `--log` that can be written",
        SiteError::Arm {
            source: EmulatorError::Listen { .. },
        } => "choose another address, or port 0 for any that is free",
        SiteError::Arm { .. } => {
            "its state may be damaged: remove `mock/arm.json` in the state folder to begin anew"
        }
        SiteError::Secret { .. } => "begin anew: `landfall mock down`, then `landfall mock up`",
        SiteError::Kafka { .. } | SiteError::Folder { .. } | SiteError::Containers { .. } => {
            "check the state folder with `landfall doctor`"
        }
    };
    (Exit::Usage, Some(hint.into()))
}

pub fn script(error: &ScriptError) -> Advice {
    let hint = match error {
        ScriptError::Unreadable { .. } => "name a file that exists and may be read",
        ScriptError::Wrong { .. } | ScriptError::Spec { .. } => {
            "a fault is written as `PUT */deployments/*: 429 retry-after=2 times=3`; all effects are in docs/emulator.md"
        }
    };
    (Exit::Usage, Some(hint.into()))
}

pub fn unanswered() -> Advice {
    (
        Exit::Usage,
        Some("look whether it runs with `landfall mock status`".into()),
    )
}

pub fn background(error: &BackgroundError) -> Advice {
    let hint = match error {
        BackgroundError::Unreadable { .. } | BackgroundError::Damaged { .. } => {
            "remove the file named, then `landfall mock up`"
        }
        BackgroundError::Start { .. } | BackgroundError::NotReady { .. } => {
            "run `landfall mock serve` to see what it says"
        }
        BackgroundError::End { .. } => "end the process by hand",
    };
    (Exit::Usage, Some(hint.into()))
}
