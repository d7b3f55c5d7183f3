//! The subscription, its tenant, its locations, and the description of the cloud.

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::providers::REGIONS;
use super::super::template::cloud;
use super::super::world::World;
use super::read_only;
use super::request::{Answer, Request, page};

/// Answered without a token, as Azure does: tools find everything else from here.
pub fn metadata(request: &Request) -> Result<Answer, ArmError> {
    read_only(request)?;
    let mut cloud = cloud();
    cloud["resourceManager"] = request.url("/").into();
    if let Some(suffixes) = cloud["suffixes"].as_object_mut() {
        // The Azure CLI reads these in another spelling than templates.
        suffixes.insert("keyVaultDns".into(), "vault.azure.net".into());
        suffixes.insert(
            "azureDataLakeStoreFileSystem".into(),
            "azuredatalakestore.net".into(),
        );
    }
    // The versions between describe all clouds; the older and the newer ones the one that is asked.
    let list = request
        .api_version()
        .is_none_or(|version| version > "2019-05-01" && version < "2022-09-01");
    Ok(Answer::ok(if list { json!([cloud]) } else { cloud }))
}

pub fn tenants(world: &World, request: &Request) -> Result<Answer, ArmError> {
    read_only(request)?;
    let tenant = &world.settings.tenant;
    Ok(Answer::ok(json!({"value": [{
        "id": format!("/tenants/{tenant}"),
        "tenantId": tenant,
        "displayName": "Landfall rehearsal",
        "countryCode": "US",
    }]})))
}

fn subscription(world: &World) -> Value {
    let id = &world.settings.subscription;
    json!({
        "id": format!("/subscriptions/{id}"),
        "subscriptionId": id,
        "tenantId": world.settings.tenant,
        "displayName": "Landfall rehearsal",
        "state": "Enabled",
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
        "authorizationSource": "RoleBased",
    })
}

pub fn list(world: &World, request: &Request) -> Result<Answer, ArmError> {
    read_only(request)?;
    Ok(Answer::ok(
        json!({"value": [subscription(world)], "count": {"type": "Total", "value": 1}}),
    ))
}

pub fn one(world: &World, request: &Request) -> Result<Answer, ArmError> {
    read_only(request)?;
    Ok(Answer::ok(subscription(world)))
}

pub fn locations(world: &World, request: &Request) -> Result<Answer, ArmError> {
    read_only(request)?;
    let subscription = &world.settings.subscription;
    let row = |(name, shown, pair): &(&str, &str, &str)| {
        let paired: Vec<Value> = Some(*pair)
            .filter(|pair| !pair.is_empty())
            .map(
                |pair| json!({"name": pair, "id": format!("/subscriptions/{subscription}/locations/{pair}")}),
            )
            .into_iter()
            .collect();
        json!({
            "id": format!("/subscriptions/{subscription}/locations/{name}"),
            "name": name,
            "type": "Region",
            "displayName": shown,
            "regionalDisplayName": shown,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "pairedRegion": paired},
        })
    };
    Ok(page(request, REGIONS.iter().map(row).collect(), usize::MAX))
}
