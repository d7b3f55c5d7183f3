//! Locks: what is locked cannot be deleted, nor can what it is part of.
//!
//! A lock holds its scope and everything below; a parent of a locked resource cannot go either, for it would take the
//! resource along. Locks themselves can be written and deleted. `ReadOnly` forbids writing as well.

use jiff::Timestamp;
use serde_json::json;

use super::denials;
use super::error::ArmError;
use super::faults::LockLevel;
use super::state::Stored;
use super::world::World;
use super::writes::group_of;

pub const LOCKS: &str = "microsoft.authorization/locks";
const BEHIND_SCOPE: &str = "/providers/microsoft.authorization/locks/";

/// Refuses the deletion of `id` when a deny assignment or a lock forbids it.
pub fn may_delete(world: &World, id: &str) -> Result<(), ArmError> {
    denials::may_delete(world, id, None)?;
    unlocked(world, id)
}

/// Refuses the deletion of `id` for a lock alone, as for a stack that deletes what is its own.
pub fn unlocked(world: &World, id: &str) -> Result<(), ArmError> {
    let key = id.to_lowercase();
    if key.contains(BEHIND_SCOPE) {
        return Ok(());
    }
    let holds = |scope: &str| {
        key == scope || key.starts_with(&format!("{scope}/")) || scope.starts_with(&format!("{key}/"))
    };
    let scopes = scopes(world, |_| true).filter(|scope| holds(&scope.to_lowercase()));
    refuse(id, "delete", &scopes.collect::<Vec<_>>())
}

/// Refuses to write `id` when a `ReadOnly` lock on it, or on what it is part of, forbids it.
pub fn may_write(world: &World, id: &str) -> Result<(), ArmError> {
    let key = id.to_lowercase();
    if key.contains(BEHIND_SCOPE) {
        return Ok(());
    }
    let read_only = |stored: &Stored| {
        let level = stored.document.pointer("/properties/level");
        level.and_then(serde_json::Value::as_str) == Some("ReadOnly")
    };
    let holds = |scope: &str| key == scope || key.starts_with(&format!("{scope}/"));
    let scopes = scopes(world, read_only).filter(|scope| holds(&scope.to_lowercase()));
    refuse(id, "write", &scopes.collect::<Vec<_>>())
}

/// What is locked by a lock that `wanted` takes.
fn scopes(world: &World, wanted: impl Fn(&Stored) -> bool) -> impl Iterator<Item = &str> {
    let locks = world.state.resources.iter().filter(|(_, stored)| is_lock(stored));
    locks
        .filter(move |(_, stored)| wanted(stored))
        .filter_map(|(lock, stored)| Some(&stored.id[..lock.rfind(BEHIND_SCOPE)?]))
}

fn refuse(id: &str, verb: &str, scopes: &[&str]) -> Result<(), ArmError> {
    if scopes.is_empty() {
        return Ok(());
    }
    Err(ArmError::conflict(
        "ScopeLocked",
        format!(
            "The scope '{id}' cannot perform {verb} operation because following scope(s) are locked: '{}'. Please remove the lock and try again.",
            scopes.join(",")
        ),
    ))
}

/// Whether a lock on `scope` or above it keeps what belongs to it.
pub fn keeps(world: &World, scope: &str) -> bool {
    let scope = scope.to_lowercase();
    scopes(world, |_| true)
        .map(str::to_lowercase)
        .any(|locked| scope == locked || scope.starts_with(&format!("{locked}/")))
}

impl World {
    /// Locks the group that `id` is in, as a fault script asks for it.
    pub(super) fn lock_group(&mut self, id: &str, level: LockLevel, at: Timestamp) {
        let Some(group) = group_of(id) else {
            return;
        };
        let name = "made-by-a-fault";
        let id = format!(
            "/subscriptions/{}/resourceGroups/{group}/providers/Microsoft.Authorization/locks/{name}",
            self.settings.subscription
        );
        let properties = json!({"level": level, "notes": "Somebody else locked this."});
        let lock = Stored {
            document: json!({"id": id, "name": name, "type": "Microsoft.Authorization/locks", "properties": properties}),
            given: json!({ "properties": properties }),
            resource_type: "Microsoft.Authorization/locks".to_owned(),
            name: name.to_owned(),
            api_version: "2020-05-01".to_owned(),
            created: at,
            changed: at,
            id,
        };
        self.state.resources.insert(lock.id.to_lowercase(), lock);
        self.dirty = true;
    }
}

fn is_lock(stored: &Stored) -> bool {
    stored.resource_type.eq_ignore_ascii_case(LOCKS)
}
