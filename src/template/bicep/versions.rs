//! API versions for resources that a template only refers to, and so gives no version for.

/// The version under which an `existing` resource of this type is declared.
///
/// Nothing but its id is read, so a version that the type has will do; one that is not listed gets a date at which most
/// providers had one. Source: Azure Verified Modules, what they deploy with as of 2026-08-07.
pub fn of(resource_type: &str) -> &'static str {
    const VERSIONS: &[(&str, &str)] = &[
        ("Microsoft.EventHub/", "2024-01-01"),
        ("Microsoft.Storage/", "2025-06-01"),
        ("Microsoft.KeyVault/", "2024-11-01"),
        ("Microsoft.Network/privateDnsZones", "2024-06-01"),
        ("Microsoft.Network/", "2025-05-01"),
        ("Microsoft.Compute/disk", "2025-01-02"),
        ("Microsoft.Compute/", "2025-04-01"),
        ("Microsoft.ManagedIdentity/", "2024-11-30"),
        ("Microsoft.OperationalInsights/", "2025-07-01"),
        ("Microsoft.ContainerService/", "2025-10-01"),
        ("Microsoft.ContainerRegistry/", "2025-11-01"),
        ("Microsoft.DocumentDB/", "2024-11-15"),
        ("Microsoft.HDInsight/", "2021-06-01"),
        ("Microsoft.Synapse/", "2021-06-01"),
        ("Microsoft.Confluent/", "2024-07-01"),
        ("Microsoft.Authorization/", "2022-04-01"),
    ];
    let starts = |prefix: &str| {
        resource_type
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    VERSIONS
        .iter()
        .find(|(prefix, _)| starts(prefix))
        .map_or("2022-09-01", |(_, version)| version)
}
