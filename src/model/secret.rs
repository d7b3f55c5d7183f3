//! A secret is a reference until the moment it is used.
//!
//! [`SecretReference`] is what files may hold. [`SecretReference::local`] reads the kinds that this machine can answer;
//! a `key-vault:` reference needs Azure and is read by whoever wires the program together.

use std::fmt;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Where a secret is kept; never the secret itself.
///
/// Written as a map of one key: `{ env: NAME }`, `{ file: PATH }` or `{ key-vault: VAULT/SECRET }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SecretReference {
    /// The name of an environment variable.
    Env(String),
    /// The path of a file; one trailing line break is not part of the secret.
    #[schemars(with = "String")]
    File(Utf8PathBuf),
    /// `vault-name/secret-name` in Azure Key Vault.
    KeyVault(String),
}

impl fmt::Display for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::KeyVault(name) => write!(f, "key-vault:{name}"),
        }
    }
}

/// A secret that could not be read. The text names the reference, never the value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret `{reference}` is not set: there is no environment variable `{variable}`")]
    NoVariable {
        reference: SecretReference,
        variable: String,
    },
    #[error("cannot read the secret `{reference}`")]
    Unreadable {
        reference: SecretReference,
        source: std::io::Error,
    },
    #[error("the secret `{reference}` is empty")]
    Empty { reference: SecretReference },
}

impl SecretReference {
    /// Reads the secret where this machine alone can answer; `None` for a `key-vault:` reference.
    ///
    /// # Errors
    ///
    /// [`SecretError`] when the variable is not set, the file cannot be read, or either is empty.
    pub fn local(&self) -> Result<Option<SecretString>, SecretError> {
        let value = match self {
            Self::Env(variable) => std::env::var(variable).map_err(|_| SecretError::NoVariable {
                reference: self.clone(),
                variable: variable.clone(),
            })?,
            Self::File(path) => {
                let text = fs_err::read_to_string(path).map_err(|source| SecretError::Unreadable {
                    reference: self.clone(),
                    source,
                })?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
            Self::KeyVault(_) => return Ok(None),
        };
        if value.is_empty() {
            return Err(SecretError::Empty {
                reference: self.clone(),
            });
        }
        Ok(Some(SecretString::from(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_variable_that_is_not_set() {
        let reference = SecretReference::Env("LANDFALL_NO_SUCH_SECRET".into());
        let error = reference.local().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the secret `env:LANDFALL_NO_SUCH_SECRET` is not set: there is no environment variable `LANDFALL_NO_SUCH_SECRET`"
        );
    }

    #[test]
    fn a_file_loses_only_its_last_line_break() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), " with spaces \n").unwrap();
        let path = Utf8PathBuf::from_path_buf(file.path().to_owned()).unwrap();
        let secret = SecretReference::File(path).local().unwrap().unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(&secret), " with spaces ");
    }
}
