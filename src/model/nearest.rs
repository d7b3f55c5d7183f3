//! The name somebody probably meant.

/// The candidate most like `word`, when one is like it at all: a slip of the hand, or the same beginning.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.0)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// From 0, not alike, to 1, the same.
fn likeness(one: &str, other: &str) -> f64 {
    const SLIP: f64 = 0.6;
    const BEGINNING: f64 = 0.8;
    let slip = strsim::normalized_damerau_levenshtein(one, other);
    let beginning = strsim::jaro_winkler(one, other);
    let enough = |likeness: f64, limit: f64| if likeness >= limit { likeness } else { 0.0 };
    enough(slip, SLIP).max(enough(beginning, BEGINNING))
}

/// `; did you mean …?` for the end of a message, or nothing.
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Values in backticks, separated by commas.
pub fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_like_the_word_and_nothing_else() {
        let keys = ["location", "subscription", "resource-group"];
        assert_eq!(nearest("locaton", keys), Some("location"));
        assert_eq!(nearest("Resource_Group", keys), Some("resource-group"));
        assert_eq!(nearest("equals", ["json", "eq"]), Some("eq"));
        assert_eq!(nearest("colour", keys), None);
    }
}
