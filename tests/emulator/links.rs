//! Templates and parameters behind links, from a server beside the emulator.

use super::*;

use axum::http::{HeaderMap, StatusCode as Status, Uri, header};
use axum::response::{IntoResponse, Response as Reply};

/// A server of documents by path; it notes what it was asked, with the header that must not be there.
struct Library {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

fn reply(
    documents: &BTreeMap<String, String>,
    uri: &Uri,
    headers: &HeaderMap,
    asked: &Mutex<Vec<String>>,
) -> Reply {
    let told = headers.get(header::AUTHORIZATION).map_or("", |_| " with a token");
    asked.lock().unwrap().push(format!("{uri}{told}"));
    match uri.path() {
        "/round" => (Status::FOUND, [(header::LOCATION, "/round".to_owned())]).into_response(),
        "/moved.json" => (
            Status::FOUND,
            [(header::LOCATION, "/nested/child.json".to_owned())],
        )
            .into_response(),
        "/large.json" => format!("{{\"a\": \"{}\"}}", "x".repeat(5 << 20)).into_response(),
        "/signed.json" if uri.query() != Some("sig=hush") => Status::FORBIDDEN.into_response(),
        path => documents
            .get(path)
            .cloned()
            .map_or_else(|| Status::NOT_FOUND.into_response(), IntoResponse::into_response),
    }
}

impl Library {
    async fn start(documents: Vec<(&str, String)>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let documents: BTreeMap<String, String> = documents
            .into_iter()
            .map(|(path, text)| (path.to_owned(), text))
            .collect();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let app = axum::Router::new().fallback(move |uri: Uri, headers: HeaderMap| {
            let reply = reply(&documents, &uri, &headers, &heard);
            async move { reply }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, asked }
    }

    fn link(&self, path: &str) -> Value {
        json!({"properties": {"mode": "Incremental", "templateLink": {"uri": format!("{}{path}", self.base)}}})
    }
}

/// A parent that links to its child by a path, by a joined address, and once more through an address known at run time.
fn parent() -> String {
    let linked = |name: &str, link: Value| {
        json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": name,
               "properties": {"mode": "Incremental", "templateLink": link, "parameters": {"name": {"value": name}}}})
    };
    let mut late = linked("late", json!({"uri": "[reference('byPath').outputs.self.value]"}));
    late["dependsOn"] = json!(["byPath"]);
    let template = template(
        json!([
            linked(
                "byPath",
                json!({"relativePath": "nested/child.json", "contentVersion": "1.0.0.0"})
            ),
            linked(
                "byUri",
                json!({"uri": "[uri(deployment().properties.templateLink.uri, 'nested/child.json')]"})
            ),
            late,
        ]),
        json!({"outputs": {"said": {"type": "string", "value": "[reference('byPath').outputs.said.value]"}}}),
    );
    format!("// a template as people write it\n{template}")
}

fn child() -> String {
    template(
        json!([{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[toLower(parameters('name'))]",
                "location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}]),
        json!({
            "parameters": {"name": {"type": "string"}},
            "outputs": {
                "said": {"type": "string", "value": "[concat(parameters('name'), ' ', deployment().name)]"},
                "self": {"type": "string", "value": "[concat(deployment().properties.templateLink.uri, '?again')]"},
            },
        }),
    )
    .to_string()
}

#[tokio::test]
async fn linked_templates_are_read_without_the_token_and_lead_on() {
    let library = Library::start(vec![("/main.json", parent()), ("/nested/child.json", child())]).await;
    let site = Site::with_group(settings()).await;
    let body = library.link("/main.json");
    let valid = site
        .call(
            Method::POST,
            &format!("{}/validate", deployment("main")),
            Some(body.clone()),
        )
        .await;
    let valid: Value = valid.json().await.unwrap();
    let ids = valid["properties"]["validatedResources"]
        .as_array()
        .unwrap_or_else(|| panic!("{valid}"));
    assert_eq!(
        ids.len(),
        5,
        "three modules, and what is in the two known before the run: {ids:?}"
    );
    let accepted = site.call(Method::PUT, &deployment("main"), Some(body)).await;
    assert_eq!(
        accepted.status(),
        StatusCode::CREATED,
        "{}",
        accepted.text().await.unwrap()
    );
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(site.followed(&monitor).await, json!({"status": "Succeeded"}));
    let main = site.get(&deployment("main")).await;
    assert_eq!(main["properties"]["outputs"]["said"]["value"], "byPath byPath");
    assert_eq!(
        main["properties"]["templateLink"],
        json!({"uri": format!("{}/main.json", library.base)})
    );
    let made = site.get("/resourcegroups/rg/resources").await;
    assert_eq!(made["value"].as_array().unwrap().len(), 3, "{made}");
    let asked = library.asked.lock().unwrap().clone();
    assert!(
        asked.contains(&"/nested/child.json?again".to_owned()),
        "{asked:?}"
    );
    assert!(!asked.iter().any(|one| one.contains("token")), "{asked:?}");
}

#[tokio::test]
async fn parameters_can_be_linked_and_a_signature_is_sent_but_never_shown() {
    let parameters =
        json!({"$schema": "x", "contentVersion": "1.0.0.0", "parameters": {"name": {"value": "fromfile"}}});
    let library = Library::start(vec![
        ("/signed.json", child()),
        ("/parameters.json", parameters.to_string()),
    ])
    .await;
    let site = Site::with_group(settings()).await;
    let mut body = library.link("/signed.json");
    body["properties"]["templateLink"]["queryString"] = json!("sig=hush");
    body["properties"]["parametersLink"] = json!({"uri": format!("{}/parameters.json", library.base)});
    let accepted = site.call(Method::PUT, &deployment("d"), Some(body.clone())).await;
    assert_eq!(
        accepted.status(),
        StatusCode::CREATED,
        "{}",
        accepted.text().await.unwrap()
    );
    let shown = accepted.text().await.unwrap();
    assert!(shown.contains("fromfile") && !shown.contains("hush"), "{shown}");
    body["properties"]["templateLink"]["queryString"] = json!("sig=wrong");
    let refused = site
        .call(Method::PUT, &deployment("e"), Some(body))
        .await
        .text()
        .await
        .unwrap();
    assert!(
        refused.contains("InvalidContentLink") && refused.contains("'403'") && !refused.contains("wrong"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_refused_with_its_reason() {
    let library = Library::start(vec![
        ("/text.json", "plain".to_owned()),
        ("/nested/child.json", child()),
    ])
    .await;
    let site = Site::with_group(settings()).await;
    let refused = async |uri: String| {
        let body = json!({"properties": {"mode": "Incremental", "templateLink": {"uri": uri}}});
        let answer = site.call(Method::PUT, &deployment("d"), Some(body)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{uri}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], "InvalidContentLink", "{body}");
        body["error"]["message"].as_str().unwrap().to_owned()
    };
    let base = &library.base;
    let missing = refused(format!("{base}/none.json")).await;
    assert!(
        missing.starts_with(&format!(
            "Unable to download deployment content from '{base}/none.json'. "
        )),
        "{missing}"
    );
    assert!(refused(format!("{base}/round")).await.contains("redirected"));
    assert!(refused(format!("{base}/text.json")).await.contains("not JSON"));
    assert!(
        refused(format!("{base}/large.json"))
            .await
            .contains("limit of 4194304")
    );
    assert!(
        refused("file:///etc/hostname".to_owned())
            .await
            .contains("http or https")
    );
    assert!(
        refused("/etc/hostname".to_owned())
            .await
            .contains("could not be found")
    );
    let moved = site
        .call(
            Method::POST,
            &format!("{}/validate", deployment("m")),
            Some(library.link("/moved.json")),
        )
        .await;
    assert!(
        moved.text().await.unwrap().contains("'name' is not provided"),
        "a redirection is followed"
    );
    let mut version = library.link("/nested/child.json");
    version["properties"]["templateLink"]["contentVersion"] = json!("2.0.0.0");
    let answer = site.call(Method::PUT, &deployment("v"), Some(version)).await;
    assert_eq!(code(answer).await, (400, "InvalidTemplate".to_owned()));
    let nested = template(
        json!([{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n",
                "properties": {"mode": "Incremental", "templateLink": {"uri": format!("{base}/none.json")}}}]),
        json!({}),
    );
    let answer: Value = site.deploy("n", &nested, json!({})).await.json().await.unwrap();
    assert_eq!(answer["error"]["code"], "InvalidTemplateDeployment");
    assert_eq!(
        answer["error"]["details"][0]["code"], "InvalidContentLink",
        "{answer}"
    );
}

#[tokio::test]
async fn a_template_that_links_to_itself_comes_to_an_end() {
    let itself = template(
        json!([{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "[uniqueString(deployment().name)]",
                "copy": {"name": "c", "count": 1},
                "properties": {"mode": "Incremental", "templateLink": {"relativePath": "self.json"}}}]),
        json!({}),
    );
    let library = Library::start(vec![("/self.json", itself.to_string())]).await;
    let site = Site::with_group(settings()).await;
    let accepted = site
        .call(Method::PUT, &deployment("d"), Some(library.link("/self.json")))
        .await;
    assert_eq!(
        accepted.status(),
        StatusCode::CREATED,
        "{}",
        accepted.text().await.unwrap()
    );
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(site.followed(&monitor).await["status"], "Failed");
}

#[tokio::test]
async fn a_template_spec_is_deployed_by_its_id() {
    let site = Site::with_group(settings()).await;
    let spec = "/resourcegroups/rg/providers/Microsoft.Resources/templateSpecs/account";
    site.call(Method::PUT, spec, Some(json!({"location": "westeurope"})))
        .await;
    let mut linked: Value = serde_json::from_str(&child()).unwrap();
    linked["outputs"] = json!({});
    let main = template(
        json!([{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n",
                "properties": {"mode": "Incremental", "templateLink": {"relativePath": "parts/child.json"}, "parameters": {"name": {"value": "spec"}}}}]),
        json!({}),
    );
    let version = json!({"location": "westeurope", "properties": {"mainTemplate": main, "linkedTemplates": [{"path": "parts/child.json", "template": linked}]}});
    let made = site
        .call(Method::PUT, &format!("{spec}/versions/1.0"), Some(version))
        .await;
    assert!(made.status().is_success(), "{}", made.text().await.unwrap());
    let id = format!("/subscriptions/{SUBSCRIPTION}{spec}/versions/1.0");
    let body = json!({"properties": {"mode": "Incremental", "templateLink": {"id": id}}});
    let accepted = site.call(Method::PUT, &deployment("d"), Some(body)).await;
    assert_eq!(
        accepted.status(),
        StatusCode::CREATED,
        "{}",
        accepted.text().await.unwrap()
    );
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(site.followed(&monitor).await, json!({"status": "Succeeded"}));
    assert_eq!(
        site.get(&deployment("d")).await["properties"]["templateLink"],
        json!({"id": id})
    );
}

#[tokio::test]
async fn a_stack_follows_links_to_where_it_deploys() {
    let library = Library::start(vec![("/nested/child.json", child())]).await;
    let site = Site::with_group(settings()).await;
    let uri = format!("{}/nested/child.json", library.base);
    let parent = template(
        json!([{
            "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inside",
            "properties": {
                "mode": "Incremental", "templateLink": {"uri": uri},
                "parameters": {"name": {"value": "[resourceGroup().name]"}},
            },
        }]),
        json!({}),
    );
    let body = json!({
        "location": "westeurope",
        "properties": {
            "template": parent,
            "deploymentScope": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"),
            "actionOnUnmanage": {"resources": "delete"},
            "denySettings": {"mode": "none"},
        },
    });
    let url = format!(
        "{}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Resources/deploymentStacks/linked/validate?api-version=2025-07-01",
        site.running.base_url()
    );
    let accepted = site.send(Method::POST, &url, Some(body)).await.unwrap();
    let valid: Value = site.located(accepted).await.json().await.unwrap();
    let ids = valid["properties"]["validatedResources"].to_string();
    assert!(ids.contains("/storageAccounts/rg"), "{valid}");
    assert_eq!(*library.asked.lock().unwrap(), ["/nested/child.json"]);
}
