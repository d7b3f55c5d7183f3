//! The rule of a policy: conditions on the fields of a resource.
//!
//! What this does not know is refused when the definition is written, so that no rule is ever half understood.

use serde_json::{Map, Value, json};

use super::super::providers::region;

const OPERATORS: [&str; 9] = [
    "equals",
    "notEquals",
    "in",
    "notIn",
    "like",
    "notLike",
    "contains",
    "notContains",
    "exists",
];

/// A resource that somebody wants to write.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub id: &'a str,
    pub resource_type: &'a str,
    pub body: &'a Value,
}

/// A member without regard to case.
pub fn member<'v>(of: &'v Value, name: &str) -> Option<&'v Value> {
    let fields = of.as_object()?;
    let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// Refuses a rule that could not be evaluated.
///
/// # Errors
///
/// A sentence that names the first part that is not known.
pub fn check(rule: &Value) -> Result<(), String> {
    let condition = member(rule, "if").ok_or("the rule has no 'if'")?;
    let effect = member(rule, "then").and_then(|then| member(then, "effect"));
    effect
        .and_then(Value::as_str)
        .ok_or("the rule has no 'then.effect'")?;
    check_condition(condition)
}

fn check_condition(condition: &Value) -> Result<(), String> {
    for list in ["allOf", "anyOf"] {
        if let Some(all) = member(condition, list) {
            let all = all.as_array().ok_or_else(|| format!("'{list}' is not a list"))?;
            return all.iter().try_for_each(check_condition);
        }
    }
    if let Some(inner) = member(condition, "not") {
        return check_condition(inner);
    }
    let field = member(condition, "field").and_then(Value::as_str);
    let field = field.ok_or_else(|| format!("the condition {condition} has no 'field'"))?;
    let known = OPERATORS
        .iter()
        .filter_map(|operator| member(condition, operator));
    let operands: Vec<&Value> = known.collect();
    match operands.as_slice() {
        [operand] => check_operand(operand),
        _ => Err(format!(
            "the condition on '{field}' does not have one of the operators {}",
            OPERATORS.join(", ")
        )),
    }
}

fn check_operand(operand: &Value) -> Result<(), String> {
    match operand {
        Value::Array(items) => items.iter().try_for_each(check_operand),
        Value::String(text)
            if text.starts_with('[') && !text.starts_with("[[") && parameter(text).is_none() =>
        {
            Err(format!(
                "the expression {text} is not supported: only [parameters('…')] is"
            ))
        }
        _ => Ok(()),
    }
}

/// The name in `[parameters('name')]`.
fn parameter(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("[parameters('")?.strip_suffix("')]")?;
    (!inner.contains('\'')).then_some(inner)
}

/// A value with its parameters put in; `[[` is a plain bracket.
pub fn bound(value: &Value, parameters: &Map<String, Value>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| bound(item, parameters)).collect(),
        Value::String(text) => match parameter(text) {
            Some(name) => parameters.get(&name.to_lowercase()).cloned().unwrap_or_default(),
            None => text
                .strip_prefix("[[")
                .map_or_else(|| value.clone(), |rest| format!("[{rest}").into()),
        },
        other => other.clone(),
    }
}

/// Whether a resource meets the condition; `trail` gets every condition that made it so.
pub fn holds(
    condition: &Value,
    parameters: &Map<String, Value>,
    subject: Subject<'_>,
    trail: &mut Vec<Value>,
) -> bool {
    if let Some(Value::Array(all)) = member(condition, "allOf") {
        return all.iter().all(|one| holds(one, parameters, subject, trail));
    }
    if let Some(Value::Array(any)) = member(condition, "anyOf") {
        return any.iter().any(|one| holds(one, parameters, subject, trail));
    }
    if let Some(inner) = member(condition, "not") {
        return !holds(inner, parameters, subject, &mut Vec::new());
    }
    let field = member(condition, "field")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let operator = OPERATORS
        .iter()
        .find(|operator| member(condition, operator).is_some());
    let Some(operator) = operator else {
        return false;
    };
    let target = bound(member(condition, operator).unwrap_or(&Value::Null), parameters);
    let values = subject.field(field);
    let is_place = field.eq_ignore_ascii_case("location");
    // Of a list, every element has to meet the condition.
    let met = values
        .iter()
        .all(|value| compare(operator, value.as_ref(), &target, is_place));
    if met {
        let value = values.first().cloned().flatten();
        let mut name = (*operator).to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        trail.push(json!({
            "result": "True",
            "expressionKind": "Field",
            "expression": field,
            "path": field,
            "expressionValue": value,
            "targetValue": target,
            "operator": name,
        }));
    }
    met
}

impl Subject<'_> {
    /// The values of a field or an alias; one that is absent is `None`, and an alias with `[*]` has many.
    pub fn field(&self, field: &str) -> Vec<Option<Value>> {
        let lower = field.to_lowercase();
        let name = self.id.rsplit('/').next().unwrap_or_default();
        match lower.as_str() {
            "type" => return vec![Some(self.resource_type.into())],
            "id" => return vec![Some(self.id.into())],
            "name" => return vec![Some(name.into())],
            "fullname" => return vec![Some(super::super::view::name_of(self.id).into())],
            _ => {}
        }
        if let Some(tag) = tag_name(field) {
            let tags = member(self.body, "tags");
            return vec![tags.and_then(|tags| member(tags, &tag)).cloned()];
        }
        let kind = format!("{}/", self.resource_type.to_lowercase());
        let Some(alias) = lower.strip_prefix(&kind) else {
            // An alias of another type, or a plain member: `location`, `kind`, `identity.type`.
            return if lower.contains('/') {
                vec![None]
            } else {
                walked(self.body, &lower)
            };
        };
        let first = alias.split(['.', '[']).next().unwrap_or_default();
        let at_top = ["sku", "kind", "identity", "zones", "plan"].contains(&first);
        if at_top && member(self.body, first).is_some() {
            return walked(self.body, alias);
        }
        walked(member(self.body, "properties").unwrap_or(&Value::Null), alias)
    }
}

/// The tag in `tags.name`, `tags[name]` or `tags['name']`.
fn tag_name(field: &str) -> Option<String> {
    let rest = field
        .get(..4)
        .filter(|head| head.eq_ignore_ascii_case("tags"))
        .and(field.get(4..))?;
    let bracketed = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let name = bracketed.or_else(|| rest.strip_prefix('.'))?;
    Some(name.trim_matches('\'').to_owned())
}

/// The values at a path like `rules[*].port`.
fn walked(from: &Value, path: &str) -> Vec<Option<Value>> {
    let Some((head, rest)) = path.split_once("[*]") else {
        let mut at = Some(from);
        for segment in path.split('.').filter(|segment| !segment.is_empty()) {
            at = at.and_then(|value| member(value, segment));
        }
        return vec![at.filter(|value| !value.is_null()).cloned()];
    };
    let list = walked(from, head).pop().flatten();
    let items = list.as_ref().and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .flat_map(|item| walked(item, rest))
        .collect()
}

fn compare(operator: &str, value: Option<&Value>, target: &Value, is_place: bool) -> bool {
    let same = |target: &Value| value.is_some_and(|value| is_same(value, target, is_place));
    let among = || target.as_array().is_some_and(|all| all.iter().any(same));
    let text = value.map(as_text).unwrap_or_default();
    let like = || value.is_some() && is_like(&text, &as_text(target));
    let contains = || value.is_some() && text.contains(&as_text(target));
    match operator {
        "equals" => same(target),
        "notEquals" => !same(target),
        "in" => among(),
        "notIn" => !among(),
        "like" => like(),
        "notLike" => !like(),
        "contains" => contains(),
        "notContains" => !contains(),
        _ => value.is_some() == (as_text(target) == "true"),
    }
}

/// A value as text in lower case.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_lowercase(),
        other => other.to_string().to_lowercase(),
    }
}

fn is_same(value: &Value, target: &Value, is_place: bool) -> bool {
    if is_place {
        return region(&as_text(value)) == region(&as_text(target));
    }
    as_text(value) == as_text(target)
}

/// Whether a text fits a pattern with at most one `*`.
fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((head, tail)) => {
            text.len() >= head.len() + tail.len() && text.starts_with(head) && text.ends_with(tail)
        }
    }
}
