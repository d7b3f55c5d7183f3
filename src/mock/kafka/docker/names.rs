//! What the containers of one site are called, and the labels by which they are found again.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use super::DockerError;
use crate::mock::place::Place;

/// Carried by everything that a site makes; its value tells the sites apart.
const LABEL: &str = "landfall.site";

/// Which of the two clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

/// The names of one site: a key made from the path of its state folder, so that the same folder gives the same names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    key: String,
}

impl Names {
    /// The names for the site that is kept at `place`.
    pub fn of(place: &Place) -> Result<Self, DockerError> {
        let folder = place.docker();
        let whole =
            std::path::absolute(&folder).map_err(|source| DockerError::Folder { path: folder, source })?;
        let hash = xxh3_64(whole.as_os_str().as_encoded_bytes());
        Ok(Self {
            key: format!("{:08x}", hash >> 32),
        })
    }

    /// The private network.
    pub fn network(&self) -> String {
        format!("landfall-{}", self.key)
    }

    /// One broker; the first has the number 1.
    pub fn broker(&self, side: Side, number: u16) -> String {
        format!("landfall-{}-{side}-{number}", self.key)
    }

    /// The Kafka Connect worker.
    pub fn worker(&self) -> String {
        format!("landfall-{}-connect", self.key)
    }

    /// `name=value`, for `--label`.
    pub fn label(&self) -> String {
        format!("{LABEL}={}", self.key)
    }

    /// For `--filter`.
    pub fn filter(&self) -> String {
        format!("label={}", self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8Path;

    #[test]
    fn a_state_folder_has_its_own_names_and_keeps_them() {
        let names = |folder: &str| Names::of(&Place::of(Utf8Path::new(folder))).unwrap();
        assert_eq!(names("/a/.landfall"), names("/a/.landfall"));
        assert_ne!(names("/a/.landfall").network(), names("/b/.landfall").network());
        let broker = names("/a").broker(Side::Source, 3);
        assert!(
            broker.starts_with("landfall-") && broker.ends_with("-source-3"),
            "{broker}"
        );
    }
}
