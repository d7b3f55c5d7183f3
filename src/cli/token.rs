//! The token of a mock site: made once, kept in a file for its owner's eyes.

use camino::Utf8Path;
use secrecy::{ExposeSecret, SecretString};

use super::exit::Exit;
use super::failure::Failure;
use crate::run::journal;

/// Reads the token in `file`; makes a random one, for its owner's eyes, when there is none.
pub fn token_of(file: &Utf8Path) -> Result<SecretString, Failure> {
    match fs_err::read_to_string(file) {
        Ok(text) if !text.trim().is_empty() => Ok(SecretString::from(text.trim())),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::of(Exit::Usage, &error)),
        _ => {
            let token = random_token();
            journal::replace(file, format!("{}\n", token.expose_secret()).as_bytes())
                .map_err(|error| Failure::of(Exit::Usage, &error))?;
            Ok(token)
        }
    }
}

/// A token that nobody guesses: two random GUIDs.
pub fn random_token() -> SecretString {
    SecretString::from(format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    ))
}
