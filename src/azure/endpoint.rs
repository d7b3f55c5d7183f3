//! Where Azure answers: the three clouds, or one address of our own such as an emulator.
//!
//! Hosts and suffixes: Azure CLI's table of clouds. Plain http is accepted for loopback alone, because every call
//! carries a bearer token.

use std::net::IpAddr;

use reqwest::Url;

use super::AzureError;

/// The addresses of one Azure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    resource_manager: Url,
    /// What a token for the Resource Manager is asked for.
    pub(super) scope: String,
    /// The host suffix of Key Vault; an emulator has no vault.
    pub(super) key_vault_suffix: Option<&'static str>,
    /// Which login service the Azure SDK signs in at.
    pub(super) login: Login,
}

/// The login services that the Azure SDK knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Login {
    Public,
    UsGovernment,
    China,
}

impl Endpoint {
    /// Azure's public cloud.
    ///
    /// # Errors
    ///
    /// None in practice; the address is checked as any other.
    pub fn public() -> Result<Self, AzureError> {
        Self::cloud("https://management.azure.com", "vault.azure.net", Login::Public)
    }

    /// Azure US Government.
    ///
    /// # Errors
    ///
    /// None in practice; the address is checked as any other.
    pub fn us_government() -> Result<Self, AzureError> {
        Self::cloud(
            "https://management.usgovcloudapi.net",
            "vault.usgovcloudapi.net",
            Login::UsGovernment,
        )
    }

    /// Azure in China, operated by 21Vianet.
    ///
    /// # Errors
    ///
    /// None in practice; the address is checked as any other.
    pub fn china() -> Result<Self, AzureError> {
        Self::cloud(
            "https://management.chinacloudapi.cn",
            "vault.azure.cn",
            Login::China,
        )
    }

    /// A Resource Manager at `url`: an emulator on loopback, or another Azure over https.
    ///
    /// # Errors
    ///
    /// [`AzureError::NotAnAddress`] for what is no http address, [`AzureError::Insecure`] for http beyond loopback.
    pub fn at(url: &str) -> Result<Self, AzureError> {
        let resource_manager = Url::parse(url).map_err(|_| AzureError::NotAnAddress {
            url: without_user(url),
        })?;
        if !matches!(resource_manager.scheme(), "http" | "https") || !resource_manager.has_host() {
            return Err(AzureError::NotAnAddress {
                url: without_user(url),
            });
        }
        may_carry_a_token(&resource_manager)?;
        Ok(Self {
            scope: format!("{}/.default", resource_manager.as_str().trim_end_matches('/')),
            resource_manager,
            key_vault_suffix: None,
            login: Login::Public,
        })
    }

    /// The address as text, without a slash at the end.
    pub fn resource_manager(&self) -> &str {
        self.resource_manager.as_str().trim_end_matches('/')
    }

    /// Whether the Resource Manager runs on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.resource_manager)
    }

    fn cloud(url: &str, key_vault: &'static str, login: Login) -> Result<Self, AzureError> {
        Ok(Self {
            key_vault_suffix: Some(key_vault),
            login,
            ..Self::at(url)?
        })
    }

    /// The address of `path`, which starts with a slash.
    pub(super) fn join(&self, path: &str) -> Url {
        let mut url = self.resource_manager.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url
    }

    /// Checks that an address given by an answer belongs to this Azure: the same host or one below it, as safe.
    ///
    /// # Errors
    ///
    /// [`AzureError::Foreign`] for another host, [`AzureError::Insecure`] for a less safe scheme.
    pub(super) fn own(&self, address: &str) -> Result<Url, AzureError> {
        let url = self
            .resource_manager
            .join(address)
            .map_err(|_| AzureError::NotAnAddress {
                url: "a link in an answer".to_owned(),
            })?;
        may_carry_a_token(&url)?;
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let home = self.resource_manager.host_str().unwrap_or_default();
        let below = host
            .strip_suffix(home)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if below {
            Ok(url)
        } else {
            Err(AzureError::Foreign {
                host,
                home: home.to_owned(),
            })
        }
    }
}

/// Refuses an address over which a bearer token could be overheard.
fn may_carry_a_token(url: &Url) -> Result<(), AzureError> {
    if url.scheme() == "https" || is_loopback(url) {
        return Ok(());
    }
    Err(AzureError::Insecure {
        host: url.host_str().unwrap_or_default().to_owned(),
    })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host.eq_ignore_ascii_case("localhost")
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The text up to a query, without what stands before an `@`: a password may be there.
fn without_user(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    plain.rsplit('@').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_travels_over_plain_http_to_loopback_alone() {
        for good in [
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost/",
            "https://arm.example",
        ] {
            assert!(Endpoint::at(good).is_ok(), "{good}");
        }
        let error = Endpoint::at("http://management.azure.com").unwrap_err();
        assert_eq!(
            error.to_string(),
            "a bearer token may not travel over plain http to `management.azure.com`: use https, or a loopback address"
        );
        assert!(Endpoint::at("http://127.0.0.1.example.com").is_err());
        assert!(Endpoint::at("ftp://127.0.0.1").is_err());
    }

    #[test]
    fn a_link_to_another_host_is_not_followed() {
        let azure = Endpoint::public().unwrap();
        assert!(azure.own("https://westeurope.management.azure.com/x?t=1").is_ok());
        assert!(azure.own("/subscriptions/s").is_ok());
        for foreign in [
            "https://evil.example/x",
            "https://evilmanagement.azure.com/x",
            "http://management.azure.com/x",
        ] {
            assert!(azure.own(foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        let error = Endpoint::at("ftp://user:canary@host/x?sig=canary").unwrap_err();
        assert!(!error.to_string().contains("canary"));
    }
}
