//! Two documents of one resource, compared as what-if shows it: paths, kinds of change, elements by index.

use serde_json::{Map, Value, json};

use super::providers;

/// Members of a resource that say which one it is, not how it is.
const IDENTITY: &[&str] = &["id", "name", "type", "apiVersion"];

/// A comparison that passes over what cannot be known.
pub struct Comparison<'a> {
    /// JSON pointers of what is secret or not known yet.
    pub hidden: &'a [String],
}

impl Comparison<'_> {
    /// The changes from `before` to `after`; `given` is what the last writer gave of the first.
    pub fn resource(&self, before: &Value, given: &Value, after: &Value) -> Vec<Value> {
        let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
            return Vec::new();
        };
        let mut delta = self.fields(before, given.as_object(), after, "", "");
        delta.retain(|change| !IDENTITY.contains(&change["path"].as_str().unwrap_or_default()));
        delta
    }

    /// The changes between two objects; `given` is what the last writer gave of the first.
    fn fields(
        &self,
        before: &Map<String, Value>,
        given: Option<&Map<String, Value>>,
        after: &Map<String, Value>,
        path: &str,
        pointer: &str,
    ) -> Vec<Value> {
        let mut delta = Vec::new();
        for (key, new) in after {
            let (path, pointer) = (joined(path, key), format!("{pointer}/{}", escaped(key)));
            let given = given.and_then(|given| given.get(key));
            self.value(before.get(key), given, new, &path, &pointer, &mut delta);
        }
        for (key, old) in given.into_iter().flatten() {
            let pointer = format!("{pointer}/{}", escaped(key));
            if !after.contains_key(key)
                && before.contains_key(key)
                && !old.is_null()
                && !self.is_hidden(&pointer)
            {
                delta.push(json!({
                    "path": joined(path, key), "propertyChangeType": "Delete", "before": before.get(key), "children": null,
                }));
            }
        }
        delta
    }

    fn value(
        &self,
        before: Option<&Value>,
        given: Option<&Value>,
        after: &Value,
        path: &str,
        pointer: &str,
        delta: &mut Vec<Value>,
    ) {
        if self.is_hidden(pointer) || (after.is_null() && before.is_none_or(Value::is_null)) {
            return;
        }
        match (before, after) {
            (None, _) => {
                if !is_hollow(after) && !self.hides_below(pointer) {
                    delta.push(json!({"path": path, "propertyChangeType": "Create", "after": after, "children": null}));
                }
            }
            (Some(Value::Object(old)), Value::Object(new)) => {
                delta.extend(self.fields(old, given.and_then(Value::as_object), new, path, pointer));
            }
            (Some(Value::Array(old)), Value::Array(new)) => {
                let children = self.items(old, given.and_then(Value::as_array), new, pointer);
                if !children.is_empty() {
                    delta.push(json!({"path": path, "propertyChangeType": "Array", "before": old, "after": new, "children": children}));
                }
            }
            (Some(old), new) if same(path, old, new) => {}
            (Some(old), new) => {
                delta.push(json!({"path": path, "propertyChangeType": "Modify", "before": old, "after": new, "children": null}));
            }
        }
    }

    fn items(
        &self,
        before: &[Value],
        given: Option<&Vec<Value>>,
        after: &[Value],
        pointer: &str,
    ) -> Vec<Value> {
        let mut children = Vec::new();
        for (index, new) in after.iter().enumerate() {
            let (path, pointer) = (index.to_string(), format!("{pointer}/{index}"));
            let given = given.and_then(|given| given.get(index));
            let mut inner = Vec::new();
            match (before.get(index), new) {
                (Some(Value::Object(old)), Value::Object(new)) => {
                    let below = self.fields(old, given.and_then(Value::as_object), new, "", &pointer);
                    if !below.is_empty() {
                        inner.push(json!({"path": path, "propertyChangeType": "Modify", "before": old, "after": new, "children": below}));
                    }
                }
                (old, new) => self.value(old, given, new, &path, &pointer, &mut inner),
            }
            children.extend(inner);
        }
        for (index, old) in before.iter().enumerate().skip(after.len()) {
            children.push(json!({"path": index.to_string(), "propertyChangeType": "Delete", "before": old, "children": null}));
        }
        children
    }

    fn is_hidden(&self, pointer: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden == pointer)
    }

    /// Whether something below is not known: the whole then cannot be told to be new.
    fn hides_below(&self, pointer: &str) -> bool {
        let below = format!("{pointer}/");
        self.hidden.iter().any(|hidden| hidden.starts_with(&below))
    }
}

/// An object or array without a value in it is the same as none.
fn is_hollow(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(is_hollow),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Equality as Azure sees it: locations without blanks and case, ids without case.
fn same(path: &str, old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new)) if path.ends_with("location") => {
            providers::region(old) == providers::region(new)
        }
        (Value::String(old), Value::String(new)) if old.starts_with("/subscriptions/") => {
            old.eq_ignore_ascii_case(new)
        }
        _ => old == new,
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
