//! What the resource providers do: how long they take, what they fill in, what they refuse.
//!
//! A type that is not in the table is kept as a generic resource, with a warning that everybody can see.

mod addresses;
mod compute;
mod confluent;
mod cosmos;
mod event_hubs;
mod hdinsight;
mod identities;
mod network;
mod offers;
mod others;
mod policies;
mod read_only;
mod resources;
mod stream_analytics;
mod versions;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::error::ArmError;
pub use event_hubs::is_namespace_name;
pub use hdinsight::is_monitor;
pub use offers::offers;
pub use read_only::{fill as fill_read_only, is_read_only};
pub use versions::versions;

/// Every provider's rows.
const TABLES: &[&[Provider]] = &[
    event_hubs::TABLE,
    network::TABLE,
    compute::TABLE,
    identities::TABLE,
    others::TABLE,
    resources::TABLE,
    addresses::TABLE,
    policies::TABLE,
    hdinsight::TABLE,
    stream_analytics::TABLE,
    confluent::TABLE,
    cosmos::TABLE,
];

/// One row of the table.
pub struct Provider {
    /// In Azure's spelling; compared without regard to case.
    pub resource_type: &'static str,
    /// Whether a PUT is accepted first and done later, and how long that takes as a rule.
    pub takes: Option<Duration>,
    /// Whether the resource shows in the list of its group.
    pub tracked: bool,
    /// Refuses what Azure would refuse.
    pub check: fn(&Request<'_>) -> Result<(), ArmError>,
    /// Fills in what the provider adds by itself.
    pub complete: fn(&Settled<'_>, &mut Map<String, Value>),
}

/// A resource that somebody wants to write.
pub struct Request<'a> {
    pub id: &'a str,
    pub names: &'a [String],
    pub body: &'a Value,
    /// The document before, when there is one.
    pub before: Option<&'a Value>,
    /// The parent's document, when there is one.
    pub parent: Option<&'a Value>,
    /// How many siblings of the same type the parent has already.
    pub siblings: usize,
}

/// A resource that is being stored.
pub struct Settled<'a> {
    pub id: &'a str,
    pub names: &'a [String],
    pub subscription: &'a str,
    pub tenant: &'a str,
    pub created: Timestamp,
    pub now: Timestamp,
    /// False while the operation runs.
    pub done: bool,
    /// The document so far, when there is one.
    pub before: Option<&'a Value>,
    /// The documents of what it hangs on, the nearest first.
    pub above: &'a [&'a Value],
}

impl Request<'_> {
    pub fn property(&self, pointer: &str) -> &Value {
        self.body
            .pointer(&format!("/properties{pointer}"))
            .unwrap_or(&Value::Null)
    }
}

impl Settled<'_> {
    /// A GUID that is the same whenever this resource is asked for `what`.
    pub fn guid(&self, what: &str) -> String {
        let seed = format!("{}#{what}", self.id.to_lowercase());
        Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes()).to_string()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the table's column is optional")]
const fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

#[expect(clippy::unnecessary_wraps, reason = "one of the table's checks")]
fn accept(_: &Request<'_>) -> Result<(), ArmError> {
    Ok(())
}

fn add_nothing(_: &Settled<'_>, _: &mut Map<String, Value>) {}

/// A row for a type that only needs to be kept.
const fn plain(resource_type: &'static str, takes: Option<Duration>, tracked: bool) -> Provider {
    Provider {
        resource_type,
        takes,
        tracked,
        check: accept,
        complete: add_nothing,
    }
}

/// The row of a type; `None` when the emulator does not know it.
pub fn find(resource_type: &str) -> Option<&'static Provider> {
    TABLES
        .iter()
        .copied()
        .flatten()
        .find(|row| row.resource_type.eq_ignore_ascii_case(resource_type))
}

/// The status with which a PUT is answered that makes a resource.
///
/// Source: what Microsoft's clients accept for each type.
pub fn status_when_made(resource_type: &str) -> u16 {
    let lower = resource_type.to_lowercase();
    let says_ok = [
        "microsoft.eventhub/namespaces/",
        "microsoft.hdinsight/",
        "microsoft.confluent/agreements",
        "microsoft.documentdb/databaseaccounts/sqlroleassignments",
    ]
    .iter()
    .any(|start| lower.starts_with(start));
    if says_ok { 200 } else { 201 }
}

/// The provisioning state of a resource that is being made, or changed.
pub fn state_while_made(resource_type: &str, is_new: bool) -> &'static str {
    if resource_type.eq_ignore_ascii_case("Microsoft.HDInsight/clusters") {
        "InProgress"
    } else if is_new {
        "Creating"
    } else {
        "Updating"
    }
}

/// Every type of the table.
pub fn types() -> impl Iterator<Item = &'static str> {
    TABLES.iter().copied().flatten().map(|row| row.resource_type)
}

/// The namespaces of the table, each once.
pub fn namespaces() -> Vec<&'static str> {
    let mut names: Vec<&str> = types().filter_map(|one| one.split('/').next()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether the type is listed among its group's resources; unknown types are when they have no parent.
pub fn is_tracked(resource_type: &str) -> bool {
    find(resource_type).map_or_else(|| resource_type.matches('/').count() == 1, |row| row.tracked)
}

/// Inserts what is missing.
fn default(properties: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    properties.entry(key).or_insert_with(|| value.into());
}

/// The regions that the emulator offers.
///
/// Source: `GET /subscriptions/{id}/locations`, physical regions with Event Hubs.
pub const REGIONS: &[(&str, &str, &str)] = &[
    ("eastus", "East US", "westus"),
    ("eastus2", "East US 2", "centralus"),
    ("westus", "West US", "eastus"),
    ("westus2", "West US 2", "westcentralus"),
    ("westus3", "West US 3", "eastus"),
    ("centralus", "Central US", "eastus2"),
    ("northcentralus", "North Central US", "southcentralus"),
    ("southcentralus", "South Central US", "northcentralus"),
    ("westcentralus", "West Central US", "westus2"),
    ("canadacentral", "Canada Central", "canadaeast"),
    ("canadaeast", "Canada East", "canadacentral"),
    ("brazilsouth", "Brazil South", "southcentralus"),
    ("northeurope", "North Europe", "westeurope"),
    ("westeurope", "West Europe", "northeurope"),
    ("uksouth", "UK South", "ukwest"),
    ("ukwest", "UK West", "uksouth"),
    ("francecentral", "France Central", "francesouth"),
    ("germanywestcentral", "Germany West Central", "germanynorth"),
    ("swedencentral", "Sweden Central", "swedensouth"),
    ("norwayeast", "Norway East", "norwaywest"),
    ("switzerlandnorth", "Switzerland North", "switzerlandwest"),
    ("italynorth", "Italy North", ""),
    ("spaincentral", "Spain Central", ""),
    ("polandcentral", "Poland Central", ""),
    ("uaenorth", "UAE North", "uaecentral"),
    ("qatarcentral", "Qatar Central", ""),
    ("israelcentral", "Israel Central", ""),
    ("southafricanorth", "South Africa North", "southafricawest"),
    ("centralindia", "Central India", "southindia"),
    ("southindia", "South India", "centralindia"),
    ("eastasia", "East Asia", "southeastasia"),
    ("southeastasia", "Southeast Asia", "eastasia"),
    ("japaneast", "Japan East", "japanwest"),
    ("japanwest", "Japan West", "japaneast"),
    ("koreacentral", "Korea Central", "koreasouth"),
    ("australiaeast", "Australia East", "australiasoutheast"),
    ("australiasoutheast", "Australia Southeast", "australiaeast"),
];

/// `West Europe` as `westeurope`.
pub fn region(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_whitespace())
        .collect::<String>()
        .to_lowercase()
}

/// Refuses a location that is neither a region nor `global`.
pub fn check_location(resource_type: &str, body: &Value) -> Result<(), ArmError> {
    let Some(location) = body.get("location").and_then(Value::as_str) else {
        return Ok(());
    };
    let key = region(location);
    if key == "global" || key.starts_with('[') || REGIONS.iter().any(|(name, _, _)| *name == key) {
        return Ok(());
    }
    let names: Vec<&str> = REGIONS.iter().map(|(name, _, _)| *name).collect();
    Err(ArmError::bad_request(
        "LocationNotAvailableForResourceType",
        format!(
            "The provided location '{location}' is not available for resource type '{resource_type}'. \
             List of available regions for the resource type is '{}'.",
            names.join(",")
        ),
    ))
}

/// `systemData` and the like are left out; `identity` is completed as Azure does.
pub fn complete_identity(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(identity) = document.get_mut("identity").and_then(Value::as_object_mut) else {
        return;
    };
    let kind = identity
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_lowercase();
    if kind.contains("systemassigned") {
        identity.insert("principalId".into(), settled.guid("principal").into());
        identity.insert("tenantId".into(), settled.tenant.into());
    }
    let assigned = identity
        .get_mut("userAssignedIdentities")
        .and_then(Value::as_object_mut);
    for (id, value) in assigned.into_iter().flatten() {
        let own = Settled { id, ..*settled };
        *value = json!({"principalId": own.guid("principal"), "clientId": own.guid("client")});
    }
}
