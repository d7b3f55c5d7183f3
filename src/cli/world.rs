//! Who answers: Azure, or a mock site at another address. The only place that knows the difference.
//!
//! Real Azure has an empty address book and its own tokens; a site has a book, a fixed token and one subscription.

use camino::Utf8PathBuf;
use secrecy::SecretString;

use super::args::MockKind;
use super::containers;
use super::failure::Failure;
use super::session::Session;
use super::token::token_of;
use crate::azure::token::ManagedIdentity;
use crate::azure::{Client, Endpoint, SignIn, Tokens};
use crate::config::{AssignedIdentity, Azure, Cloud, Credential, Environment};
use crate::kafka::AddressBook;
use crate::mock::background;
use crate::mock::place::Place;
use crate::mock::site::{self, Site, SiteAddress};
use crate::run::{Event, Sink};

/// The only subscription of a site that nobody told otherwise.
const NO_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

/// The ARM client and where Kafka hosts lead.
pub struct World {
    pub client: Client,
    pub tokens: Tokens,
    pub book: AddressBook,
    /// The site that answers, where one does.
    pub site_address: Option<SiteAddress>,
    /// A site that was started for this command alone and ends with it.
    site: Option<Site>,
}

impl World {
    /// The world that `environment` lives in.
    pub async fn open(session: &Session<'_>, environment: &Environment) -> Result<Self, Failure> {
        if session.global.mock.is_none() {
            let azure = &environment.azure;
            return Self::azure(session, azure.cloud, &sign_in(azure));
        }
        let source = environment
            .source
            .as_ref()
            .map(|source| source.bootstrap.as_str());
        Self::mock(
            session,
            &environment.azure.subscription,
            source,
            Some(environment),
        )
        .await
    }

    /// The world in which a sign-in is tried without an environment.
    pub async fn for_sign_in(session: &Session<'_>) -> Result<Self, Failure> {
        if session.global.mock.is_none() {
            return Self::azure(session, Cloud::default(), &SignIn::Auto);
        }
        Self::mock(session, NO_SUBSCRIPTION, None, None).await
    }

    /// A site inside this process, as the demo uses it.
    pub fn of_site(site: Site, token: SecretString, source: Option<&str>) -> Result<Self, Failure> {
        let mut world = Self::at(site.address(), token, source)?;
        world.site = Some(site);
        Ok(world)
    }

    /// Whether nothing is behind what is deployed.
    pub fn is_mock(&self) -> bool {
        self.site.is_some() || self.site_address.is_some()
    }

    /// Says that a site of this command's own has no records to move.
    pub fn warn_of_empty_source(&self, session: &Session<'_>) {
        if self.site.is_some() {
            let text = "the mock site of this command alone has an empty source: keep one with `landfall mock up \
                        --embedded` and fill it with `landfall mock load`";
            session.ui.emit(Event::Warning {
                text: text.to_owned(),
            });
        }
    }

    /// Ends a site that was started for this command; its state is written before this returns.
    pub async fn close(self) {
        if let Some(site) = self.site {
            site.stop().await;
        }
    }

    fn azure(session: &Session<'_>, cloud: Cloud, sign_in: &SignIn) -> Result<Self, Failure> {
        let endpoint = match cloud {
            Cloud::Public => Endpoint::public(),
            Cloud::UsGovernment => Endpoint::us_government(),
            Cloud::China => Endpoint::china(),
        }?;
        let tokens = session.azure.tokens(cloud, sign_in, &endpoint)?;
        let client = Client::new(endpoint, tokens.clone())?.within(session.azure.budget.clone());
        Ok(Self {
            client,
            tokens,
            book: AddressBook::default(),
            site_address: None,
            site: None,
        })
    }

    /// The site that runs in the background, or one of our own.
    async fn mock(
        session: &Session<'_>,
        subscription: &str,
        source: Option<&str>,
        environment: Option<&Environment>,
    ) -> Result<Self, Failure> {
        let place = Place::of(&session.global.state);
        let kind = session.global.mock;
        let mut running = background::find(&place)?;
        if let Some(record) = &running {
            is_meant(kind, &record.site)?;
        } else if kind == Some(MockKind::Docker) && environment.is_some() {
            let settings = containers::settings(session, environment)?;
            running =
                Some(containers::up(session, &place, &settings, &["--subscription", subscription]).await?);
            let text =
                "the mock site keeps running in containers: end it with `landfall mock down`".to_owned();
            session.ui.emit(Event::Note { text });
        }
        if let Some(record) = running {
            let file: Utf8PathBuf = record.site.token_file.clone().unwrap_or_else(|| place.token());
            let mut world = Self::at(&record.site, token_of(&file)?, source)?;
            world.client = world.client.within(session.azure.budget.clone());
            return Ok(world);
        }
        let token = token_of(&place.token())?;
        let settings = site::Settings {
            listen: site::ANY_PORT,
            token: token.clone(),
            token_file: Some(place.token()),
            subscription: subscription.to_owned(),
            place: Some(place),
            containers: None,
            laboratory: site::Laboratory::default(),
        };
        Self::of_site(Site::start(settings).await?, token, source)
    }

    fn at(address: &SiteAddress, token: SecretString, source: Option<&str>) -> Result<Self, Failure> {
        let tokens = Tokens::fixed(token);
        let client = Client::new(Endpoint::at(&address.arm)?, tokens.clone())?;
        Ok(Self {
            client,
            tokens,
            book: address.book(source)?,
            site_address: Some(address.clone()),
            site: None,
        })
    }
}

/// How an environment signs in.
fn sign_in(azure: &Azure) -> SignIn {
    match azure.credential {
        Credential::Auto => SignIn::Auto,
        Credential::DeveloperTools => SignIn::DeveloperTools,
        Credential::AzureCli => SignIn::AzureCli,
        Credential::AzureDeveloperCli => SignIn::AzureDeveloperCli,
        Credential::ManagedIdentity => SignIn::ManagedIdentity(match azure.identity.clone() {
            None => ManagedIdentity::System,
            Some(AssignedIdentity::ClientId(id)) => ManagedIdentity::ClientId(id),
            Some(AssignedIdentity::ObjectId(id)) => ManagedIdentity::ObjectId(id),
            Some(AssignedIdentity::ResourceId(id)) => ManagedIdentity::ResourceId(id),
        }),
        Credential::WorkloadIdentity => SignIn::WorkloadIdentity,
        Credential::ClientSecret => SignIn::ClientSecret,
        Credential::ClientCertificate => SignIn::ClientCertificate,
        Credential::AzurePipelines => SignIn::AzurePipelines,
        Credential::GithubOidc => SignIn::GithubOidc,
    }
}

/// A site of the other kind would answer, but not as was asked.
fn is_meant(kind: Option<MockKind>, site: &SiteAddress) -> Result<(), Failure> {
    match (kind, site.is_docker()) {
        (Some(MockKind::Docker), false) => Err(Failure::other_site("with its brokers in one process")),
        (Some(MockKind::Embedded), true) => Err(Failure::other_site("in containers")),
        _ => Ok(()),
    }
}
