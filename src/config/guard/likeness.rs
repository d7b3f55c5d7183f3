//! What a secret looks like: the names it goes by, misspelt ones too, and the shapes that give it away.

/// Whether a key of this name holds a secret.
pub fn names_a_secret(key: &str) -> bool {
    const LAST: [&str; 7] = [
        "passwords",
        "passwd",
        "passphrase",
        "pwd",
        "token",
        "tokens",
        "secrets",
    ];
    const PAIRS: [&str; 10] = [
        "access key",
        "account key",
        "api key",
        "master key",
        "primary key",
        "private key",
        "sas key",
        "secondary key",
        "shared key",
        "connection string",
    ];
    let words = words(key);
    let Some(last) = words.last() else {
        return false;
    };
    let pair = words
        .iter()
        .rev()
        .take(2)
        .rev()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    LAST.contains(&last.as_str())
        || last.ends_with("password")
        || last.ends_with("secret")
        || PAIRS.contains(&pair.as_str())
}

/// Whether a value is a secret by its own look, whatever its key.
pub fn spells_a_secret(text: &str) -> bool {
    const SIGNS: [&str; 6] = [
        "sharedaccesskey=",
        "sharedaccesssignature ",
        "accountkey=",
        "password=",
        "clientsecret=",
        "private key-----",
    ];
    let lower = text.to_lowercase();
    let sign = SIGNS.iter().any(|sign| lower.contains(sign));
    let named = text
        .split_once(':')
        .is_some_and(|(name, rest)| names_a_secret(name) && !rest.is_empty());
    let user_info = lower.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority
            .rsplit_once('@')
            .is_some_and(|(user, _)| user.contains(':'))
    });
    sign || named || user_info
}

/// Whether a word is a slip of the hand away from one that names a secret.
pub fn resembles(word: &str) -> bool {
    const SHORT: [&str; 5] = ["pass", "passwd", "pw", "pwd", "tokens"];
    const LONG: [(&str, usize); 5] = [
        ("password", 2),
        ("passphrase", 2),
        ("secret", 1),
        ("clientsecret", 2),
        ("token", 1),
    ];
    SHORT.contains(&word)
        || word.ends_with("password")
        || word.ends_with("secret")
        || LONG
            .iter()
            .any(|(name, slips)| strsim::damerau_levenshtein(word, name) <= *slips)
}

/// The words of a name in any of the usual spellings, lower case.
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (after_lower && character.is_uppercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_names_of_secrets_in_any_spelling() {
        for key in [
            "password",
            "adminPassword",
            "client-secret",
            "SAS_TOKEN",
            "access-key",
            "ConnectionString",
        ] {
            assert!(names_a_secret(key), "{key}");
        }
        for key in [
            "password-file",
            "secret-name",
            "token-endpoint",
            "key-file",
            "customer-managed-key",
            "keys",
        ] {
            assert!(!names_a_secret(key), "{key}");
        }
    }

    #[test]
    fn knows_a_secret_by_its_look() {
        for text in [
            "Endpoint=sb://x/;SharedAccessKey=abc",
            "https://user:word@example.org/",
            "password:abc",
            "-----BEGIN PRIVATE KEY-----",
        ] {
            assert!(spells_a_secret(text), "{text}");
        }
        for text in [
            "https://kv.vault.azure.net/",
            "kafka-1:9092",
            "image:1.0@sha256:abc",
            "password",
            "user@example.org",
        ] {
            assert!(!spells_a_secret(text), "{text}");
        }
    }
}
