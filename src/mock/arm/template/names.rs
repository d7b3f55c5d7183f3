//! How a template speaks of its own resources: by id, by name, by type and name, by symbolic name, by loop.

use std::collections::HashMap;

use super::planned::Planned;

/// The ids behind the names, all compared in lower case.
#[derive(Default)]
pub struct Names {
    ids: HashMap<String, String>,
    loops: HashMap<String, Vec<String>>,
}

impl Names {
    /// Gathers the names of `resources`; `parent` adds what an outer template knows and this one does not.
    pub fn of(resources: &[Planned], parent: Option<&Names>) -> Self {
        let mut names = Self::default();
        for resource in resources {
            for name in resource.spoken_names() {
                names.ids.entry(name).or_insert_with(|| resource.id.clone());
            }
            if let Some(looped) = &resource.looped {
                names
                    .loops
                    .entry(looped.to_lowercase())
                    .or_default()
                    .push(resource.id.clone());
            }
        }
        for (name, id) in only_last_names(resources) {
            names.ids.entry(name).or_insert(id);
        }
        if let Some(parent) = parent {
            for (name, id) in &parent.ids {
                names.ids.entry(name.clone()).or_insert_with(|| id.clone());
            }
        }
        names
    }

    /// The id of the resource that `name` speaks of.
    pub fn id_of(&self, name: &str) -> Option<&str> {
        let key = name.to_lowercase();
        let found = self
            .ids
            .get(&key)
            .or_else(|| self.ids.get(&key.replace("//", "/")));
        found.map(String::as_str)
    }

    /// The ids of a loop's resources; none when there is no such loop.
    pub fn of_loop(&self, name: &str) -> Vec<String> {
        self.loops.get(&name.to_lowercase()).cloned().unwrap_or_default()
    }
}

/// The last names, `part` of `thing/part`, that belong to one resource alone.
fn only_last_names(resources: &[Planned]) -> HashMap<String, String> {
    let mut found: HashMap<String, Option<String>> = HashMap::new();
    for resource in resources {
        let last = resource.name.rsplit('/').next().unwrap_or_default();
        found
            .entry(last.to_lowercase())
            .and_modify(|id| *id = None)
            .or_insert_with(|| Some(resource.id.clone()));
    }
    found
        .into_iter()
        .filter_map(|(name, id)| Some((name, id?)))
        .collect()
}
