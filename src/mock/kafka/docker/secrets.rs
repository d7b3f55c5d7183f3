//! The passwords of one site: random, kept in files of mode 0600 under the state folder.

use camino::Utf8PathBuf;
use secrecy::{ExposeSecret, SecretString};

use super::DockerError;
use super::names::Side;
use crate::kafka::Credentials;
use crate::mock::place::Place;
use crate::model::secret::SecretReference;
use crate::model::security::{Guard, Mechanism, Protocol, Security};
use crate::run::journal;

/// Whom clients sign in as on a guarded side.
pub(super) const CLIENT: &str = "landfall";
/// Whom the site itself signs in as; it may do everything.
pub(super) const ADMIN: &str = "admin";
/// Whom the brokers sign in to each other as.
pub(super) const BROKER: &str = "broker";

/// The passwords of a site that is being made.
pub(super) struct Secrets {
    pub source: SecretString,
    pub target: SecretString,
    pub admin: SecretString,
    pub broker: SecretString,
}

/// Where they are kept.
#[derive(Clone, Debug)]
pub(super) struct Vault(Utf8PathBuf);

impl Secrets {
    pub fn random() -> Self {
        Self {
            source: password(),
            target: password(),
            admin: password(),
            broker: password(),
        }
    }

    pub fn of(&self, side: Side) -> &SecretString {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }
}

impl Vault {
    pub fn of(place: &Place) -> Self {
        Self(place.docker())
    }

    /// Keeps what a client of this machine needs; the brokers' own password lives in the containers alone.
    pub fn keep(&self, secrets: &Secrets, authority: Option<&str>) -> Result<(), DockerError> {
        for side in [Side::Source, Side::Target] {
            write(self.password(side), secrets.of(side).expose_secret())?;
        }
        write(self.admin(), secrets.admin.expose_secret())?;
        authority.map_or(Ok(()), |pem| write(self.authority(), pem))
    }

    /// How clients on this machine sign in to a side.
    pub fn security(&self, side: Side, guard: Guard) -> Security {
        let mut security = security(guard, &self.authority());
        if guard != Guard::Plaintext {
            security.password = Some(SecretReference::File(self.password(side)));
        }
        security
    }

    /// How the site itself signs in, on the listener that is its own.
    pub fn control(&self) -> Security {
        Security {
            protocol: Protocol::SaslPlaintext,
            mechanism: Some(Mechanism::Plain),
            username: Some(ADMIN.to_owned()),
            password: Some(SecretReference::File(self.admin())),
            ..Security::default()
        }
    }

    fn password(&self, side: Side) -> Utf8PathBuf {
        self.absolute(&format!("{side}.password"))
    }

    fn admin(&self) -> Utf8PathBuf {
        self.absolute("admin.password")
    }

    fn authority(&self) -> Utf8PathBuf {
        self.absolute("ca.pem")
    }

    /// A site may be used from another folder than the one it was started in.
    fn absolute(&self, name: &str) -> Utf8PathBuf {
        let path = self.0.join(name);
        let whole = std::path::absolute(&path).ok();
        whole
            .and_then(|whole| Utf8PathBuf::from_path_buf(whole).ok())
            .unwrap_or(path)
    }
}

fn write(path: Utf8PathBuf, text: &str) -> Result<(), DockerError> {
    journal::replace(&path, text.as_bytes()).map_err(|source| DockerError::Folder { path, source })
}

/// The secrets of `security`, read now.
pub(super) fn read(security: &Security) -> Result<Credentials, DockerError> {
    let secret = |reference: &SecretReference| reference.local().map(Option::unwrap_or_default);
    Credentials::resolve(security, secret).map_err(|source| DockerError::Secret { source })
}

/// How a client signs in to a guarded cluster whose authority is in the file `ca`; the password is not part of it.
pub(super) fn security(guard: Guard, ca: &camino::Utf8Path) -> Security {
    let protocol = match guard {
        Guard::Plaintext => return Security::default(),
        Guard::Scram => Protocol::SaslPlaintext,
        Guard::Tls => Protocol::SaslSsl,
    };
    Security {
        protocol,
        mechanism: Some(Mechanism::ScramSha512),
        username: Some(CLIENT.to_owned()),
        ca_file: (guard == Guard::Tls).then(|| ca.to_owned()),
        ..Security::default()
    }
}

/// 244 random bits in letters and digits, which no file format has to escape.
fn password() -> SecretString {
    let half = || uuid::Uuid::new_v4().simple().to_string();
    SecretString::from(half() + &half())
}
