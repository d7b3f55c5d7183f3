//! The file of secrets that a Kafka Connect worker reads: which keys it holds, and how a value is written into it.
//!
//! A connector's configuration names `${file:PATH:KEY}`; Kafka's `FileConfigProvider` reads PATH as a Java properties file
//! on the worker. A password stands inside a quoted JAAS value there, so it is escaped twice: for JAAS, then for the file.

use std::fmt::Write as _;

use secrecy::{ExposeSecret, SecretString};

/// The keys that may occur, for the side `source` or `target`: the password of SASL, of the private key, of OAuth.
pub const PASSWORD: &str = "password";
pub const KEY_PASSWORD: &str = "key-password";
pub const CLIENT_SECRET: &str = "client-secret";

/// The reference by which a connector's configuration names the value of `key` in `file`.
pub fn reference(file: &str, key: &str) -> String {
    format!("${{file:{file}:{key}}}")
}

/// One line of the file. A value that the configuration quotes inside JAAS (all but a key's password) says so.
pub fn line(key: &str, value: &SecretString) -> SecretString {
    let jaas = !key.ends_with(KEY_PASSWORD);
    let value = value.expose_secret();
    let quoted = if jaas {
        escape_jaas(value)
    } else {
        value.to_owned()
    };
    SecretString::from(format!("{key}={}\n", escape_properties(&quoted)))
}

/// JAAS is read by `java.io.StreamTokenizer`: in double quotes, `\` escapes.
fn escape_jaas(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A value as `java.util.Properties` reads it back: `\` escapes, a leading space would be dropped, what is not ASCII is a `\uXXXX` of UTF-16.
pub fn escape_properties(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for (index, character) in value.chars().enumerate() {
        match character {
            '\\' => text.push_str("\\\\"),
            ' ' if index == 0 => text.push_str("\\ "),
            ' '..='~' => text.push(character),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(key: &str, value: &str) -> String {
        line(key, &SecretString::from(value)).expose_secret().to_owned()
    }

    #[test]
    fn a_value_survives_jaas_and_the_properties_file() {
        assert_eq!(written("source.password", "simple"), "source.password=simple\n");
        assert_eq!(
            written("source.password", r#" a"b\c=#!é"#),
            "source.password=\\ a\\\\\"b\\\\\\\\c=#!\\u00e9\n"
        );
        assert_eq!(
            written("target.key-password", r#"a"b\c"#),
            "target.key-password=a\"b\\\\c\n"
        );
    }

    #[test]
    fn a_reference_names_file_and_key() {
        assert_eq!(
            reference("/etc/s", "source.password"),
            "${file:/etc/s:source.password}"
        );
    }
}
