//! The four levels that a template can be deployed at, told from the id of the scope or from the schema of the template.

/// What a scope is. The id of a tenant is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Tenant,
    ManagementGroup,
    Subscription,
    Group,
}

const DEPLOYMENTS: &str = "/providers/microsoft.resources/deployments/";

impl Level {
    /// The level of the scope with this id.
    pub fn of(scope: &str) -> Self {
        if segment(scope, "resourceGroups").is_some() {
            Self::Group
        } else if segment(scope, "subscriptions").is_some() {
            Self::Subscription
        } else if segment(scope, "managementGroups").is_some() {
            Self::ManagementGroup
        } else {
            Self::Tenant
        }
    }

    /// The level that a schema is for; `None` for one that names none.
    ///
    /// Source: Azure Resource Manager, template structure.
    pub fn of_schema(schema: &str) -> Option<Self> {
        let lower = schema.to_lowercase();
        let name = lower.rsplit('/').next().unwrap_or_default();
        [
            ("tenantdeploymenttemplate", Self::Tenant),
            ("managementgroupdeploymenttemplate", Self::ManagementGroup),
            ("subscriptiondeploymenttemplate", Self::Subscription),
            ("deploymenttemplate", Self::Group),
        ]
        .into_iter()
        .find_map(|(start, level)| name.starts_with(start).then_some(level))
    }

    /// As in `at the scope of a …`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::ManagementGroup => "management group",
            Self::Subscription => "subscription",
            Self::Group => "resource group",
        }
    }
}

/// The scope of the deployment with this id.
pub fn scope_of(deployment: &str) -> &str {
    let at = deployment.to_ascii_lowercase().rfind(DEPLOYMENTS);
    at.map_or("", |at| &deployment[..at])
}

/// The segment of an id that follows `key`.
pub fn segment<'i>(id: &'i str, key: &str) -> Option<&'i str> {
    let mut segments = id.split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case(key))?;
    segments.next()
}
