//! API profiles: one word at the top of a template instead of a version for each resource.

use super::super::providers;

/// The newest version of a type that was there when the profile, `2018-03-01-hybrid` or `latest`, was made.
///
/// Of a type without a list of versions, the profile's own date.
pub(super) fn version(profile: &str, resource_type: &str) -> String {
    let made = profile.get(..10).unwrap_or("9999-12-31");
    let known = providers::versions(resource_type);
    let stable = |version: &&&str| !version.ends_with("preview");
    let before = known
        .iter()
        .filter(stable)
        .find(|version| **version <= made)
        .or_else(|| known.last());
    before.map_or_else(|| made.to_owned(), |version| (*version).to_owned())
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_profile_gives_the_newest_version_of_its_time() {
        let groups = "Microsoft.Network/networkSecurityGroups";
        assert_eq!(version("2019-03-01-hybrid", groups), "2019-02-01");
        assert!(*version("latest", groups) > *"2024");
        assert_eq!(
            version("2019-03-01-hybrid", "Contoso.Things/things"),
            "2019-03-01"
        );
    }
}
