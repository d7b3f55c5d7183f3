//! The secrets that a deployment waits for, read just before it is planned or sent.

use secrecy::SecretString;
use uuid::Uuid;

use super::failure::Failure;
use super::session::Session;
use crate::azure::{AzureError, Client};
use crate::config::Environment;
use crate::model::secret::SecretReference;
use crate::run::{Event, Sink};
use crate::template::{Bundle, NeededSecret};

/// `bundle` with every secret that its deployments need, each held against its rules.
pub async fn into_bundle(
    session: &Session<'_>,
    client: &Client,
    environment: &Environment,
    mut bundle: Bundle,
) -> Result<Bundle, Failure> {
    let additions = bundle.additions.iter_mut();
    let needed = bundle
        .secrets
        .iter_mut()
        .chain(additions.flat_map(|addition| &mut addition.secrets));
    for secret in needed {
        // As everywhere in an environment, a path is meant from its folder.
        if let SecretReference::File(path) = &mut secret.reference {
            *path = environment.folder.join(&path);
        }
        let value = read(session, client, secret).await?;
        secret.value = Some(value);
    }
    Ok(bundle)
}

async fn read(
    session: &Session<'_>,
    client: &Client,
    secret: &NeededSecret,
) -> Result<SecretString, Failure> {
    let value = match (secret.reference.local()?, &secret.reference) {
        (Some(value), _) => value,
        (None, SecretReference::KeyVault(name)) => match client.key_vault_secret(name).await {
            // The mock site has no vault, and what is made for its life may have any password.
            Err(AzureError::NoKeyVault { .. }) => return Ok(made_up(session, secret)),
            found => found?,
        },
        (None, _) => return Err(Failure::bug()),
    };
    let broken = secret.broken_rules(&value);
    if broken.is_empty() {
        Ok(value)
    } else {
        Err(Failure::weak_secret(secret, &broken))
    }
}

fn made_up(session: &Session<'_>, secret: &NeededSecret) -> SecretString {
    let text = format!(
        "there is no key vault here: a made-up value stands for `{}`",
        secret.reference
    );
    session.ui.emit(Event::Note { text });
    format!("Made-up-{}", Uuid::new_v4().simple()).into()
}
