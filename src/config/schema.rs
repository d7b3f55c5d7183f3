//! The JSON Schema of `environment.yaml`, from which editors complete.

use serde_json::{Map, Value};

use super::layer::Layer;

/// The schema that `landfall schema` prints and `environments/environment.schema.json` holds.
///
/// Nothing is required in it, since any layer may say any value; what is missing is told when the layers are stacked.
pub fn schema() -> Value {
    let body = schemars::schema_for!(Layer).to_value();
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        Value::from("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".to_owned(), Value::from("An environment of Landfall"));
    for (key, value) in body.as_object().into_iter().flatten() {
        schema.entry(key).or_insert_with(|| value.clone());
    }
    Value::Object(schema)
}
