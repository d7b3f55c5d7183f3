//! What each tier of Event Hubs allows.
//!
//! Source: Azure Event Hubs quotas and limits.

use serde_json::Value;

/// What a tier allows.
pub struct Tier {
    pub name: &'static str,
    pub units: i64,
    pub partitions: i64,
    pub hubs_per_unit: Option<usize>,
    pub hubs: usize,
    pub retention_hours: i64,
    pub compaction: bool,
    pub partitions_grow: bool,
}

pub const TIERS: &[Tier] = &[
    Tier {
        name: "Basic",
        units: 40,
        partitions: 32,
        hubs_per_unit: None,
        hubs: 10,
        retention_hours: 24,
        compaction: false,
        partitions_grow: false,
    },
    Tier {
        name: "Standard",
        units: 40,
        partitions: 32,
        hubs_per_unit: None,
        hubs: 10,
        retention_hours: 168,
        compaction: true,
        partitions_grow: false,
    },
    Tier {
        name: "Premium",
        units: 16,
        partitions: 100,
        hubs_per_unit: Some(100),
        hubs: 0,
        retention_hours: 2160,
        compaction: true,
        partitions_grow: true,
    },
];

const DEDICATED: Tier = Tier {
    name: "Dedicated",
    units: 20,
    partitions: 1024,
    hubs_per_unit: None,
    hubs: 1000,
    retention_hours: 2160,
    compaction: true,
    partitions_grow: true,
};

/// The tier of a namespace's document; Standard when it names none.
pub fn tier(namespace: Option<&Value>) -> &'static Tier {
    let member = |pointer: &str| {
        namespace
            .and_then(|document| document.pointer(pointer))
            .and_then(Value::as_str)
    };
    if member("/properties/clusterArmId").is_some() {
        return &DEDICATED;
    }
    let name = member("/sku/name").unwrap_or("Standard");
    TIERS
        .iter()
        .find(|tier| tier.name.eq_ignore_ascii_case(name))
        .unwrap_or(&TIERS[1])
}
