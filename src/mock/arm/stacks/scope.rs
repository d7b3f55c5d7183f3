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

    /// The id of the scope that the stack's deployment goes to: the stack's own, or a group below it.
    ///
    /// # Errors
    ///
    /// 404 for a group that is not there; 400 for a scope that is neither.
    pub fn target(&self, world: &World, wish: &Wish) -> Result<String, ArmError> {
        let own = self.id(world)?;
        let wanted = wish.deployment_scope.as_deref().unwrap_or(&own);
        if wanted.eq_ignore_ascii_case(&own) {
            return Ok(own);
        }
        let inside = wanted
            .to_lowercase()
            .starts_with(&format!("{}/", own.to_lowercase()));
        let group = group_of(wanted).filter(|_| inside && wanted.split('/').count() == 5);
        let group = group.ok_or_else(|| {
            let message = format!(
                "The deployment scope '{wanted}' of the stack is neither the stack's own scope nor a resource group below it."
            );
            ArmError::bad_request("InvalidDeploymentScope", message)
        })?;
        Self::Group(group.to_lowercase()).id(world)
    }
}
