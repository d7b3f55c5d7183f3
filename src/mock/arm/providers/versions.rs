//! Which api-versions Azure offers for a type.

use std::collections::HashMap;
use std::sync::LazyLock;

static VERSIONS: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let lines = include_str!("api-versions.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let resource_type = words.next()?.to_lowercase();
            let mut versions: Vec<&str> = words.collect();
            versions.reverse();
            Some((resource_type, versions))
        })
        .collect()
});

/// The versions of a type, newest first; empty when the emulator has no list of them.
pub fn versions(resource_type: &str) -> &'static [&'static str] {
    VERSIONS
        .get(&resource_type.to_lowercase())
        .map_or(&[], Vec::as_slice)
}
