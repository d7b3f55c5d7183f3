//! What is never stored: values made from secure parameters, and passwords that a client writes itself.

use std::fmt::Write as _;

use serde_json::Value;

/// Keys whose values are passwords wherever they stand.
const PASSWORDS: [&str; 12] = [
    "adminPassword",
    "password",
    "restAuthCredential.password",
    "administratorLoginPassword",
    "accountKey",
    "sharedAccessPolicyKey",
    "refreshToken",
    "storageAccountKey",
    "apiSecret",
    "primaryKey",
    "cosmosMasterKey",
    "synapseSqlPassword",
];

/// Ends of addresses whose last word says too little: what links an organization of Confluent.
const PLACES: [&str; 1] = ["/linkorganization/token"];

/// JSON pointers to the passwords in `body`.
pub fn known(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(body, &mut String::new(), &mut found);
    found
}

fn collect(value: &Value, path: &mut String, found: &mut Vec<String>) {
    let length = path.len();
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                path.push('/');
                path.push_str(&key.replace('~', "~0").replace('/', "~1"));
                if value.is_string() && is_secret(key, path) {
                    found.push(path.clone());
                } else {
                    collect(value, path, found);
                }
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let _ = write!(path, "/{index}");
                collect(item, path, found);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

fn is_secret(key: &str, path: &str) -> bool {
    let lower = path.to_lowercase();
    PASSWORDS.iter().any(|known| known.eq_ignore_ascii_case(key))
        || PLACES.iter().any(|place| lower.ends_with(place))
}

/// A copy of `body` without what the pointers point at.
pub fn without(body: &Value, pointers: &[String]) -> Value {
    let mut body = body.clone();
    for pointer in pointers {
        let Some((parent, last)) = pointer.rsplit_once('/') else {
            return Value::Null;
        };
        let last = last.replace("~1", "/").replace("~0", "~");
        match body.pointer_mut(parent) {
            Some(Value::Object(fields)) => {
                fields.shift_remove(&last);
            }
            Some(Value::Array(items)) => {
                if let Some(item) = last.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                    *item = Value::Null;
                }
            }
            _ => {}
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn passwords_are_found_wherever_they_stand() {
        let body = json!({
            "properties": {
                "roles": [{"osProfile": {"adminPassword": "canary"}}],
                "gateway/of": {"restAuthCredential.password": "canary", "password": {"reference": "kept"}},
            },
        });
        let found = known(&body);
        assert_eq!(
            found,
            [
                "/properties/roles/0/osProfile/adminPassword",
                "/properties/gateway~1of/restAuthCredential.password",
            ]
        );
        assert!(!without(&body, &found).to_string().contains("canary"));
    }
}
