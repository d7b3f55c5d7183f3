//! How ARM renames the outputs of a deployment: Newtonsoft's camel case, damage included.
//!
//! `AZURE_ENV` comes back as `azurE_ENV`. A template is safe from it only with camelCase output names.

/// The name under which ARM gives an output back.
pub fn output_name(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if !letters.first().is_some_and(|first| first.is_uppercase()) {
        return name.to_owned();
    }
    for index in 0..letters.len() {
        if index == 1 && !letters[index].is_uppercase() {
            break;
        }
        let next = letters.get(index + 1).copied();
        if index > 0 && next.is_some_and(|next| !next.is_uppercase()) {
            if next.is_some_and(char::is_whitespace) {
                letters[index] = lower(letters[index]);
            }
            break;
        }
        letters[index] = lower(letters[index]);
    }
    letters.into_iter().collect()
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::output_name;

    #[test]
    fn renames_as_azure_was_recorded_to_do() {
        for (written, given) in [
            ("AZURE_STORAGE_ACCOUNT_ID", "azurE_STORAGE_ACCOUNT_ID"),
            ("ARRAY_INT", "arraY_INT"),
            ("STRING", "string"),
            ("LogicAppName", "logicAppName"),
            ("VM", "vm"),
            ("VMName", "vmName"),
            ("AZURE_ENV", "azurE_ENV"),
            ("A_B", "a_B"),
            ("kafkaBootstrap", "kafkaBootstrap"),
            ("", ""),
        ] {
            assert_eq!(output_name(written), given, "of {written}");
        }
    }
}
