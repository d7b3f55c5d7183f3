//! ARM's own hashes: `uniqueString`, `guid` and the template hash.
//!
//! All three start from one text. The 64-bit hash has two 32-bit lanes and is no published algorithm under another name:
//! what other implementations call Murmur gives other values, so the vectors below are the authority.

use serde_json::{Map, Value};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const GUID_NAMESPACE: Uuid = Uuid::from_u128(0x11fb_06fb_712d_4ddd_98c7_e71b_bd58_8830);
const FIRST: u32 = 0x239B_961B;
const SECOND: u32 = 0xAB0E_9789;

/// The 13 characters of `uniqueString(parts…)`.
pub fn unique_string(parts: &[String]) -> String {
    let hash = hash64(parts.join("-").as_bytes());
    (0..13).map(|index| letter(hash, index)).collect()
}

/// The name-based UUID of `guid(parts…)`.
pub fn guid(parts: &[String]) -> String {
    Uuid::new_v5(&GUID_NAMESPACE, parts.join("-").as_bytes()).to_string()
}

/// The decimal hash under which ARM records a template: upper-cased, minified, in canonical order of keys.
pub fn template_hash(template: &Value) -> String {
    hash64(canonical(template).to_string().to_uppercase().as_bytes()).to_string()
}

fn letter(hash: u64, index: u32) -> char {
    let bits = match 59_u32.checked_sub(index * 5) {
        Some(shift) => hash >> shift,
        None => hash << 1,
    };
    char::from(ALPHABET[usize::try_from(bits & 31).unwrap_or_default()])
}

fn hash64(bytes: &[u8]) -> u64 {
    let (mut one, mut two) = (0_u32, 0_u32);
    let mut blocks = bytes.chunks_exact(8);
    for block in &mut blocks {
        one = (one ^ first_key(word(&block[..4]))).rotate_left(19);
        one = one.wrapping_add(two).wrapping_mul(5).wrapping_add(0x561C_CD1B);
        two = (two ^ second_key(word(&block[4..]))).rotate_left(13);
        two = two.wrapping_add(one).wrapping_mul(5).wrapping_add(0x0BCA_A747);
    }
    let tail = blocks.remainder();
    if !tail.is_empty() {
        one ^= first_key(word(&tail[..tail.len().min(4)]));
    }
    if tail.len() > 4 {
        two ^= second_key(word(&tail[4..]));
    }
    finish(one, two, bytes.len())
}

fn finish(mut one: u32, mut two: u32, length: usize) -> u64 {
    let length = u32::try_from(length & 0xFFFF_FFFF).unwrap_or_default();
    one ^= length;
    two ^= length;
    one = one.wrapping_add(two);
    two = two.wrapping_add(one);
    one = avalanche(one);
    two = avalanche(two);
    one = one.wrapping_add(two);
    two = two.wrapping_add(one);
    u64::from(two) << 32 | u64::from(one)
}

fn word(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn first_key(key: u32) -> u32 {
    key.wrapping_mul(FIRST).rotate_left(15).wrapping_mul(SECOND)
}

fn second_key(key: u32) -> u32 {
    key.wrapping_mul(SECOND).rotate_left(17).wrapping_mul(FIRST)
}

fn avalanche(mut value: u32) -> u32 {
    value = (value ^ value >> 16).wrapping_mul(0x85EB_CA6B);
    value = (value ^ value >> 13).wrapping_mul(0xC2B2_AE35);
    value ^ value >> 16
}

/// The template with the keys of its root and of its parameters in ARM's order, without the generator's own hash.
fn canonical(template: &Value) -> Value {
    const ROOT: &[&str] = &[
        "$schema",
        "languageVersion",
        "contentVersion",
        "parameters",
        "variables",
        "resources",
        "outputs",
        "metadata",
    ];
    let Value::Object(root) = template else {
        return template.clone();
    };
    let mut root = ordered(root, ROOT);
    if let Some(Value::Object(parameters)) = root.get_mut("parameters") {
        for parameter in parameters.values_mut() {
            *parameter = canonical_parameter(parameter);
        }
    }
    if let Some(generator) = root.get_mut("metadata").and_then(|m| m.get_mut("_generator"))
        && let Some(generator) = generator.as_object_mut()
    {
        generator.shift_remove("templateHash");
    }
    Value::Object(root)
}

fn canonical_parameter(parameter: &Value) -> Value {
    const PARAMETER: &[&str] = &[
        "defaultValue",
        "minValue",
        "maxValue",
        "minLength",
        "maxLength",
        "allowedValues",
        "nullable",
        "type",
        "metadata",
    ];
    match parameter {
        Value::Object(fields) => Value::Object(ordered(fields, PARAMETER)),
        other => other.clone(),
    }
}

/// The named keys first and in that order, the others behind in their own.
fn ordered(fields: &Map<String, Value>, order: &[&str]) -> Map<String, Value> {
    let rank = |key: &str| {
        order
            .iter()
            .position(|known| *known == key)
            .unwrap_or(order.len())
    };
    let mut entries: Vec<(&String, &Value)> = fields.iter().collect();
    entries.sort_by_key(|(key, _)| rank(key));
    entries
        .into_iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unique(parts: &[&str]) -> String {
        unique_string(&parts.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn unique_strings_equal_those_that_azure_gave() {
        assert_eq!(unique(&["test"]), "rbgf3xv4ufgzg");
        assert_eq!(unique(&["abc"]), "cgtzqvhu4i23s");
        assert_eq!(unique(&["hello", "world"]), "a7wkljktk6wne");
        assert_eq!(unique(&["foo", "bar", "baz"]), "xzi4ioaxtmth4");
        assert_eq!(unique(&["snap", "crackle", "pop"]), "byghxckddilkc");
        let group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/";
        assert_eq!(unique(&[&format!("{group}my-rg")]), "bmg7c6xu4tw46");
        assert_eq!(unique(&[&format!("{group}myRg")]), "js26ofeqkqeve");
    }

    #[test]
    fn a_guid_equals_the_one_that_azure_gave() {
        let parts = ["foo", "bar", "baz"].map(String::from);
        assert_eq!(guid(&parts), "2ed86837-7c7c-5eaa-9864-dd077fd19b0d");
    }

    #[test]
    fn the_template_hash_ignores_case_order_and_the_generators_own_hash() {
        let one = serde_json::json!({"contentVersion": "1.0.0.0", "$schema": "s", "resources": [],
            "metadata": {"_generator": {"name": "bicep", "templateHash": "1"}}});
        let two = serde_json::json!({"$schema": "S", "contentVersion": "1.0.0.0",
            "metadata": {"_generator": {"name": "bicep"}}, "resources": []});
        assert_eq!(template_hash(&one), template_hash(&two));
        assert!(template_hash(&one).bytes().all(|byte| byte.is_ascii_digit()));
    }
}
