//! What the policies of a scope would say of a resource that does not exist yet.

use serde_json::{Value, json};

use super::call::Call;
use super::deployments::items;
use super::refusal::{get, text_of};
use super::{AzureError, Client};
use crate::model::resource_id::ResourceId;

/// Source: the Resource Manager contract, section 2.
const API_VERSION: &str = "2022-03-01";

/// A policy that would deny a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The name of its assignment.
    pub assignment: String,
    /// The name of its definition.
    pub definition: String,
}

impl Denial {
    fn read(evaluation: &Value) -> Option<Self> {
        let effect = get(evaluation, "effectDetails").map(|details| text_of(details, "policyEffect"));
        // Azure evaluates policies that deny unless it is asked for more, and does not always say the effect.
        let denies = effect.is_none_or(|effect| effect.is_empty() || effect.eq_ignore_ascii_case("deny"));
        let is_broken = text_of(evaluation, "evaluationResult").eq_ignore_ascii_case("NonCompliant");
        let info = get(evaluation, "policyInfo").filter(|_| denies && is_broken)?;
        let name = |field| ResourceId::new(text_of(info, field)).name().to_owned();
        Some(Self {
            assignment: name("policyAssignmentId"),
            definition: name("policyDefinitionId"),
        })
    }
}

impl Client {
    /// Returns the policies at `scope`, a group or a subscription, that would deny the resource of `content`.
    ///
    /// # Errors
    ///
    /// Azure's refusal to judge.
    pub async fn denials(
        &self,
        scope: &str,
        content: &Value,
        api_version: &str,
    ) -> Result<Vec<Denial>, AzureError> {
        let path = format!("{scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions");
        let body = json!({ "resourceDetails": { "resourceContent": content, "apiVersion": api_version } });
        let answer = self.send(&Call::post(path, API_VERSION, Some(body))).await?;
        let result = get(&answer.body, "contentEvaluationResult");
        let evaluations = result.map(|result| items(get(result, "policyEvaluations")));
        Ok(evaluations
            .into_iter()
            .flatten()
            .filter_map(Denial::read)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_denies_and_is_broken_counts() {
        let evaluation = |result: &str, effect: Value| {
            json!({
                "policyInfo": {
                    "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/allowed-locations",
                    "policyAssignmentId": "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/only-europe",
                },
                "evaluationResult": result,
                "effectDetails": effect,
            })
        };
        let denial = Denial::read(&evaluation("NonCompliant", Value::Null)).unwrap();
        assert_eq!(
            (denial.assignment.as_str(), denial.definition.as_str()),
            ("only-europe", "allowed-locations")
        );
        assert_eq!(
            Denial::read(&evaluation("NonCompliant", json!({"policyEffect": "Audit"}))),
            None
        );
        assert_eq!(Denial::read(&evaluation("Compliant", Value::Null)), None);
    }
}
