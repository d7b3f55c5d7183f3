//! Whose token it is: the claims of its middle part, read without a check of the signature. Only Azure judges a token;
//! this tells a person who they are.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// The owner of a token. Source: learn.microsoft.com, "Access token claims reference".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The object id of the principal: role assignments name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// A person's name to sign in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The id of the application that signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// Claims as tokens of both versions write them.
#[derive(Deserialize)]
struct Claims {
    oid: Option<String>,
    upn: Option<String>,
    unique_name: Option<String>,
    preferred_username: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
    tid: Option<String>,
}

impl Identity {
    /// Reads the owner out of a token; `None` when it is no JSON Web Token.
    pub fn of(token: &SecretString) -> Option<Self> {
        let mut parts = token.expose_secret().split('.');
        let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
        let claims: Claims = serde_json::from_slice(&bytes).ok()?;
        Some(Self {
            object_id: claims.oid,
            user: claims.upn.or(claims.preferred_username).or(claims.unique_name),
            application: claims.appid.or(claims.azp),
            tenant: claims.tid,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> SecretString {
        SecretString::from(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn the_claims_of_both_versions_are_read() {
        let first = Identity::of(&token(
            r#"{"oid": "o", "unique_name": "a@b.c", "appid": "cli", "tid": "t"}"#,
        ));
        let first = first.unwrap();
        assert_eq!(
            (first.user.as_deref(), first.application.as_deref()),
            (Some("a@b.c"), Some("cli"))
        );
        let second = Identity::of(&token(
            r#"{"oid": "o", "preferred_username": "d@e.f", "azp": "app"}"#,
        ))
        .unwrap();
        assert_eq!(
            (second.user.as_deref(), second.application.as_deref()),
            (Some("d@e.f"), Some("app"))
        );
    }

    #[test]
    fn what_is_no_token_of_claims_tells_nothing() {
        for text in ["", "a.b", "a.b.c", "e30.W10.x", "….….…"] {
            assert_eq!(Identity::of(&SecretString::from(text)), None, "{text}");
        }
    }
}
