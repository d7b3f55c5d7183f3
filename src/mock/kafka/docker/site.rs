//! The containers of one site: started, found again, and removed.

use super::broker::guard;
use super::certificates::Authority;
use super::container;
use super::memory::{Memory, hold};
use super::names::{Names, Side};
use super::plan::Plan;
use super::ports::Ports;
use super::removal::remove;
use super::secrets::{Secrets, Vault, read};
use super::settings::{DockerSettings, Limits};
use super::worker::Inside;
use super::{DockerError, Engine, Hubs, Removed, ready, rules};
use crate::kafka::{AddressBook, Cluster, Credentials};
use crate::mock::place::Place;
use crate::model::security::{Guard, Security};

/// How often other ports are tried when somebody else took one in between.
const ATTEMPTS: usize = 3;
/// A source, a target and a worker that answer.
#[derive(Clone, Debug)]
pub struct DockerSite {
    place: Place,
    names: Names,
    memory: Memory,
}

impl DockerSite {
    /// Starts the containers, or finds those that run with the same settings; returns when all of them answer.
    ///
    /// # Errors
    ///
    /// [`DockerError`]; what was made on the way is removed again.
    pub async fn start(place: &Place, settings: &DockerSettings) -> Result<Self, DockerError> {
        settings.check()?;
        Engine.version().await?;
        let _lock = hold(place)?;
        if let Some(site) = Self::find(place).await? {
            site.same(settings)?;
            site.wake().await?;
            return Ok(site);
        }
        Engine.image(&settings.image).await?;
        let names = Names::of(place)?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            remove(Engine, &names).await?;
            let error = match Self::make(place, &names, settings).await {
                Ok(site) => return Ok(site),
                Err(error) => error,
            };
            // The reason counts, not a second trouble while tidying up.
            let _ = remove(Engine, &names).await;
            Memory::clear(place);
            if attempt == ATTEMPTS || !error.is_port_taken() {
                return Err(error);
            }
        }
    }

    /// The site of this place if all its containers are there, running or not.
    ///
    /// # Errors
    ///
    /// [`DockerError`] when its record cannot be read or no engine answers.
    pub async fn find(place: &Place) -> Result<Option<Self>, DockerError> {
        let Some(memory) = Memory::load(place)? else {
            return Ok(None);
        };
        let site = Self {
            place: place.clone(),
            names: Names::of(place)?,
            memory,
        };
        let found = container::list(Engine, &site.names).await?;
        let whole = site
            .containers()
            .iter()
            .all(|name| found.iter().any(|one| one.name == *name));
        Ok(whole.then_some(site))
    }

    /// Removes the containers and the network of this place; those of other places are left alone.
    ///
    /// # Errors
    ///
    /// [`DockerError`] when no engine answers or something cannot be removed.
    pub async fn stop(place: &Place) -> Result<Removed, DockerError> {
        let _lock = hold(place)?;
        let removed = remove(Engine, &Names::of(place)?).await?;
        Memory::clear(place);
        Ok(removed)
    }

    /// The containers, as the engine sees them now.
    ///
    /// # Errors
    ///
    /// [`DockerError`] when no engine answers.
    pub async fn describe(&self) -> Result<Vec<container::Found>, DockerError> {
        container::list(Engine, &self.names).await
    }

    /// The settings that it was started with.
    pub fn settings(&self) -> &DockerSettings {
        &self.memory.settings
    }

    /// `host:port[,host:port…]` of the source on this machine.
    pub fn source(&self) -> String {
        self.memory.ports.clients(Side::Source)
    }

    /// `host:port[,host:port…]` of the target on this machine.
    pub fn target(&self) -> String {
        self.memory.ports.clients(Side::Target)
    }

    /// How clients sign in to the source.
    pub fn source_security(&self) -> Security {
        self.security(Side::Source)
    }

    /// How clients sign in to the target.
    pub fn target_security(&self) -> Security {
        self.security(Side::Target)
    }

    /// The base URL of the worker's REST interface.
    pub fn connect(&self) -> String {
        format!("http://127.0.0.1:{}", self.memory.ports.connect)
    }

    /// The clusters as the worker sees them.
    pub fn inside(&self) -> Inside {
        Inside::of(&self.names, &self.memory.settings)
    }

    /// What is deployed to the emulator appears here.
    ///
    /// # Errors
    ///
    /// [`DockerError::Secret`] when the password of the site's own user cannot be read.
    pub fn hubs(&self) -> Result<Hubs, DockerError> {
        Ok(Hubs::new(self.control()?))
    }

    /// The target, for whoever may do what its clients may not.
    fn control(&self) -> Result<Cluster, DockerError> {
        let vault = Vault::of(&self.place);
        let credentials = read(&vault.control())?;
        let address = self.memory.ports.control(Side::Target);
        Ok(Cluster::new(&address, credentials, &AddressBook::default()))
    }

    fn security(&self, side: Side) -> Security {
        Vault::of(&self.place).security(side, guard(&self.memory.settings, side))
    }

    fn credentials(&self, side: Side) -> Result<Credentials, DockerError> {
        read(&self.security(side))
    }

    fn same(&self, wanted: &DockerSettings) -> Result<(), DockerError> {
        let (running, wanted) = (self.memory.settings.to_string(), wanted.to_string());
        if running == wanted {
            return Ok(());
        }
        Err(DockerError::OtherSettings { running, wanted })
    }

    fn brokers(&self, side: Side) -> Vec<String> {
        (1..=self.memory.settings.brokers)
            .map(|number| self.names.broker(side, number))
            .collect()
    }

    /// The names of all that belong to the site.
    fn containers(&self) -> Vec<String> {
        let mut all = self.brokers(Side::Source);
        all.extend(self.brokers(Side::Target));
        all.push(self.names.worker());
        all
    }

    async fn make(place: &Place, names: &Names, settings: &DockerSettings) -> Result<Self, DockerError> {
        let secrets = Secrets::random();
        let guards = [settings.source, settings.target];
        let authority = guards.contains(&Guard::Tls).then(Authority::new).transpose()?;
        let trusted = authority.as_ref().map(|authority| authority.certificate.as_str());
        Vault::of(place).keep(&secrets, trusted)?;
        let memory = Memory {
            schema: 1,
            settings: settings.clone(),
            ports: Ports::choose(settings.brokers)?,
        };
        memory.save(place)?;
        let site = Self {
            place: place.clone(),
            names: names.clone(),
            memory,
        };
        let (network, label) = (names.network(), names.label());
        Engine
            .run(&["network", "create", "--label", &label, &network])
            .await?;
        let plan = Plan {
            names,
            ports: &site.memory.ports,
            settings,
            secrets: &secrets,
            authority: authority.as_ref(),
        };
        for one in plan.containers()? {
            one.create(Engine, names).await?;
        }
        site.wake().await?;
        Ok(site)
    }

    /// Starts what does not run and waits until everything answers; the limits are in force when this returns.
    async fn wake(&self) -> Result<(), DockerError> {
        for side in [Side::Source, Side::Target] {
            for name in self.brokers(side) {
                Engine.run(&["start", &name]).await?;
            }
        }
        // A worker gives up on a cluster that takes long, and finds itself refused while rules are laid down.
        let target = async {
            self.wait(Side::Target).await?;
            self.limit().await?;
            let worker = self.names.worker();
            Engine.run(&["start", &worker]).await?;
            ready::worker(Engine, &worker, self.memory.ports.connect).await
        };
        tokio::try_join!(self.wait(Side::Source), target)?;
        Ok(())
    }

    async fn limit(&self) -> Result<(), DockerError> {
        if self.memory.settings.limits == Limits::None {
            return Ok(());
        }
        let laid_down = rules::apply(&self.control()?).await;
        laid_down.map_err(|source| DockerError::Limits { source })
    }

    async fn wait(&self, side: Side) -> Result<(), DockerError> {
        let credentials = self.credentials(side)?;
        let bootstrap = self.memory.ports.clients(side);
        ready::cluster(Engine, &self.brokers(side), &bootstrap, &credentials).await
    }
}
