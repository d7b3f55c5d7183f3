//! In which order resources go: whoever needs another goes first, and a part goes with its whole.
//!
//! A child (`namespaces/ns/eventhubs/h`) is deleted by deleting its parent. An extension (`…/providers/…` on another
//! resource) outlives what it extends and is deleted by itself, before.

use std::collections::{BTreeMap, BTreeSet};

use crate::azure::deployments::Dependency;
use crate::model::resource_id::ResourceId;

/// One deletion, and what goes along with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub id: ResourceId,
    pub parts: Vec<ResourceId>,
}

/// The units in waves; those of one wave do not need each other.
pub(super) fn waves(resources: &[ResourceId], dependencies: &[Dependency]) -> Vec<Vec<Unit>> {
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    let mut unit_of: BTreeMap<String, String> = BTreeMap::new();
    for id in resources {
        let whole = whole_of(id, resources);
        unit_of.insert(id.key(), whole.key());
        let parts = Vec::new();
        let unit = units.entry(whole.key()).or_insert_with(|| Unit {
            id: whole.clone(),
            parts,
        });
        if id != whole {
            unit.parts.push(id.clone());
        }
    }
    let needs = needs(&units, &unit_of, dependencies);
    let mut waves = Vec::new();
    while !units.is_empty() {
        let needed: BTreeSet<&String> = needs
            .iter()
            .filter(|(user, _)| units.contains_key(user))
            .map(|(_, used)| used)
            .collect();
        let mut free: Vec<String> = units
            .keys()
            .filter(|key| !needed.contains(key))
            .cloned()
            .collect();
        if free.is_empty() {
            // A circle cannot be ordered; Azure's refusals and our retries sort it out.
            free = units.keys().cloned().collect();
        }
        waves.push(free.iter().filter_map(|key| units.remove(key)).collect());
    }
    waves
}

/// The highest ancestor among `resources` that takes this one along when it is deleted.
fn whole_of<'a>(id: &'a ResourceId, resources: &'a [ResourceId]) -> &'a ResourceId {
    let above = resources.iter().filter(|other| is_part(id, other));
    above.min_by_key(|other| other.as_str().len()).unwrap_or(id)
}

/// Whether `id` is a child, at any depth, of `other`; an extension is not.
fn is_part(id: &ResourceId, other: &ResourceId) -> bool {
    let (id, other) = (id.key(), other.key());
    id.strip_prefix(&other)
        .is_some_and(|rest| rest.starts_with('/') && !rest.contains("/providers/"))
}

/// Whether `id` lives on or below `other`, as a child or as an extension.
pub(super) fn is_below(id: &ResourceId, other: &ResourceId) -> bool {
    let (id, other) = (id.key(), other.key());
    id.strip_prefix(&other).is_some_and(|rest| rest.starts_with('/'))
}

/// Which unit needs which: stated dependencies, lifted to whole units, and extensions need what they extend.
fn needs(
    units: &BTreeMap<String, Unit>,
    unit_of: &BTreeMap<String, String>,
    dependencies: &[Dependency],
) -> BTreeSet<(String, String)> {
    let mut needs = BTreeSet::new();
    for dependency in dependencies {
        for used in &dependency.depends_on {
            if let (Some(user), Some(used)) = (unit_of.get(&dependency.id.key()), unit_of.get(&used.key())) {
                needs.insert((user.clone(), used.clone()));
            }
        }
    }
    for user in units.values() {
        for used in units.values().filter(|used| is_below(&user.id, &used.id)) {
            needs.insert((user.id.key(), used.id.key()));
        }
    }
    needs.retain(|(user, used)| user != used);
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(tail: &str) -> ResourceId {
        ResourceId::new(format!("/subscriptions/s/resourceGroups/g/providers/{tail}"))
    }

    fn names(waves: &[Vec<Unit>]) -> Vec<Vec<&str>> {
        waves
            .iter()
            .map(|wave| wave.iter().map(|unit| unit.id.name()).collect())
            .collect()
    }

    #[test]
    fn who_needs_another_goes_first_and_a_part_goes_with_its_whole() {
        let namespace = id("Microsoft.EventHub/namespaces/ns");
        let hub = id("Microsoft.EventHub/namespaces/NS/eventhubs/orders");
        let role =
            id("Microsoft.EventHub/namespaces/ns/providers/Microsoft.Authorization/roleAssignments/role");
        let endpoint = id("Microsoft.Network/privateEndpoints/pe");
        let zone_group = id("Microsoft.Network/privateEndpoints/pe/privateDnsZoneGroups/default");
        let zone = id("Microsoft.Network/privateDnsZones/zone");
        let needs = |user: &ResourceId, used: &ResourceId| Dependency {
            id: user.clone(),
            depends_on: vec![used.clone()],
        };
        let dependencies = [
            needs(&hub, &namespace),
            needs(&endpoint, &namespace),
            needs(&zone_group, &zone),
        ];
        let resources = [namespace, hub, role, endpoint, zone_group, zone];
        let waves = waves(&resources, &dependencies);
        assert_eq!(names(&waves), [vec!["role", "pe"], vec!["ns", "zone"]]);
        assert_eq!(waves[1][0].parts.len(), 1);
    }

    #[test]
    fn a_circle_still_ends() {
        let (a, b) = (id("A.B/cs/a"), id("A.B/cs/b"));
        let circle = [
            Dependency {
                id: a.clone(),
                depends_on: vec![b.clone()],
            },
            Dependency {
                id: b.clone(),
                depends_on: vec![a.clone()],
            },
        ];
        assert_eq!(waves(&[a, b], &circle).len(), 1);
    }
}
