//! A strict emulator takes only what Azure offers.

use super::*;

fn strict() -> Settings {
    let mut settings = settings();
    settings.strict = true;
    settings
}

fn namespace(resource_type: &str, version: &str) -> Value {
    template(
        json!([{"type": resource_type, "apiVersion": version, "name": "kafka-dev", "location": "westeurope", "properties": {}}]),
        json!({}),
    )
}

async fn refusal(answer: Response) -> (u16, String, String) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("message"))
}

#[tokio::test]
async fn a_template_with_an_unknown_type_or_version_is_refused() {
    let site = Site::with_group(strict()).await;
    for (resource_type, version, status, wanted) in [
        ("Acme.Vaults/boxes", "2024-01-01", 404, "InvalidResourceNamespace"),
        (
            "Microsoft.EventHub/boxes",
            "2024-01-01",
            404,
            "InvalidResourceType",
        ),
        (
            "Microsoft.EventHub/namespaces",
            "2024-01-02",
            400,
            "NoRegisteredProviderFound",
        ),
    ] {
        let template = namespace(resource_type, version);
        let put = site.deploy("d", &template, json!({})).await;
        let (got, code, message) = refusal(put).await;
        assert_eq!((got, code.as_str()), (status, wanted));
        if status == 400 {
            assert!(
                message.contains("API version '2024-01-02' for type 'namespaces'"),
                "{message}"
            );
            assert!(message.contains("'2026-07-01-preview, 2026-01-01, "), "{message}");
        }
        let path = format!("{}/validate", deployment("d"));
        let validated = site
            .call(Method::POST, &path, Some(request(&template, json!({}))))
            .await;
        assert_eq!(refusal(validated).await.1, wanted, "validate says the same");
    }
    assert_eq!(site.call(Method::GET, &deployment("d"), None).await.status(), 404);
    let done = site.deployed("d", &event_hubs(), json!({})).await;
    assert_eq!(done["properties"]["provisioningState"], "Succeeded", "{done}");
}

#[tokio::test]
async fn a_resource_of_an_unknown_type_or_version_is_refused() {
    let site = Site::with_group(strict()).await;
    let base = format!(
        "{}/subscriptions/{SUBSCRIPTION}/resourceGroups/rg",
        site.running.base_url()
    );
    for (method, path, status, wanted) in [
        (
            Method::PUT,
            "/providers/Acme.Vaults/boxes/b?api-version=2024-01-01",
            404,
            "InvalidResourceNamespace",
        ),
        (
            Method::PUT,
            "/providers/Microsoft.EventHub/boxes/b?api-version=2024-01-01",
            404,
            "InvalidResourceType",
        ),
        (
            Method::GET,
            "/providers/Microsoft.EventHub/namespaces/n?api-version=1999-01-01",
            400,
            "NoRegisteredProviderFound",
        ),
        (
            Method::GET,
            "/providers/Microsoft.EventHub/namespaces?api-version=1999-01-01",
            400,
            "NoRegisteredProviderFound",
        ),
        (
            Method::POST,
            "/providers/Microsoft.EventHub/namespaces/n/authorizationRules/r/listKeys?api-version=1999-01-01",
            400,
            "NoRegisteredProviderFound",
        ),
        (
            Method::GET,
            "?api-version=1999-01-01",
            400,
            "InvalidApiVersionParameter",
        ),
        (
            Method::GET,
            "/providers/Microsoft.EventHub/namespaces/n?api-version=2024-01-01",
            404,
            "ResourceNotFound",
        ),
        (
            Method::GET,
            "/providers/Microsoft.EventHub/namespaces?api-version=2024-01-01",
            200,
            "",
        ),
    ] {
        let body = (method == Method::PUT).then(|| json!({"location": "westeurope"}));
        let answer = site.send(method, &format!("{base}{path}"), body).await.unwrap();
        assert_eq!(code(answer).await, (status, wanted.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn whoever_is_not_strict_keeps_what_it_does_not_know_and_says_so() {
    let site = Site::with_group(settings()).await;
    let done = site
        .deployed("d", &namespace("Acme.Vaults/boxes", "2024-01-01"), json!({}))
        .await;
    assert_eq!(done["properties"]["provisioningState"], "Succeeded");
    assert_eq!(
        done["properties"]["diagnostics"][0]["code"],
        "UnknownResourceType"
    );
    let warnings: Value = site
        .own(Method::GET, "warnings", None)
        .await
        .json()
        .await
        .unwrap();
    assert!(
        warnings.to_string().contains("Acme.Vaults/boxes is not known"),
        "{warnings}"
    );
}

#[tokio::test]
async fn a_provider_names_the_versions_that_strictness_takes() {
    let site = Site::with_group(strict()).await;
    let provider = site.get("/providers/Microsoft.EventHub").await;
    let types = provider["resourceTypes"].as_array().unwrap();
    let namespaces = types
        .iter()
        .find(|one| one["resourceType"] == "namespaces")
        .unwrap();
    for version in namespaces["apiVersions"].as_array().unwrap() {
        let template = namespace("Microsoft.EventHub/namespaces", version.as_str().unwrap());
        let path = format!("{}/validate", deployment("d"));
        let answer = site
            .call(Method::POST, &path, Some(request(&template, json!({}))))
            .await;
        assert_eq!(answer.status(), 200, "{version}");
    }
    for provider in site.get("/providers").await["value"].as_array().unwrap() {
        for one in provider["resourceTypes"].as_array().unwrap() {
            let named = format!("{}/{}", provider["namespace"], one["resourceType"]);
            assert!(
                !one["apiVersions"].as_array().unwrap().is_empty(),
                "{named} has no version"
            );
        }
    }
}
