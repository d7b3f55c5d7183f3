//! Azure's error envelope, read tolerantly into a tree, and the rule that finds what really went wrong in it.
//!
//! Services differ: keys in any case, an `error` wrapper or none, JSON inside message strings up to three levels deep,
//! plain text or HTML from a gateway. Nothing here fails: what cannot be read becomes the message.

use serde::Serialize;
use serde_json::Value;

/// Codes that only say "see inside".
const WRAPPERS: [&str; 5] = [
    "DeploymentFailed",
    "ResourceDeploymentFailure",
    "InvalidTemplateDeployment",
    "PreflightValidationCheckFailed",
    "MultipleErrorsOccurred",
];

/// The longest plain text that is repeated from a gateway's page.
const LONGEST_TEXT: usize = 300;

/// One error of Azure with the errors inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Refusal {
    pub code: String,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Refusal>,
    /// Whose token Azure wants instead, where it refuses one of another tenant and says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// The code of a token that belongs to another tenant than the subscription.
const OTHER_TENANT: &str = "InvalidAuthenticationTokenTenant";

impl Refusal {
    /// Reads an error body; `None` when the value holds no error.
    pub fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Object(_) => Self::read_object(value),
            Value::String(text) => Self::read_text(text),
            Value::Array(items) => {
                let details: Vec<Self> = items.iter().filter_map(Self::read).collect();
                (!details.is_empty()).then(|| Self {
                    code: "MultipleErrorsOccurred".to_owned(),
                    details,
                    ..Self::default()
                })
            }
            _ => None,
        }
    }

    /// Reads the body of a refused call, whatever it is made of.
    pub fn of_body(status: u16, body: &str) -> Self {
        let read = serde_json::from_str(body)
            .ok()
            .and_then(|value| Self::read(&value));
        read.unwrap_or_else(|| Self {
            code: format!("HTTP {status}"),
            message: plain(body),
            ..Self::default()
        })
    }

    /// The same with the tenant that a challenge names, `Bearer authorization_uri="https://…/TENANT", …`, where the token
    /// is of another one. Source: the Resource Manager contract, sections 11 and 12.
    pub(super) fn challenged(mut self, challenge: Option<&str>) -> Self {
        let is_name = |text: &&str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            !text.is_empty() && text.bytes().all(plain) && !["common", "organizations"].contains(text)
        };
        let uri = challenge
            .and_then(|text| text.split_once("authorization_uri=\""))
            .and_then(|(_, rest)| rest.split_once('"'));
        if self.has_code(OTHER_TENANT) {
            let name = uri.and_then(|(uri, _)| uri.trim_end_matches('/').rsplit('/').next());
            self.tenant = name.filter(is_name).map(str::to_owned);
        }
        self
    }

    /// The errors that say what went wrong, without the ones that only point inside and without repetitions.
    pub fn leaves(&self) -> Vec<&Self> {
        let mut leaves = Vec::new();
        self.gather(&mut leaves);
        leaves
    }

    /// Whether this error or one inside it has `code`.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.eq_ignore_ascii_case(code) || self.details.iter().any(|inner| inner.has_code(code))
    }

    fn gather<'a>(&'a self, leaves: &mut Vec<&'a Self>) {
        let only_points_inside =
            self.message.is_empty() || WRAPPERS.iter().any(|w| self.code.eq_ignore_ascii_case(w));
        if only_points_inside && !self.details.is_empty() {
            for inner in &self.details {
                inner.gather(leaves);
            }
        } else if !leaves.iter().any(|leaf| leaf.says_the_same(self)) {
            leaves.push(self);
        }
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.code == other.code && self.message == other.message && self.target == other.target
    }

    fn read_object(value: &Value) -> Option<Self> {
        for wrapper in ["error", "errorEntity", "odata.error"] {
            if let Some(inner) = get(value, wrapper).and_then(Self::read) {
                return Some(inner);
            }
        }
        let code = get(value, "code").map(text).unwrap_or_default();
        let message = get(value, "message").map(text).unwrap_or_default();
        if code.is_empty() && message.is_empty() {
            return None;
        }
        let mut details: Vec<Self> = get(value, "details")
            .and_then(Value::as_array)
            .map(|items| items.iter().filter_map(Self::read).collect())
            .unwrap_or_default();
        details.extend(get(value, "innererror").and_then(Self::read));
        let refusal = Self {
            code,
            message,
            target: get(value, "target").and_then(Value::as_str).map(str::to_owned),
            details,
            tenant: None,
        };
        Some(refusal.with_message_opened())
    }

    /// A message that is itself a JSON document becomes an inner error, and the first of them.
    fn with_message_opened(mut self) -> Self {
        let message = self.message.trim();
        if !message.starts_with(['{', '[']) {
            return self;
        }
        let inner = serde_json::from_str(message)
            .ok()
            .and_then(|value| Self::read(&value));
        if let Some(mut inner) = inner {
            inner.target = inner.target.or_else(|| self.target.clone());
            self.message.clear();
            self.details.insert(0, inner);
        }
        self
    }

    fn read_text(text: &str) -> Option<Self> {
        match serde_json::from_str::<Value>(text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => Self::read(&value),
            _ => (!text.trim().is_empty()).then(|| Self {
                message: plain(text),
                ..Self::default()
            }),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, leaf) in self.leaves().into_iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            match (leaf.code.as_str(), leaf.message.as_str()) {
                ("", message) => f.write_str(message)?,
                (code, "") => write!(f, "`{code}`")?,
                (code, message) => write!(f, "`{code}`: {message}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// A member of an object, its name in any case.
pub(super) fn get<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let object = value.as_object()?;
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// The text of a member; empty where there is none.
pub(super) fn text_of(value: &Value, name: &str) -> String {
    let text = get(value, name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// A scalar as text; `{"value": "…"}` is OData's way of writing a message.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Object(_) => get(value, "value").map(text).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// One line of a page: tags dropped, blanks folded, cut at [`LONGEST_TEXT`].
fn plain(page: &str) -> String {
    let mut inside_tag = false;
    let bare: String = page
        .chars()
        .map(|c| match c {
            '<' => {
                inside_tag = true;
                ' '
            }
            '>' if inside_tag => {
                inside_tag = false;
                ' '
            }
            _ if inside_tag => ' ',
            c => c,
        })
        .collect();
    let line = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_the_innermost_error_behind_json_in_strings() {
        let rp = json!({"Code": "NamespaceNameInUse", "Message": "The name is taken.", "Target": "ns"});
        let inner = json!({"status": "Failed", "error": {
            "code": "ResourceDeploymentFailure", "message": "terminal state", "details": [rp]
        }});
        let outer = json!({"error": {"code": "DeploymentFailed", "message": "list operations", "details": [
            {"code": "Conflict", "message": format!("{{\r\n{}", &inner.to_string()[1..])},
            {"code": "Conflict", "message": inner.to_string()},
        ]}});
        let refusal = Refusal::read(&outer).unwrap();
        let leaves = refusal.leaves();
        assert_eq!(leaves.len(), 1, "{leaves:?}");
        assert_eq!(leaves[0].code, "NamespaceNameInUse");
        assert_eq!(leaves[0].target.as_deref(), Some("ns"));
        assert_eq!(refusal.to_string(), "`NamespaceNameInUse`: The name is taken.");
        assert!(refusal.has_code("conflict"));
    }

    #[test]
    fn the_tenant_of_a_challenge_is_told_for_a_token_of_another_one() {
        let told = |code: &str, challenge: &str| {
            let body = json!({"error": {"code": code, "message": "the wrong issuer"}}).to_string();
            Refusal::of_body(401, &body).challenged(Some(challenge)).tenant
        };
        let at = |uri: &str| format!("Bearer authorization_uri=\"{uri}\", error=\"invalid_token\"");
        let there = at("https://login.windows.net/11111111-2222-3333-4444-555555555555/");
        assert_eq!(
            told(OTHER_TENANT, &there).as_deref(),
            Some("11111111-2222-3333-4444-555555555555")
        );
        assert_eq!(told("InvalidAuthenticationToken", &there), None);
        for uri in [
            "https://login.windows.net/common",
            "https://login.windows.net/$(rm)",
            "",
        ] {
            assert_eq!(told(OTHER_TENANT, &at(uri)), None, "{uri}");
        }
        assert_eq!(told(OTHER_TENANT, "Basic"), None);
    }

    #[test]
    fn reads_what_gateways_and_old_services_send() {
        let page = "<html><body><h1>502 Bad\nGateway</h1></body></html>";
        assert_eq!(
            Refusal::of_body(502, page).to_string(),
            "`HTTP 502`: 502 Bad Gateway"
        );
        assert_eq!(Refusal::of_body(500, "").to_string(), "`HTTP 500`");
        assert_eq!(Refusal::of_body(400, r#"{"Message":"no"}"#).to_string(), "no");
        assert_eq!(
            Refusal::of_body(400, r#"{"code":"A","message":"b"}"#).to_string(),
            "`A`: b"
        );
        assert_eq!(Refusal::of_body(400, "[]").code, "HTTP 400");
    }

    #[test]
    fn no_body_is_too_strange_to_read() {
        for body in [
            "{",
            "null",
            "7",
            "\"x\"",
            r#"{"error":[]}"#,
            r#"{"error":{"code":5,"details":[1,null]}}"#,
        ] {
            let _ = Refusal::of_body(400, body).to_string();
        }
    }
}
