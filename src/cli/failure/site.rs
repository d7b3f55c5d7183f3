//! What to do about a mock site.

use super::Advice;
use crate::cli::exit::Exit;
use crate::mock::background::BackgroundError;
use crate::mock::site::SiteError;

pub fn start(error: &SiteError) -> Advice {
    let hint = match error {
        SiteError::InUse { .. } => {
            "wait for the other command, start a shared site with `landfall mock up`, or choose another `--state DIR`"
        }
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
