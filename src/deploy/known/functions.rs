//! The functions of templates that need nothing but their values. Source: Azure Resource Manager, template functions.

use serde_json::{Map, Value};

use crate::azure::groups::GroupScope;
use crate::model::hashes;
use crate::model::joined_id::join_id;

/// The value of a function; `None` for one that is not here, or for values that it does not take.
pub(super) fn call(name: &str, values: &[Value]) -> Option<Value> {
    match (name, values) {
        ("true" | "false", []) => Some(Value::from(name == "true")),
        ("null", []) => Some(Value::Null),
        ("not", [Value::Bool(yes)]) => Some(Value::from(!yes)),
        ("and", values) => all(values).map(|values| Value::from(values.iter().all(|yes| *yes))),
        ("or", values) => all(values).map(|values| Value::from(values.iter().any(|yes| *yes))),
        ("equals", [one, other]) => Some(Value::from(one == other)),
        ("add" | "sub" | "mul" | "div" | "mod", [one, other]) => number(name, one.as_i64()?, other.as_i64()?),
        ("createarray", values) => Some(Value::from(values.to_vec())),
        ("createobject", values) => object(values),
        _ => of_texts(name, values).or_else(|| of_lists(name, values)),
    }
}

fn all(values: &[Value]) -> Option<Vec<bool>> {
    values.iter().map(Value::as_bool).collect()
}

fn number(name: &str, one: i64, other: i64) -> Option<Value> {
    let result = match name {
        "add" => one.checked_add(other),
        "sub" => one.checked_sub(other),
        "mul" => one.checked_mul(other),
        "div" => one.checked_div(other),
        _ => one.checked_rem(other),
    };
    result.map(Value::from)
}

fn object(values: &[Value]) -> Option<Value> {
    let pairs = values.chunks(2).map(|pair| match pair {
        [Value::String(name), value] => Some((name.clone(), value.clone())),
        _ => None,
    });
    pairs.collect::<Option<Map<_, _>>>().map(Value::Object)
}

fn of_texts(name: &str, values: &[Value]) -> Option<Value> {
    match (name, values) {
        ("concat", parts) => texts(parts).map(|parts| Value::from(parts.concat())),
        ("format", [Value::String(pattern), parts @ ..]) => fill(pattern, parts),
        ("guid", parts) => texts(parts).map(|parts| Value::from(hashes::guid(&parts))),
        ("uniquestring", parts) => texts(parts).map(|parts| Value::from(hashes::unique_string(&parts))),
        ("tolower", [Value::String(text)]) => Some(Value::from(text.to_lowercase())),
        ("toupper", [Value::String(text)]) => Some(Value::from(text.to_uppercase())),
        ("string", [value]) => plain(value).map(Value::from),
        ("replace", [Value::String(text), Value::String(from), Value::String(to)]) => {
            Some(Value::from(text.replace(from.as_str(), to)))
        }
        ("split", [Value::String(text), Value::String(at)]) => {
            Some(text.split(at.as_str()).map(Value::from).collect())
        }
        ("join", [Value::Array(list), Value::String(between)]) => {
            texts(list).map(|parts| Value::from(parts.join(between)))
        }
        ("empty", [Value::String(text)]) => Some(Value::from(text.is_empty())),
        ("length", [Value::String(text)]) => Some(Value::from(text.chars().count())),
        ("take", [Value::String(text), count]) => {
            let taken: String = text
                .chars()
                .take(usize::try_from(count.as_i64()?).ok()?)
                .collect();
            Some(Value::from(taken))
        }
        ("skip", [Value::String(text), count]) => {
            let rest: String = text
                .chars()
                .skip(usize::try_from(count.as_i64()?).ok()?)
                .collect();
            Some(Value::from(rest))
        }
        _ => None,
    }
}

fn of_lists(name: &str, values: &[Value]) -> Option<Value> {
    match (name, values) {
        ("concat", lists) => {
            let lists: Option<Vec<&Vec<Value>>> = lists.iter().map(Value::as_array).collect();
            Some(lists?.into_iter().flatten().cloned().collect())
        }
        ("empty", [Value::Array(list)]) => Some(Value::from(list.is_empty())),
        ("length", [Value::Array(list)]) => Some(Value::from(list.len())),
        ("first", [Value::Array(list)]) => list.first().cloned(),
        ("last", [Value::Array(list)]) => list.last().cloned(),
        ("take", [Value::Array(list), count]) => {
            let count = usize::try_from(count.as_i64()?).ok()?;
            Some(list.iter().take(count).cloned().collect())
        }
        ("skip", [Value::Array(list), count]) => {
            let count = usize::try_from(count.as_i64()?).ok()?;
            Some(list.iter().skip(count).cloned().collect())
        }
        _ => None,
    }
}

/// `resourceId`: in front of the type there may be another subscription and another group.
pub(super) fn resource_id(scope: &GroupScope, parts: &[Value]) -> Option<Value> {
    let parts = texts(parts)?;
    let place = parts.iter().position(|part| part.contains('/'))?;
    let (subscription, group) = match &parts[..place] {
        [] => (&scope.subscription, &scope.group),
        [group] => (&scope.subscription, group),
        [subscription, group] => (subscription, group),
        _ => return None,
    };
    let scope = format!("/subscriptions/{subscription}/resourceGroups/{group}");
    join_id(&scope, &parts[place], &parts[place + 1..])
        .ok()
        .map(Value::from)
}

/// The id of a type and its names below `scope`.
pub(super) fn id_below(scope: &str, parts: &[Value]) -> Option<Value> {
    let parts = texts(parts)?;
    let (resource_type, names) = parts.split_first().filter(|(kind, _)| kind.contains('/'))?;
    join_id(scope, resource_type, names).ok().map(Value::from)
}

fn texts(values: &[Value]) -> Option<Vec<String>> {
    values.iter().map(plain).collect()
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `format` with plain places alone: `{0}/{1}`.
fn fill(pattern: &str, parts: &[Value]) -> Option<Value> {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, behind) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&plain(parts.get(place.parse::<usize>().ok()?)?)?);
        rest = behind;
    }
    text.push_str(rest);
    Some(Value::from(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn called(name: &str, values: &Value) -> Option<Value> {
        call(name, values.as_array().unwrap())
    }

    #[test]
    fn texts_and_lists_share_names() {
        assert_eq!(called("concat", &json!(["a", 1])), Some(json!("a1")));
        assert_eq!(called("concat", &json!([[1], [2]])), Some(json!([1, 2])));
        assert_eq!(called("concat", &json!(["a", [2]])), None);
        assert_eq!(called("length", &json!(["abc"])), Some(json!(3)));
        assert_eq!(called("take", &json!([["a", "b"], 1])), Some(json!(["a"])));
        assert_eq!(called("take", &json!(["ab", 1])), Some(json!("a")));
        assert_eq!(called("last", &json!([["a", "b"]])), Some(json!("b")));
        assert_eq!(called("split", &json!(["a/b", "/"])), Some(json!(["a", "b"])));
    }

    #[test]
    fn what_is_not_known_or_does_not_fit_has_no_value() {
        assert_eq!(called("reference", &json!(["x"])), None);
        assert_eq!(called("div", &json!([1, 0])), None);
        assert_eq!(called("createObject", &json!(["a"])), None);
        assert_eq!(called("take", &json!(["ab", -1])), None);
    }

    #[test]
    fn ids_may_be_of_another_group_and_subscription() {
        let scope = GroupScope {
            subscription: "s".into(),
            group: "g".into(),
        };
        let id = |parts: &Value| resource_id(&scope, parts.as_array().unwrap());
        assert_eq!(
            id(&json!(["A.B/cs", "c"])),
            Some(json!("/subscriptions/s/resourceGroups/g/providers/A.B/cs/c"))
        );
        assert_eq!(
            id(&json!(["t", "h", "A.B/cs/ds", "c", "d"])),
            Some(json!("/subscriptions/t/resourceGroups/h/providers/A.B/cs/c/ds/d"))
        );
        assert_eq!(id(&json!(["A.B/cs", "c", "d"])), None);
    }
}
