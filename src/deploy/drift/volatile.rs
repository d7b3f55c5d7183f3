//! What changes by itself: no difference in it is a drift.

/// A property by its name wherever it stands, and why it is not compared.
const VOLATILE: &[(&str, &str)] = &[
    ("etag", "new with every write, whoever writes"),
    ("systemData", "who wrote last, and when"),
    ("provisioningState", "how far a write is; `status` shows it"),
    ("operationalState", "how far a resource is on its way"),
    ("instanceView", "what a machine does at the moment"),
    ("vmHealth", "what a machine does at the moment"),
    ("statuses", "what a resource does at the moment"),
    ("createdAt", "a time"),
    ("updatedAt", "a time"),
    ("accessedAt", "a time"),
    ("createdTime", "a time"),
    ("changedTime", "a time"),
    ("createdOn", "a time"),
    ("updatedOn", "a time"),
    ("timeCreated", "a time"),
    ("creationTime", "a time"),
    ("lastModified", "a time"),
    ("lastModifiedTime", "a time"),
    ("lastModifiedAt", "a time"),
    ("sizeInBytes", "a counter"),
    ("messageCount", "a counter"),
    ("activeMessageCount", "a counter"),
    ("countDetails", "counters"),
    ("currentNumberOfEventhubs", "a counter"),
    ("numberOfRecordSets", "a counter"),
    ("connectionCount", "a counter"),
    ("currentCapacity", "a counter"),
    ("ipConfigurations", "who is attached: written by the other side"),
    ("networkInterfaces", "who is attached: written by the other side"),
    ("virtualMachines", "who is attached: written by the other side"),
    ("privateEndpoints", "who is attached: written by the other side"),
    (
        "serviceAssociationLinks",
        "who is attached: written by the other side",
    ),
];

/// Types in which a name of the list is not what changes by itself, but what somebody wrote.
const WRITTEN: &[(&str, &str)] = &[
    ("ipConfigurations", "Microsoft.Network/networkInterfaces"),
    ("networkInterfaces", "Microsoft.Compute/virtualMachines"),
];

/// Whether `name` is not compared in a resource of this type.
pub fn is_volatile(resource_type: &str, name: &str) -> bool {
    let alike = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    VOLATILE.iter().any(|(volatile, _)| alike(volatile, name))
        && !WRITTEN
            .iter()
            .any(|(written, kind)| alike(written, name) && alike(kind, resource_type))
}
