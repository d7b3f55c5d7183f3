//! What applications need to reach the target, before or after it is deployed, and what changes for them.

use serde::Serialize;

use super::{DeployError, Outputs, bundle, foretold};
use crate::config::{Environment, Source};
use crate::model::security::Mechanism;
use crate::template::client::{self, Difference, Properties};
use crate::template::{Bundle, Catalog, RenderedFile, TemplateError};

/// Kafka's own default, which a target overrides where it copies by itself.
const REPLICAS: u16 = 3;

/// The settings of an application, file by file, and how they differ from those for the source.
#[derive(Clone, Debug, Serialize)]
pub struct ClientKit {
    pub files: Vec<RenderedFile>,
    pub differences: Vec<Difference>,
}

/// The client kit of `bundle`; of what is not deployed yet, outputs that the templates do not tell stand by their names.
/// Empty where the target writes no settings.
///
/// # Errors
///
/// [`DeployError::Template`].
pub fn client_kit(
    environment: &Environment,
    catalog: &Catalog,
    bundle: &Bundle,
    outputs: Option<&Outputs>,
) -> Result<ClientKit, DeployError> {
    let java = settings(environment, catalog, bundle, outputs).map_err(|source| DeployError::Template {
        environment: environment.name.to_string(),
        source: Box::new(source),
    })?;
    let Some(java) = java else {
        return Ok(ClientKit {
            files: Vec::new(),
            differences: Vec::new(),
        });
    };
    let connect = &bundle.connect;
    let files = client::kit(&java, &connect.can, connect.replicas.unwrap_or(REPLICAS));
    let after = Properties::read(&java);
    let source = environment.source.as_ref();
    let differences = source.map(|source| client::differences(&before(source), &after));
    Ok(ClientKit {
        files,
        differences: differences.unwrap_or_default(),
    })
}

fn settings(
    environment: &Environment,
    catalog: &Catalog,
    bundle: &Bundle,
    outputs: Option<&Outputs>,
) -> Result<Option<String>, TemplateError> {
    let target = catalog.target(&environment.target.kind)?;
    let parameters = target.complete(&environment.target.parameters)?;
    let context = bundle::context(environment, parameters);
    match outputs {
        Some(outputs) => target.client_settings(&context, &outputs.values()),
        None => target.client_settings_before(&context, bundle, &foretold::told(environment, bundle)),
    }
}

/// What an application was told to reach the source, as far as the environment says it.
fn before(source: &Source) -> Properties {
    let security = &source.security;
    let mut settings = Properties::default();
    settings.set("bootstrap.servers", source.bootstrap.as_str());
    settings.set("security.protocol", security.protocol.as_str());
    if let Some(mechanism) = security.mechanism {
        settings.set("sasl.mechanism", mechanism.as_str());
        let module = match mechanism {
            Mechanism::Plain => "plain.PlainLoginModule",
            Mechanism::ScramSha256 | Mechanism::ScramSha512 => "scram.ScramLoginModule",
            Mechanism::OauthBearer => "oauthbearer.OAuthBearerLoginModule",
        };
        let user = security.username.as_ref();
        let signs_in = user.map_or_else(String::new, |user| format!(" username=\"{user}\" password=\"…\""));
        let jaas = format!("org.apache.kafka.common.security.{module} required{signs_in};");
        settings.set("sasl.jaas.config", jaas);
    }
    if let Some(file) = &security.ca_file {
        settings.set("ssl.truststore.type", "PEM");
        settings.set("ssl.truststore.location", file.as_str());
    }
    if let Some(file) = &security.certificate_file {
        settings.set("ssl.keystore.type", "PEM");
        settings.set("ssl.keystore.location", file.as_str());
    }
    settings
}
