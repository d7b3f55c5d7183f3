//! From an environment to the rendered files of its target.

use serde_json::{Map, Value};

use super::{DeployError, naming};
use crate::config::{CleanupPolicy, Cloud, Environment};
use crate::template::{AdditionBundle, Bundle, Catalog, CloudFacts, Context, TemplateError, TopicSpec};

/// Completes the environment's parameters and renders its target.
///
/// # Errors
///
/// [`DeployError::Template`]: an unknown target, parameters its schema refuses, a limit, a fault in a template.
pub fn bundle(environment: &Environment, catalog: &Catalog) -> Result<Bundle, DeployError> {
    render(environment, catalog).map_err(|source| DeployError::Template {
        environment: environment.name.to_string(),
        source: Box::new(source),
    })
}

fn render(environment: &Environment, catalog: &Catalog) -> Result<Bundle, TemplateError> {
    let target = catalog.target(&environment.target.kind)?;
    let parameters = target.complete(&environment.target.parameters)?;
    target.render(&context(environment, parameters))
}

/// Renders what is deployed beside the target: `parameters` as the environment says them, `given` by the program.
///
/// # Errors
///
/// [`DeployError::Template`], as [`bundle()`].
pub fn addition(
    environment: &Environment,
    catalog: &Catalog,
    name: &str,
    parameters: &Map<String, Value>,
    given: Map<String, Value>,
) -> Result<AdditionBundle, DeployError> {
    let rendered = || {
        let addition = catalog.addition(name)?;
        let parameters = addition.complete(parameters)?;
        addition.render(&Context {
            given,
            ..context(environment, parameters)
        })
    };
    rendered().map_err(|source| DeployError::Template {
        environment: environment.name.to_string(),
        source: Box::new(source),
    })
}

fn context(environment: &Environment, parameters: Map<String, Value>) -> Context {
    let mut tags = environment.azure.tags.clone();
    tags.insert(naming::ENVIRONMENT_TAG.to_owned(), environment.name.to_string());
    Context {
        environment: environment.name.to_string(),
        location: environment.azure.location.clone(),
        subscription: environment.azure.subscription.clone(),
        resource_group: environment.azure.resource_group.to_string(),
        tags,
        parameters,
        topics: topics(environment),
        workspace_id: environment.monitoring.workspace_id.clone(),
        cloud: match environment.azure.cloud {
            Cloud::Public => CloudFacts::public(),
            Cloud::UsGovernment => CloudFacts::us_government(),
            Cloud::China => CloudFacts::china(),
        },
        given: Map::new(),
    }
}

fn topics(environment: &Environment) -> Vec<TopicSpec> {
    let policy = |policy| match policy {
        CleanupPolicy::Delete => "delete",
        CleanupPolicy::Compact => "compact",
        CleanupPolicy::CompactAndDelete => "compact-and-delete",
    };
    let declared = environment.topics.overrides.iter();
    declared
        .map(|(name, topic)| TopicSpec {
            name: name.to_string(),
            partitions: topic.partitions,
            retention_hours: topic.retention_hours,
            cleanup_policy: topic.cleanup_policy.map(|chosen| policy(chosen).to_owned()),
        })
        .collect()
}
