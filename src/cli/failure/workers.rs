//! What the workers of MirrorMaker 2 cannot be given.

use super::Failure;
use crate::cli::exit::Exit;
use crate::model::secret::SecretReference;

impl Failure {
    pub fn not_in_a_vault(reference: &SecretReference) -> Self {
        let message = format!(
            "the workers of MirrorMaker 2 cannot read the secret `{reference}`: machines read secrets from Key Vault alone"
        );
        Self::worded(Exit::Configuration, message).hint(
            "write `{ key-vault: VAULT/SECRET }`, name workers of your own in `mirror.connect.url`, or copy with `mirror.engine: embedded`",
        )
    }

    pub fn private_key_for_workers() -> Self {
        let message = "the workers of MirrorMaker 2 cannot be given a private key: nothing secret goes through a template";
        Self::worded(Exit::Configuration, message.to_owned())
            .hint("sign in with SASL, name workers of your own in `mirror.connect.url`, or copy with `mirror.engine: embedded`")
    }

    pub fn not_on_kubernetes(what: &str) -> Self {
        let message = format!("the manifest for Strimzi cannot say how to sign in with {what}");
        Self::worded(Exit::Configuration, message)
            .hint("sign in with PLAIN, SCRAM or a certificate: `security` of `source` and `target`")
    }

    fn worded(exit: Exit, message: String) -> Self {
        Self {
            exit,
            message,
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }
}
