//! Names that something deleted still holds.

use futures_util::future::join_all;

use super::{Asked, Check, Verdict};
use crate::azure::AzureError;
use crate::azure::soft_deleted::DeletedVault;
use crate::deploy::made::Made;

const VAULT: &str = "Microsoft.KeyVault/vaults";
const WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces";

pub(super) async fn deleted(asked: &Asked<'_>) -> Result<Vec<Check>, AzureError> {
    let (vaults, workspaces) = tokio::join!(vaults(asked), workspaces(asked));
    Ok([vaults?, workspaces?].concat())
}

async fn vaults(asked: &Asked<'_>) -> Result<Vec<Check>, AzureError> {
    let new = asked.new_top_level().filter(|made| made.is_of(VAULT));
    let answers = join_all(new.map(async |vault| {
        let location = vault.text("/location").unwrap_or(asked.location);
        let found = asked
            .client
            .deleted_vault(&asked.scope.subscription, location, &vault.name)
            .await;
        super::or_unknown(&format!("deleted {}", vault.name), found, |found| {
            vec![judge_vault(&vault.name, found.as_ref())]
        })
    }));
    let checks: Result<Vec<_>, _> = answers.await.into_iter().collect();
    Ok(checks?.concat())
}

fn judge_vault(name: &str, found: Option<&DeletedVault>) -> Check {
    let check = format!("deleted {name}");
    let Some(vault) = found else {
        return Check::new(
            &check,
            Verdict::Passed,
            "no deleted vault has its name".to_owned(),
        );
    };
    let until = if vault.purged.is_empty() {
        String::new()
    } else {
        format!(" until {}", vault.purged)
    };
    let way_out = if vault.is_protected {
        format!("recover it (`az keyvault recover --name {name}`), or choose another name")
    } else {
        format!(
            "recover it (`az keyvault recover --name {name}`) or purge it (`az keyvault purge --name {name}`)"
        )
    };
    let detail = format!("a deleted key vault holds the name `{name}`{until}: {way_out}");
    Check::new(&check, Verdict::Failed, detail)
}

/// A deleted workspace belongs to its group: where there is no group, there is none.
async fn workspaces(asked: &Asked<'_>) -> Result<Vec<Check>, AzureError> {
    let new: Vec<&Made> = asked
        .new_top_level()
        .filter(|made| made.is_of(WORKSPACE))
        .collect();
    if new.is_empty() || asked.group.is_none() {
        return Ok(Vec::new());
    }
    let names = asked.client.deleted_workspaces(asked.scope).await;
    super::or_unknown("deleted workspaces", names, |names| {
        new.iter()
            .map(|made| judge_workspace(&made.name, &names))
            .collect()
    })
}

/// Azure recovers a workspace that is made again under its name, with the data it had.
fn judge_workspace(name: &str, deleted: &[String]) -> Check {
    let check = format!("deleted {name}");
    if deleted.iter().any(|one| one.eq_ignore_ascii_case(name)) {
        let detail = format!("the deleted workspace `{name}` will be recovered with the data that it had");
        return Check::new(&check, Verdict::Warning, detail);
    }
    let detail = "no deleted workspace has its name".to_owned();
    Check::new(&check, Verdict::Passed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_vault_holds_its_name_and_the_way_out_is_told() {
        let vault = |is_protected| DeletedVault {
            purged: "2026-12-01T00:00:00Z".into(),
            is_protected,
        };
        assert_eq!(judge_vault("kv", None).verdict, Verdict::Passed);
        let open = judge_vault("kv", Some(&vault(false)));
        assert_eq!(open.verdict, Verdict::Failed);
        assert!(
            open.detail.contains("until 2026-12-01T00:00:00Z") && open.detail.contains("purge --name kv")
        );
        assert!(
            !judge_vault("kv", Some(&vault(true)))
                .detail
                .contains("purge --name")
        );
    }

    #[test]
    fn a_deleted_workspace_comes_back_with_its_data() {
        let deleted = ["Logs".to_owned()];
        assert_eq!(judge_workspace("logs", &deleted).verdict, Verdict::Warning);
        assert_eq!(judge_workspace("other", &deleted).verdict, Verdict::Passed);
    }
}
