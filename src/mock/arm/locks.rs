//! Locks: what is locked cannot be deleted, nor can what it is part of.
//!
//! A lock holds its scope and everything below; a parent of a locked resource cannot go either, for it would take the
//! resource along. Locks themselves can be deleted. Of `ReadOnly` only the guard against deletion is kept.

use super::error::ArmError;
use super::state::Stored;
use super::world::World;

pub const LOCKS: &str = "microsoft.authorization/locks";
const BEHIND_SCOPE: &str = "/providers/microsoft.authorization/locks/";

/// Refuses the deletion of `id` when a lock forbids it.
pub fn may_delete(world: &World, id: &str) -> Result<(), ArmError> {
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
    let locked = world.state.resources.iter().filter(|(_, stored)| is_lock(stored));
    let scopes: Vec<&str> = locked
        .filter_map(|(lock, stored)| Some((lock.rfind(BEHIND_SCOPE)?, stored)))
        .map(|(at, stored)| &stored.id[..at])
        .filter(|scope| holds(&scope.to_lowercase()))
        .collect();
    if scopes.is_empty() {
        return Ok(());
    }
    Err(ArmError::conflict(
        "ScopeLocked",
        format!(
            "The scope '{id}' cannot perform delete operation because following scope(s) are locked: '{}'. Please remove the lock and try again.",
            scopes.join(",")
        ),
    ))
}

fn is_lock(stored: &Stored) -> bool {
    stored.resource_type.eq_ignore_ascii_case(LOCKS)
}
