//! The path of a value, as `azure.location` or `topics.overrides."orders.v1".partitions`.

/// The path of `key` inside `section`; a key that is more than letters, digits, `-` and `_` is quoted.
pub fn join(section: &str, key: &str) -> String {
    let plain = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let key = if plain {
        key.to_owned()
    } else {
        format!("\"{key}\"")
    };
    if section.is_empty() {
        key
    } else {
        format!("{section}.{key}")
    }
}

/// The section around a path: `azure` of `azure.location`; `None` at the top.
pub fn parent(path: &str) -> Option<&str> {
    let mut quoted = false;
    let mut last = None;
    for (index, character) in path.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => last = Some(index),
            _ => {}
        }
    }
    last.and_then(|index| path.get(..index))
}

/// Splits a path into its keys; `None` when a key is empty or a quote is left open.
pub fn split(path: &str) -> Option<Vec<String>> {
    let mut keys = vec![String::new()];
    let mut quoted = false;
    for character in path.chars() {
        match (character, quoted) {
            ('"', _) => quoted = !quoted,
            ('.', false) => keys.push(String::new()),
            _ => keys.last_mut()?.push(character),
        }
    }
    (!quoted && keys.iter().all(|key| !key.is_empty())).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_with_dots_is_one_key() {
        let path = join(&join("topics.overrides", "orders.v1"), "partitions");
        assert_eq!(path, r#"topics.overrides."orders.v1".partitions"#);
        assert_eq!(
            split(&path).unwrap(),
            ["topics", "overrides", "orders.v1", "partitions"]
        );
        assert_eq!(parent(&path), Some(r#"topics.overrides."orders.v1""#));
        assert_eq!(
            parent(r#"topics.overrides."orders.v1""#),
            Some("topics.overrides")
        );
        assert_eq!(parent("azure"), None);
    }

    #[test]
    fn an_empty_key_or_an_open_quote_is_no_path() {
        assert_eq!(split("azure..location"), None);
        assert_eq!(split(""), None);
        assert_eq!(split("\"azure"), None);
    }
}
