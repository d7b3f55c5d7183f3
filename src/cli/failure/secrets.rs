//! What is said of secrets that a deployment needs.

use super::Failure;
use crate::cli::exit::Exit;
use crate::template::NeededSecret;

impl Failure {
    /// A secret that Azure would refuse, without its value.
    pub fn weak_secret(secret: &NeededSecret, broken: &[&str]) -> Self {
        let message = format!(
            "the secret `{}`, `{}`, would be refused: {}",
            secret.name,
            secret.reference,
            broken.join("; ")
        );
        let entry = &secret.entry;
        let hint = format!("{} (source: {})", entry.way_out, entry.source);
        Self::of_text(Exit::Configuration, message).hint(hint)
    }
}
