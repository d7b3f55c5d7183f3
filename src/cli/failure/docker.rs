//! Trouble with the containers of the mock site.

use super::Advice;
use crate::cli::exit::Exit;
use crate::mock::kafka::docker::DockerError;

const EMBEDDED: &str = "or rehearse without containers: `landfall mock up --embedded`, `--mock=embedded`";

pub fn site(error: &DockerError) -> Advice {
    let hint = match error {
        DockerError::NoProgram { .. } => format!("install Docker, {EMBEDDED}"),
        DockerError::NoEngine { .. } | DockerError::Silent { .. } => {
            format!("start the Docker engine and try `docker version`, {EMBEDDED}")
        }
        DockerError::NoImage { image, .. } => format!(
            "pull it with `docker pull {image}`, or name an image that this machine reaches with `mock.kafka-image` or `--kafka-image`, {EMBEDDED}"
        ),
        DockerError::NotReady { .. } | DockerError::Ended { .. } => format!(
            "give Docker more memory (2 GiB for the smallest site), or another image with `--kafka-image`, {EMBEDDED}"
        ),
        DockerError::Refused { .. } => {
            format!("run the same `docker` command by hand to see more, {EMBEDDED}")
        }
        DockerError::OtherSettings { .. } => {
            "end it with `landfall mock down`, then start it again: its records go with it".to_owned()
        }
        DockerError::InUse { .. } => "wait for the other command to end".to_owned(),
        DockerError::Brokers { .. } => "use `--brokers 1` or `--brokers 3`".to_owned(),
        DockerError::Folder { .. } => "check the state folder with `landfall doctor`".to_owned(),
        DockerError::Damaged { .. } | DockerError::Secret { .. } => {
            "run `landfall mock down`, then `landfall mock up`".to_owned()
        }
        DockerError::Certificate { .. } | DockerError::Limits { .. } | DockerError::NoPort { .. } => {
            "run again with `-vv` and report what it prints".to_owned()
        }
    };
    (Exit::Usage, Some(hint))
}
