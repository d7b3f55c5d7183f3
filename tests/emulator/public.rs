//! What templates in public repositories ask for beyond what ours do, in templates of our own.

use super::*;

fn resource(resource_type: &str, name: &str, more: Value) -> Value {
    let mut resource =
        json!({"type": resource_type, "apiVersion": "2023-01-01", "name": name, "location": "westeurope"});
    resource
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    resource
}

async fn outputs(resources: Value, outputs: Value) -> Value {
    let site = Site::with_group(settings()).await;
    let template = template(resources, json!({"outputs": outputs}));
    let deployment = site.deployed("public", &template, json!({})).await;
    assert_eq!(
        deployment["properties"]["provisioningState"], "Succeeded",
        "{deployment:#}"
    );
    deployment["properties"]["outputs"].clone()
}

#[tokio::test]
async fn read_only_properties_are_there_for_types_that_nobody_modelled() {
    let ingress = json!({"properties": {"configuration": {"ingress": {"external": true}}}});
    let found = outputs(
        json!([
            resource("Microsoft.App/containerApps", "shop", ingress),
            resource("Microsoft.Kusto/clusters", "data", json!({"properties": {}})),
            resource(
                "Microsoft.ContainerService/managedClusters",
                "aks",
                json!({"properties": {"dnsPrefix": "d"}})
            ),
        ]),
        json!({
            "app": {"type": "string", "value": "[reference('shop').configuration.ingress.fqdn]"},
            "uri": {"type": "string", "value": "[reference('data').uri]"},
            "nodes": {"type": "string", "value": "[reference('aks').nodeResourceGroup]"},
            "kubelet": {"type": "string", "value": "[reference('aks').identityProfile.kubeletidentity.objectId]"},
        }),
    )
    .await;
    assert_eq!(found["app"]["value"], "shop.app.example");
    assert_eq!(found["uri"]["value"], "https://data.kusto.example/");
    assert_eq!(found["nodes"]["value"], "MC_rg_aks_westeurope");
    assert_eq!(found["kubelet"]["value"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn machines_networks_and_their_parts_have_addresses_and_ids() {
    let network = json!({"properties": {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "brokers", "properties": {"addressPrefix": "10.0.1.0/24"}}],
    }});
    let card = json!({"properties": {"ipConfigurations": [{"name": "main", "properties": {"privateIPAllocationMethod": "Dynamic"}}]}});
    let found = outputs(
        json!([
            resource("Microsoft.Network/virtualNetworks", "net", network),
            resource("Microsoft.Network/networkInterfaces", "card", card),
            resource("Microsoft.Compute/virtualMachines/extensions", "broker/setup", json!({"properties": {}, "condition": false})),
        ]),
        json!({
            "prefix": {"type": "string", "value":
                "[reference(resourceId('Microsoft.Network/virtualNetworks/subnets', 'net', 'brokers'), '2023-01-01').addressPrefix]"},
            "address": {"type": "string", "value": "[reference('card').ipConfigurations[0].properties.privateIPAddress]"},
        }),
    )
    .await;
    assert_eq!(found["prefix"]["value"], "10.0.1.0/24");
    assert!(found["address"]["value"].as_str().unwrap().starts_with("10.0.0."));
}

#[tokio::test]
async fn what_stands_inside_another_resource_is_read_by_its_own_id() {
    let site = Site::with_group(settings()).await;
    let network = json!({"properties": {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "brokers", "properties": {"addressPrefix": "10.0.1.0/24"}}],
    }});
    let network = resource("Microsoft.Network/virtualNetworks", "net", network);
    site.deployed("net", &template(json!([network]), json!({})), json!({}))
        .await;
    let subnets = "/resourcegroups/rg/providers/Microsoft.Network/virtualNetworks/net/subnets";
    let found = site.get(&format!("{subnets}/Brokers")).await;
    assert_eq!(found["properties"]["provisioningState"], "Succeeded");
    assert_eq!(found["type"], "Microsoft.Network/virtualNetworks/subnets");
    let other = site.get(&format!("{subnets}/others")).await;
    assert_eq!(other["error"]["code"], "ResourceNotFound");
}

#[tokio::test]
async fn keys_pass_from_a_nested_deployment_to_its_parent_and_are_stored_nowhere() {
    let site = Site::with_group(settings()).await;
    let nested = json!({"templatelink": null, "Mode": "Incremental", "Template": {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [resource("Microsoft.DocumentDB/databaseAccounts", "items", json!({"properties": {}}))],
        "outputs": {
            "key": {"type": "string", "value": "[listKeys(resourceId('Microsoft.DocumentDB/databaseAccounts', 'items'), '2023-04-15').primaryMasterKey]"},
            "id": {"type": "string", "value": "[resourceId('Microsoft.DocumentDB/databaseAccounts', 'items')]"},
        },
    }});
    let nested = json!({
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "items", "properties": nested,
    });
    let site_settings = json!({"properties": {
        "key": "[reference('items').outputs.key.value]",
        "account": "[reference('items').outputs.id.value]",
    }});
    let site_of = resource("Microsoft.Web/sites", "shop", site_settings);
    let template = template(json!([nested, site_of]), json!({}));
    let deployment = site.deployed("keys", &template, json!({})).await;
    assert_eq!(
        deployment["properties"]["provisioningState"], "Succeeded",
        "{deployment:#}"
    );
    let shop = site
        .get("/resourcegroups/rg/providers/Microsoft.Web/sites/shop")
        .await;
    assert!(
        shop["properties"]["account"].is_string(),
        "what is beside a secret is none: {shop:#}"
    );
    assert!(shop["properties"].get("key").is_none(), "{shop:#}");
}

#[tokio::test]
async fn a_resource_may_be_spoken_of_by_its_last_name_and_a_script_is_not_run() {
    let script = json!({"kind": "AzureCLI", "properties": {"azCliVersion": "2.50.0", "scriptContent": "echo", "retentionInterval": "P1D"}});
    let found = outputs(
        json!([
            resource(
                "Microsoft.Storage/storageAccounts",
                "records",
                json!({"properties": {}})
            ),
            resource(
                "Microsoft.Storage/storageAccounts/blobServices/containers",
                "records/default/kept",
                json!({"properties": {}, "dependsOn": ["records"]})
            ),
            resource("Microsoft.Resources/deploymentScripts", "script", script),
        ]),
        json!({
            "state": {"type": "string", "value": "[reference('kept').provisioningState]"},
            "said": {"type": "string", "value": "[reference('script').outputs.word]"},
            "old": {"type": "int", "value": "[length(listKeys('records', '2015-05-01-preview').key1)]"},
        }),
    )
    .await;
    assert_eq!(found["state"]["value"], "Succeeded");
    assert_eq!(found["said"]["value"], "word");
    assert!(found["old"].get("value").is_none(), "made from a secret");
}
