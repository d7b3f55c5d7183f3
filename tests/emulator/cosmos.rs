//! Who may read and write the data of a Cosmos DB account.

use super::*;

const ACCOUNT: &str = "/resourcegroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/flow";
const NAME: &str = "c6d1a3ee-0a5a-4d8a-93c5-6f7c0c7b8a11";
const READER: &str = "00000000-0000-0000-0000-000000000002";

fn assignment(definition: &str, scope: &str) -> Value {
    json!({"properties": {"principalId": "5f1d6a44-0f63-45ab-bb4e-3d2b3f0a7a55", "roleDefinitionId": definition, "scope": scope}})
}

#[tokio::test]
async fn a_data_role_is_of_the_account_and_for_something_in_it() {
    let site = Site::with_group(settings()).await;
    let body = json!({"location": "westeurope", "properties": {"databaseAccountOfferType": "Standard"}});
    site.call(Method::PUT, ACCOUNT, Some(body)).await;
    let account = format!("/subscriptions/{SUBSCRIPTION}{ACCOUNT}");
    let definition = format!("{account}/sqlRoleDefinitions/{READER}");
    let elsewhere = definition.replace("/flow/", "/other/");
    let nameless = definition.replace(READER, "reader");
    for (name, definition, scope, word) in [
        ("reader", &definition, account.clone(), "must be a GUID"),
        (NAME, &elsewhere, account.clone(), "[roleDefinitionId]"),
        (NAME, &nameless, account.clone(), "[roleDefinitionId]"),
        (
            NAME,
            &definition,
            account.replace("/flow", "/other"),
            "Expected path segment [dbs] at position [0] but found [subscriptions].",
        ),
        (
            NAME,
            &definition,
            format!("{account}/sqlDatabases/orders"),
            "but found [sqlDatabases].",
        ),
        (NAME, &definition, format!("{account}/dbs"), "[scope]"),
        (NAME, &definition, String::new(), "[scope]"),
    ] {
        let path = format!("{ACCOUNT}/sqlRoleAssignments/{name}");
        let answer = site
            .call(Method::PUT, &path, Some(assignment(definition, &scope)))
            .await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{word}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], "BadRequest");
        assert!(
            body["error"]["message"].as_str().unwrap().contains(word),
            "{body}"
        );
    }
    for scope in [
        account.clone(),
        "/".to_owned(),
        format!("{account}/dbs/orders/colls/lines"),
    ] {
        let path = format!("{ACCOUNT}/sqlRoleAssignments/{NAME}");
        let answer = site
            .call(Method::PUT, &path, Some(assignment(&definition, &scope)))
            .await;
        assert_eq!(answer.status(), StatusCode::OK, "{scope}");
    }
}
