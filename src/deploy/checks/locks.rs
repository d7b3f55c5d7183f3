//! Locks in the way.

use super::{Asked, Check, Verdict};
use crate::azure::AzureError;
use crate::azure::locks::Lock;

const LOCK: &str = "Microsoft.Authorization/locks";

/// Locks that the templates make themselves are meant, and told of by `down`.
pub(super) async fn locks(asked: &Asked<'_>) -> Result<Vec<Check>, AzureError> {
    if asked.group.is_none() {
        return Ok(Vec::new());
    }
    let own: Vec<&str> = asked
        .made
        .iter()
        .filter(|made| made.is_of(LOCK))
        .map(|made| made.name.as_str())
        .collect();
    let found = asked.client.locks(asked.scope).await;
    super::or_unknown("locks", found, |found| judge(&found, &own))
}

fn judge(locks: &[Lock], own: &[&str]) -> Vec<Check> {
    let is_own = |lock: &Lock| own.iter().any(|name| lock.id.name().eq_ignore_ascii_case(name));
    let foreign = locks.iter().filter(|lock| !is_own(lock));
    let mut checks: Vec<Check> = foreign.map(judge_one).collect();
    if checks.is_empty() {
        checks.push(Check::new("locks", Verdict::Passed, "none in the way".to_owned()));
    }
    checks
}

fn judge_one(lock: &Lock) -> Check {
    let name = format!("lock {}", lock.id.name());
    let (place, id) = (lock.place(), lock.id.as_str());
    if lock.forbids_writing() {
        let detail = format!(
            "nothing can be changed below `{place}` (ReadOnly): remove it first, `az lock delete --ids {id}`"
        );
        return Check::new(&name, Verdict::Failed, detail);
    }
    let detail = format!("`down` cannot remove what is below `{place}` ({})", lock.level);
    Check::new(&name, Verdict::Warning, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource_id::ResourceId;

    #[test]
    fn a_lock_against_writing_fails_and_one_against_deleting_warns() {
        let lock = |name: &str, level: &str| Lock {
            id: ResourceId::new(format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/locks/{name}"
            )),
            level: level.into(),
        };
        let locks = [
            lock("frozen", "ReadOnly"),
            lock("keep", "CanNotDelete"),
            lock("own", "CanNotDelete"),
        ];
        let verdicts: Vec<_> = judge(&locks, &["Own"])
            .iter()
            .map(|check| check.verdict)
            .collect();
        assert_eq!(verdicts, [Verdict::Failed, Verdict::Warning]);
        assert_eq!(judge(&locks[2..], &["own"])[0].verdict, Verdict::Passed);
    }
}
