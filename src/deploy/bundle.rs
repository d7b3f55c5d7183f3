//! From an environment to the rendered files of its target.

use serde_json::{Map, Value};

use super::{DeployError, naming, unit};
use crate::config::{CleanupPolicy, Cloud, Environment, MirrorEngine};
use crate::template::{
    AdditionBundle, Bundle, Catalog, CloudFacts, Context, RenderedFile, Target, TemplateError, TopicMaker,
    TopicSpec,
};

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
    let mut context = context(environment, parameters);
    if target.manifest().topics == TopicMaker::Arm {
        context.topics.extend(connect_topics(environment));
    }
    let on = environment.addons.iter();
    let on = on.map(|addon| (addon.name.clone(), Value::Object(addon.parameters.clone())));
    context.addons = catalog.complete_addons(&on.collect())?;
    let mut bundle = target.render(&context)?;
    let folders = catalog.addons()?;
    for addon in &environment.addons {
        bundle.additions.push(beside(
            &context,
            catalog,
            &target,
            (&addon.name, &folders[&addon.name]),
        )?);
    }
    match unit::circle(&bundle) {
        Some(place) if place > 0 => Err(TemplateError::Circle {
            addon: bundle.additions[place - 1].name.clone(),
        }),
        _ => Ok(bundle),
    }
}

/// Renders the add-on `name` of `folder`, as an environment of this context turns it on.
fn beside(
    context: &Context,
    catalog: &Catalog,
    target: &Target,
    (name, folder): (&str, &str),
) -> Result<AdditionBundle, TemplateError> {
    let addition = catalog.addition(folder)?;
    addition
        .suits(target.name())
        .map_err(|targets| TemplateError::Unsuited {
            addon: name.to_owned(),
            target: target.name().to_string(),
            targets: targets.iter().map(ToString::to_string).collect(),
        })?;
    addition.render(&Context {
        parameters: context.addons[name].as_object().cloned().unwrap_or_default(),
        ..context.clone()
    })
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

/// Renders an addition's manifests, which somebody else deploys.
///
/// # Errors
///
/// [`DeployError::Template`], as [`bundle()`].
pub fn manifests(
    environment: &Environment,
    catalog: &Catalog,
    name: &str,
    parameters: &Map<String, Value>,
    given: Map<String, Value>,
) -> Result<Vec<RenderedFile>, DeployError> {
    let rendered = || {
        let addition = catalog.addition(name)?;
        let parameters = addition.complete(parameters)?;
        addition.manifests(&Context {
            given,
            ..context(environment, parameters)
        })
    };
    rendered().map_err(|source| DeployError::Template {
        environment: environment.name.to_string(),
        source: Box::new(source),
    })
}

/// The internal topics of the connect engine, which nobody could make later; what the environment declares itself wins.
fn connect_topics(environment: &Environment) -> Vec<TopicSpec> {
    if environment.mirror.engine != MirrorEngine::Connect {
        return Vec::new();
    }
    let topics = environment.mirror.connect.topics();
    let declared = |name: &str| {
        let mut names = environment.topics.overrides.keys();
        names.any(|declared| declared.as_str().eq_ignore_ascii_case(name))
    };
    let missing = topics
        .on_target()
        .into_iter()
        .filter(|topic| !declared(&topic.name));
    missing
        .map(|topic| TopicSpec {
            name: topic.name.clone(),
            partitions: Some(topic.partitions),
            retention_hours: None,
            cleanup_policy: Some("compact".to_owned()),
        })
        .collect()
}

/// What a target's templates and limits see of an environment, with completed parameters.
pub fn context(environment: &Environment, parameters: Map<String, Value>) -> Context {
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
        addons: Map::new(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Overrides};

    fn local(set: &[&str]) -> Result<Bundle, DeployError> {
        let overrides = Overrides {
            set: set.iter().map(ToString::to_string).collect(),
            variables: Vec::new(),
        };
        let environment = config::load("environments".into(), "local", &overrides).unwrap();
        bundle(&environment.environment, &Catalog::open(None, None).unwrap())
    }

    fn names(bundle: &Bundle) -> Vec<&str> {
        bundle.topics.iter().map(|topic| topic.name.as_str()).collect()
    }

    #[test]
    fn the_connect_engine_declares_what_no_client_could_make_later() {
        let engine = "mirror.engine=connect";
        let embedded = local(&[]).unwrap();
        assert_eq!(names(&embedded), ["airports", "flight-status", "flights"]);
        let connect = local(&[engine]).unwrap();
        assert_eq!(
            names(&connect)[3..],
            [
                "mm2-configs.source.internal",
                "mm2-offsets.source.internal",
                "mm2-status.source.internal",
                "source.checkpoints.internal",
                "heartbeats",
                "mm2-offset-syncs.source.internal",
            ]
        );
        assert!(
            connect.topics[3..]
                .iter()
                .all(|topic| topic.cleanup_policy.as_deref() == Some("compact"))
        );
        let on_source = local(&[
            engine,
            "mirror.connect.offset-syncs=source",
            "mirror.connect.source-alias=shop",
        ])
        .unwrap();
        assert_eq!(on_source.topics.len(), 8);
        assert!(names(&on_source).contains(&"mm2-offsets.shop.internal"));
    }

    #[test]
    fn internal_topics_count_against_the_tier() {
        // Three topics of the environment, two more, six of MirrorMaker 2: one more than Standard takes.
        let more = [
            "mirror.engine=connect",
            "topics.overrides={flights: {}, airports: {}, flight-status: {}, a: {}, b: {}}",
        ];
        let error = local(&more).unwrap_err();
        let told = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            told.contains("11 topics, above the limit of 10 for Standard"),
            "{told}"
        );
        let on_source = [more[0], more[1], "mirror.connect.offset-syncs=source"];
        assert_eq!(local(&on_source).unwrap().topics.len(), 10);
    }
}
