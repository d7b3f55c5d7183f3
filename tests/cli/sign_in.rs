//! Who `landfall doctor` says you are, and how an environment chooses its credential.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::{Scene, ran};

/// A scene whose mock site takes a token with these claims.
fn signed_in(claims: &str) -> (Scene, String) {
    let scene = Scene::new();
    let token = format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims));
    scene.write(".landfall/mock/token", &token);
    (scene, token)
}

#[test]
fn doctor_says_who_you_are_and_never_the_token() {
    let (scene, token) = signed_in(
        r#"{"oid": "11111111-0000-0000-0000-000000000001", "upn": "ada@example.com",
            "appid": "22222222-0000-0000-0000-000000000002", "tid": "33333333-0000-0000-0000-000000000003"}"#,
    );
    for more in [&[][..], &["--output", "json"]] {
        let ran = scene.done(&[&["doctor", "--mock"][..], more].concat());
        for text in [
            "user ada@example.com",
            "object id 11111111-0000-0000-0000-000000000001",
            "application 22222222-0000-0000-0000-000000000002",
            "tenant 33333333-0000-0000-0000-000000000003",
            "(00000000-0000-0000-0000-000000000000)",
        ] {
            assert!(ran.stdout.contains(text), "no `{text}` in\n{}", ran.stdout);
        }
        let claims = token.split('.').nth(1).unwrap();
        assert!(!ran.stdout.contains(claims) && !ran.stderr.contains(claims));
    }
}

#[test]
fn doctor_names_the_environments_whose_subscription_is_not_seen() {
    let scene = Scene::new();
    scene.edit(
        "environments/local/environment.yaml",
        "subscription: 00000000-0000-0000-0000-000000000000",
        "subscription: 99999999-0000-0000-0000-000000000009",
    );
    let ran = scene.done(&["doctor", "--mock"]);
    assert!(
        ran.stdout
            .contains("its subscription 99999999-0000-0000-0000-000000000009 is not visible to this sign-in"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("does not tell whose it is"), "{}", ran.stdout);
}

#[test]
fn each_credential_says_what_it_lacks() {
    let scene = Scene::new();
    for (credential, said) in [
        ("client-secret", "the variable `AZURE_TENANT_ID` is not set"),
        (
            "client-certificate",
            "the variable `AZURE_CLIENT_CERTIFICATE_PATH` is not set",
        ),
        (
            "azure-pipelines",
            "the variable `AZURESUBSCRIPTION_TENANT_ID` is not set",
        ),
        (
            "github-oidc",
            "the variable `ACTIONS_ID_TOKEN_REQUEST_URL` is not set",
        ),
        ("workload-identity", "signing in with a workload identity failed"),
    ] {
        let set = format!("azure.credential={credential}");
        let mut command = scene.command(&["plan", "local", "--set", &set]);
        for name in ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"] {
            command.env_remove(name);
        }
        ran(&mut command).fails(5, &[said]);
    }
    let mut command = scene.command(&["plan", "local", "--set", "azure.credential=client-certificate"]);
    command.env("AZURE_CLIENT_CERTIFICATE_PATH", "nowhere.pfx");
    ran(&mut command).fails(5, &["cannot read the certificate `nowhere.pfx`"]);
    scene.write("not.pfx", "not a certificate");
    let mut command = scene.command(&["plan", "local", "--set", "azure.credential=client-certificate"]);
    command
        .env("AZURE_CLIENT_CERTIFICATE_PATH", "not.pfx")
        .env("AZURE_TENANT_ID", "00000000-0000-0000-0000-000000000000")
        .env("AZURE_CLIENT_ID", "app");
    ran(&mut command).fails(
        5,
        &["signing in with the client certificate of `AZURE_CLIENT_ID` failed"],
    );
}

#[test]
fn a_user_assigned_identity_is_named_by_one_id_and_for_managed_identity_alone() {
    let scene = Scene::new();
    let plan = |set: &[&str]| {
        let mut all = vec!["plan", "local", "--mock"];
        all.extend(set.iter().flat_map(|one| ["--set", one]));
        scene.run(&all)
    };
    let managed = "azure.credential=managed-identity";
    assert_eq!(plan(&[managed, "azure.identity.client-id=app"]).code, 0);
    plan(&[
        managed,
        "azure.identity.client-id=app",
        "azure.identity.object-id=o",
    ])
    .fails(3, &["needs one of `client-id`, `object-id` and `resource-id`"]);
    plan(&["azure.identity.client-id=app"]).fails(3, &["another credential is chosen"]);
}

#[test]
fn a_token_of_another_tenant_is_refused_with_the_tenant_to_sign_in_to() {
    let scene = Scene::new();
    scene.site(false);
    let faults = serde_json::json!({ "value": ["GET *: InvalidAuthenticationTokenTenant"] });
    assert_eq!(scene.arm("PUT", "/landfall/faults", &faults), 200);
    let ran = scene.run(&["plan", "local", "--mock"]);
    ran.fails(5, &["InvalidAuthenticationTokenTenant", "`az login --tenant "]);
}
