//! Where a stack stands, and where it deploys to.

use super::super::error::ArmError;
use super::super::world::World;
use super::super::writes::{group_of, no_group};
use super::{STACK, Wish};

/// The scope of a stack, as its path says.
#[derive(Clone, Debug)]
pub enum StackScope {
    /// The lower-cased name of a group.
    Group(String),
    Subscription,
}

/// The rule of a stack's name.
///
/// # Errors
///
/// 400 for a name that is too long, or has other letters.
pub fn check_name(name: &str) -> Result<(), ArmError> {
    let fits = (1..=90).contains(&name.chars().count())
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')'));
    if fits {
        return Ok(());
    }
    let message = format!(
        "The provided deployment stack name '{name}' is not valid: 1 to 90 letters, digits, '-', '_', '.', '(' and ')'."
    );
    Err(ArmError::bad_request("InvalidDeploymentStackName", message))
}

impl StackScope {
    /// The id of the scope, a group with its own spelling.
    ///
    /// # Errors
    ///
    /// 404 for a group that is not there.
    pub fn id(&self, world: &World) -> Result<String, ArmError> {
        let subscription = format!("/subscriptions/{}", world.settings.subscription);
        match self {
            Self::Subscription => Ok(subscription),
            Self::Group(key) => {
                let group = world.state.groups.get(key).ok_or_else(|| no_group(key))?;
                Ok(format!("{subscription}/resourceGroups/{}", group.name))
            }
        }
    }

    /// The id of a stack here.
    pub fn stack_id(&self, world: &World, name: &str) -> Result<String, ArmError> {
        Ok(format!("{}/providers/{STACK}/{name}", self.id(world)?))
    }

    /// The region that keeps a stack: what the body says at a subscription, the group's own otherwise.
    ///
    /// # Errors
    ///
    /// `LocationRequired` when a subscription's stack names none.
    pub fn location(&self, world: &World, given: Option<&str>) -> Result<String, ArmError> {
        match self {
            Self::Group(key) => {
                let group = world.state.groups.get(key).ok_or_else(|| no_group(key))?;
                Ok(group.location.clone())
            }
            Self::Subscription => given.map(super::super::providers::region).ok_or_else(|| {
                let message = "The location property is required for this definition.";
                ArmError::bad_request("LocationRequired", message)
            }),
        }
    }

    /// The id of the group that the stack's deployment goes to.
    ///
    /// # Errors
    ///
    /// 404 for a group that is not there; 400 for a scope that is not below the stack's, or that is no group: deployments
    /// at the scope of a subscription are asked for here once the emulator has them.
    pub fn target(&self, world: &World, wish: &Wish) -> Result<String, ArmError> {
        let refused = |scope: &str| {
            let message = format!(
                "The deployment scope '{scope}' of the stack is not a resource group below the stack's own scope."
            );
            ArmError::bad_request("InvalidDeploymentScope", message)
        };
        let own = self.id(world)?;
        let wanted = wish.deployment_scope.as_deref().unwrap_or(&own);
        let below = format!("{}/", own.to_lowercase());
        let inside = wanted.eq_ignore_ascii_case(&own) || wanted.to_lowercase().starts_with(&below);
        let group = group_of(wanted).filter(|_| inside && wanted.split('/').count() == 5);
        let group = group.ok_or_else(|| refused(wanted))?;
        let found = world.state.groups.get(&group.to_lowercase());
        found
            .map(|group| {
                format!(
                    "/subscriptions/{}/resourceGroups/{}",
                    world.settings.subscription, group.name
                )
            })
            .ok_or_else(|| no_group(group))
    }
}
