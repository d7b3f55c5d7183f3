//! The workers of MirrorMaker 2 as a part of what an environment deploys, where they are nobody else's.
//!
//! Everything that the machines are told comes from the same wiring as the connectors; the templates of the addition
//! get it as plain values. The address of the target is known only once it is deployed: until then a mark stands for it.

mod kubernetes;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::clusters::target_security;
use super::failure::Failure;
use super::session::Session;
use crate::config::{Environment, MirrorEngine, MirrorRuntime};
use crate::deploy;
use crate::mirror::connect::{self, Content, Facts, Keys, Side, Wiring, WorkerSecret};
use crate::model::connect_secrets;
use crate::model::secret::SecretReference;
use crate::template::{Bundle, Catalog, RenderedFile};

/// The folder of the templates.
const ADDITION: &str = "mirror";
/// What the deployment replaces by the target's bootstrap servers.
const TARGET_MARK: &str = "@TARGET_BOOTSTRAP@";
/// What a reader replaces where nothing is deployed.
const TARGET_BLANK: &str = "<bootstrap servers of the target>";
/// The load balancer, the probe and the rules of the template know this port.
const LISTENERS: (&str, &str) = ("listeners", "http://0.0.0.0:8083");

/// Everything that is deployed for `environment`: its target, and the workers where they are ours to deploy.
///
/// Rendered beside everything else, so that of many environments the first sends its requests while the last is rendered.
pub async fn bundle(session: &Session<'_>, environment: &Environment) -> Result<Bundle, Failure> {
    let catalog = session.catalog(environment)?;
    let environment = environment.clone();
    let rendered = tokio::task::spawn_blocking(move || whole(&environment, &catalog));
    rendered
        .await
        .unwrap_or_else(|lost| std::panic::resume_unwind(lost.into_panic()))
}

fn whole(environment: &Environment, catalog: &Catalog) -> Result<Bundle, Failure> {
    let mut bundle = deploy::bundle(environment, catalog)?;
    if environment.mirror.runtime == MirrorRuntime::Vm
        && let Some(wiring) = wiring(environment, &bundle, TARGET_MARK)
    {
        let given = given(environment, &wiring)?;
        let parameters = &environment.mirror.parameters;
        let workers = deploy::addition(environment, catalog, ADDITION, parameters, given)?;
        bundle.additions.push(workers);
    }
    Ok(bundle)
}

/// What a reader gets besides: the connectors, and the manifests where Kubernetes runs the workers.
pub fn files(
    environment: &Environment,
    catalog: &Catalog,
    bundle: &Bundle,
) -> Result<Vec<RenderedFile>, Failure> {
    let on_kubernetes = environment.mirror.runtime == MirrorRuntime::Kubernetes;
    let target = if on_kubernetes { TARGET_BLANK } else { TARGET_MARK };
    let Some(wiring) = wiring(environment, bundle, target) else {
        return Ok(Vec::new());
    };
    if on_kubernetes {
        let given = kubernetes::given(environment, bundle, &wiring)?;
        let parameters = &environment.mirror.parameters;
        return Ok(deploy::manifests(
            environment,
            catalog,
            ADDITION,
            parameters,
            given,
        )?);
    }
    let connectors = wiring.connectors().into_iter().map(|connector| RenderedFile {
        name: format!("connectors/{}.json", connector.name),
        text: format!("{:#}\n", json!(connector.config)),
    });
    Ok(connectors.collect())
}

/// The wiring of the workers that this environment runs itself; `None` where another engine copies, somebody else runs
/// the workers, or there is no source yet.
fn wiring(environment: &Environment, bundle: &Bundle, target: &str) -> Option<Wiring> {
    let mirror = &environment.mirror;
    if mirror.engine != MirrorEngine::Connect || mirror.connect.url.is_some() {
        return None;
    }
    let source = environment.source.as_ref()?;
    let side = |bootstrap, security| Side {
        bootstrap,
        security,
        on_workers: false,
    };
    let facts = Facts::of(
        environment,
        &bundle.connect,
        side(source.bootstrap.as_str(), &source.security),
        side(target, target_security(environment, bundle)),
    );
    Some(connect::wiring(&facts))
}

/// What the templates are given; see `given` in `templates/mirror/example.yaml`.
fn given(environment: &Environment, wiring: &Wiring) -> Result<Map<String, Value>, Failure> {
    let mut worker = wiring.worker.clone();
    worker.insert(LISTENERS.0.to_owned(), LISTENERS.1.to_owned());
    let secrets: Vec<Kept> = wiring
        .secrets
        .iter()
        .map(|secret| kept(secret).ok_or_else(|| Failure::not_in_a_vault(&secret.reference)))
        .collect::<Result<_, _>>()?;
    let mut certificates = Vec::new();
    let mut tokens = Vec::new();
    for file in &wiring.files {
        match &file.content {
            Content::AzureToken => tokens.push(file.path.clone()),
            Content::Pem(paths) => match paths.as_slice() {
                [path] => certificates.push(json!({ "path": file.path, "text": text_of(path)? })),
                _ => return Err(Failure::private_key_for_workers()),
            },
        }
    }
    let options = wiring
        .system_properties
        .iter()
        .map(|(name, value)| format!("-D{name}={value}"));
    let given = json!({
        "workers": environment.mirror.workers,
        "worker-size": environment.mirror.worker_size,
        "secrets-file": environment.mirror.connect.secrets_file,
        "worker-properties": properties(&worker),
        "java-options": options.collect::<Vec<_>>(),
        "secrets": secrets.iter().map(Kept::to_json).collect::<Vec<_>>(),
        "vaults": vaults(&secrets),
        "tokens": tokens,
        "certificates": certificates,
    });
    Ok(into_map(given))
}

/// A secret of the workers that a key vault holds.
struct Kept<'a> {
    key: &'a str,
    vault: &'a str,
    name: &'a str,
}

impl Kept<'_> {
    fn to_json(&self) -> Value {
        json!({ "key": self.key, "vault": self.vault, "name": self.name })
    }
}

/// The vaults that hold any of `secrets`, each once.
fn vaults<'a>(secrets: &[Kept<'a>]) -> BTreeSet<&'a str> {
    secrets.iter().map(|secret| secret.vault).collect()
}

/// `None` for a secret that is kept elsewhere, or whose name is none of Key Vault.
fn kept(secret: &WorkerSecret) -> Option<Kept<'_>> {
    let SecretReference::KeyVault(reference) = &secret.reference else {
        return None;
    };
    let (vault, name) = reference.split_once('/')?;
    let plain = |text: &str| {
        let mut bytes = text.bytes();
        !text.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (plain(vault) && plain(name)).then_some(Kept {
        key: &secret.key,
        vault,
        name,
    })
}

/// A Java properties file, without a line break at its end.
fn properties(keys: &Keys) -> String {
    let line =
        |(key, value): (&String, &String)| format!("{key}={}", connect_secrets::escape_properties(value));
    keys.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn text_of(path: &str) -> Result<String, Failure> {
    fs_err::read_to_string(path).map_err(|error| {
        Failure::of(super::exit::Exit::Configuration, &error)
            .hint("`ca-file` names a PEM file, relative to the environment's folder")
    })
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
