//! What a layer may say of Azure.

use std::collections::BTreeMap;

use crate::config::environment::{Cloud, Credential};
use crate::config::section::section;
use crate::config::stack_rules::{Deny, DeploymentKind, OnUnmanage};

section! {
    /// Where in Azure.
    AzureLayer {
        /// Which Azure: public (the default), us-government or china.
        cloud: Cloud,
        /// The id of the subscription, a GUID.
        subscription: String,
        /// The resource group that takes the target; it is created when it is not there.
        resource_group: String,
        /// The region, as `westeurope`.
        #[schemars(regex(pattern = r"^[a-z0-9]+$"))]
        location: String,
        /// Tags of everything that is created; at most 50.
        tags: BTreeMap<String, String>,
        /// How to sign in to Azure; `auto` takes what is there.
        credential: Credential,
        /// The user-assigned identity of `credential: managed-identity`, by one of its ids.
        identity: IdentityLayer,
        /// What keeps what is deployed together: stack (the default), a deployment stack that Azure deletes as one; or
        /// incremental, plain deployments that are known by their tags.
        deployment: DeploymentKind,
        /// How a deployment stack treats what it manages.
        stack: StackLayer,
    }
}

section! {
    /// A user-assigned managed identity: one of the three.
    #[allow(clippy::struct_field_names, reason = "these are Azure's names for the three")]
    IdentityLayer {
        /// The id of its application, a GUID.
        client_id: String,
        /// The id of its principal, a GUID.
        object_id: String,
        /// Its id as a resource, as `/subscriptions/…/userAssignedIdentities/NAME`.
        resource_id: String,
    }
}

section! {
    /// How a deployment stack treats what it manages.
    StackLayer {
        /// What becomes of a resource that the template does not name any more: delete (the default) or detach.
        on_unmanage: OnUnmanage,
        /// What nobody but the stack may do with what it manages: none (nothing is denied, the default), delete,
        /// or write-and-delete.
        deny: Deny,
        /// Whether what is denied for a resource is denied for what lives below it, too.
        deny_child_scopes: bool,
        /// Object ids of whom nothing is denied; at most 5.
        excluded_principals: Vec<String>,
        /// Actions that are not denied, as `Microsoft.EventHub/namespaces/eventhubs/write`; at most 200.
        excluded_actions: Vec<String>,
    }
}
