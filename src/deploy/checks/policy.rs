//! What the policies of the subscription say of new resources.

use futures_util::future::join_all;
use serde_json::json;

use super::{Asked, Check, Verdict};
use crate::azure::AzureError;
use crate::azure::policy::Denial;
use crate::deploy::made::Made;

/// One call a resource: more than this would be slow, and Azure counts the calls.
const MOST: usize = 12;

/// Asks for new top-level resources, one of each type first. What a template adds to the body during the deployment
/// is not known to the policy.
pub(super) async fn policy(asked: &Asked<'_>) -> Result<Vec<Check>, AzureError> {
    let new = chosen(asked.new_top_level().collect());
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let place = match asked.group {
        Some(_) => asked.scope.path(),
        None => format!("/subscriptions/{}", asked.scope.subscription),
    };
    let questions = new.iter().map(async |made| {
        let mut content = made.body.clone();
        content["type"] = json!(made.resource_type);
        content["name"] = json!(made.name);
        asked.client.denials(&place, &content, &made.api_version).await
    });
    let answers: Result<Vec<_>, _> = join_all(questions).await.into_iter().collect();
    super::or_unknown("policy", answers, |denials| judge(&new, &denials))
}

fn chosen(made: Vec<&Made>) -> Vec<&Made> {
    let mut first: Vec<&Made> = Vec::new();
    let mut rest = Vec::new();
    for one in made {
        if first.iter().any(|known| known.is_of(&one.resource_type)) {
            rest.push(one);
        } else {
            first.push(one);
        }
    }
    first.extend(rest);
    first.truncate(MOST);
    first
}

fn judge(made: &[&Made], denials: &[Vec<Denial>]) -> Vec<Check> {
    let of_one = |(made, denials): (&&Made, &Vec<Denial>)| {
        let check = |denial: &Denial| {
            let detail = format!(
                "the policy assignment `{}` ({}) denies `{}`: change what it forbids, or ask its owner for an exemption",
                denial.assignment, denial.definition, made.resource_type
            );
            Check::new(&format!("policy {}", made.name), Verdict::Failed, detail)
        };
        denials.iter().map(check).collect::<Vec<_>>()
    };
    let mut checks: Vec<Check> = made.iter().zip(denials).flat_map(of_one).collect();
    if checks.is_empty() {
        let detail = format!(
            "none denies the {} new resources that were asked about",
            made.len()
        );
        checks.push(Check::new("policy", Verdict::Passed, detail));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_asked_about_before_a_second_of_the_same() {
        let of = |kind: &str, name: &str| Made::of(&format!("A.B/{kind}"), name, json!({}));
        let mut made: Vec<Made> = (0..20).map(|number| of("many", &number.to_string())).collect();
        made.push(of("one", "last"));
        let chosen = chosen(made.iter().collect());
        assert_eq!((chosen.len(), chosen[1].name.as_str()), (MOST, "last"));
    }

    #[test]
    fn the_policy_that_denies_is_named() {
        let made = Made::of("A.B/cs", "c", json!({}));
        let denial = Denial {
            assignment: "only-europe".into(),
            definition: "allowed-locations".into(),
        };
        let check = judge(&[&made], &[vec![denial]]).remove(0);
        assert_eq!(check.verdict, Verdict::Failed);
        assert!(
            check
                .detail
                .contains("`only-europe` (allowed-locations) denies `A.B/cs`")
        );
        assert_eq!(judge(&[&made], &[vec![]])[0].verdict, Verdict::Passed);
    }
}
