//! The texts of steps, once what they name is known, and what the answers of their calls give.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::engine::Engine;
use super::error::{Place, TemplateError};
use super::files::File;
use super::pattern;
use super::secrets::NeededSecret;
use super::steps::{Before, Each, Gift, Step};

impl Step {
    /// The step with every text filled in from `names`, `outputs` and the `secrets` that were read; `manifests` is where
    /// the manifests were written. It may hold secrets, and is for nobody's eyes.
    ///
    /// # Errors
    ///
    /// [`TemplateError::UnknownName`] for an output that nothing gave.
    pub fn filled(
        &self,
        names: &Value,
        outputs: &Map<String, Value>,
        secrets: &[NeededSecret],
        manifests: &str,
    ) -> Result<Self, TemplateError> {
        let mut data = names.clone();
        let read = secrets
            .iter()
            .filter_map(|one| Some((one.name.clone(), one.value.as_ref()?.expose_secret().into())));
        data["secrets"] = Value::Object(read.collect());
        data["outputs"] = Value::Object(outputs.clone());
        data["manifests"] = manifests.into();
        let place = format!("step `{}`", self.name);
        let wrong = |error: serde_json::Error| TemplateError::Yaml {
            place: Place::file(place.clone()),
            reason: error.to_string(),
        };
        let mut written = serde_json::to_value(self).map_err(wrong)?;
        let gives = written
            .as_object_mut()
            .and_then(|step| step.shift_remove("gives"));
        let mut filled = fill(&written, &data, &place)?;
        if let (Some(step), Some(gives)) = (filled.as_object_mut(), gives) {
            step.insert("gives".to_owned(), gives);
        }
        serde_json::from_value(filled).map_err(wrong)
    }
}

impl Before {
    /// The path that it asks, with what it names filled in from `names`.
    ///
    /// # Errors
    ///
    /// [`TemplateError::UnknownName`].
    pub fn path(&self, names: &Value) -> Result<String, TemplateError> {
        text(&self.asks.get, names, &format!("before `{}`", self.name))
    }
}

/// Fills every text in, keys of maps among them.
fn fill(value: &Value, data: &Value, place: &str) -> Result<Value, TemplateError> {
    Ok(match value {
        Value::String(written) => text(written, data, place)?.into(),
        Value::Array(list) => Value::Array(
            list.iter()
                .map(|value| fill(value, data, place))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(fields) => {
            let mut filled = Map::new();
            for (key, value) in fields {
                filled.insert(text(key, data, place)?, fill(value, data, place)?);
            }
            Value::Object(filled)
        }
        other => other.clone(),
    })
}

fn text(written: &str, data: &Value, place: &str) -> Result<String, TemplateError> {
    if !written.contains("{{") {
        return Ok(written.to_owned());
    }
    let mut engine = Engine::for_text();
    let file = File {
        path: place.to_owned(),
        text: written.to_owned(),
    };
    engine.add("text", file)?;
    engine.text("text", data)
}

impl Gift {
    /// What `answer` gives; `None` where it does not hold it.
    ///
    /// # Errors
    ///
    /// A text that names what an entry lacks.
    pub fn of(&self, answer: &Value) -> Result<Option<Value>, TemplateError> {
        match self {
            Self::At(at) => Ok(answer.pointer(&at.at).filter(|value| !value.is_null()).cloned()),
            Self::Each(each) => each.joined(answer),
        }
    }
}

impl Each {
    fn joined(&self, answer: &Value) -> Result<Option<Value>, TemplateError> {
        let Some(list) = answer.pointer(&self.each).and_then(Value::as_array) else {
            return Ok(None);
        };
        let is_chosen = |item: &&Value| {
            self.chosen.as_ref().is_none_or(|chosen| {
                let field = item.get(&chosen.field).and_then(Value::as_str);
                field.is_some_and(|field| pattern::matches(&chosen.matching, field))
            })
        };
        let texts = list
            .iter()
            .filter(is_chosen)
            .map(|item| text(&self.text, &json!({ "item": item }), "gives"));
        let texts = texts.collect::<Result<Vec<String>, _>>()?;
        Ok((!texts.is_empty()).then(|| texts.join(&self.join).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(written: &str) -> Step {
        let file = File {
            path: "steps".to_owned(),
            text: written.to_owned(),
        };
        super::super::yaml::decode(&file).unwrap()
    }

    #[test]
    fn texts_are_filled_in_and_an_output_that_nothing_gave_is_told() {
        let step = step(
            "{ name: start, title: start it, post: '{{outputs.jobId}}/start', body: { at: '{{parameters.at}}' }, reads: true }",
        );
        let outputs = json!({ "jobId": "/subscriptions/s/x" });
        let names = json!({ "parameters": { "at": "now" } });
        let filled = step
            .filled(&names, outputs.as_object().unwrap(), &[], "")
            .unwrap();
        assert_eq!(filled.post.as_deref(), Some("/subscriptions/s/x/start"));
        assert_eq!(filled.body, Some(json!({ "at": "now" })));
        let error = step.filled(&names, &Map::new(), &[], "").unwrap_err().to_string();
        assert!(
            error.contains("`outputs.jobId`, which nothing defines"),
            "{error}"
        );
    }

    #[test]
    fn an_answer_gives_values_and_joined_texts() {
        let step = step(
            "{ name: hosts, title: ask, gives: { brokers: { each: '', where: { field: name, matching: '^wn' }, text: '{{item.fqdn}}:9092', join: ',' }, one: { at: /1/name } } }",
        );
        let answer = json!([{ "name": "hn0", "fqdn": "h" }, { "name": "wn0", "fqdn": "a" }, { "name": "wn1", "fqdn": "b" }]);
        assert_eq!(
            step.gives["brokers"].of(&answer).unwrap(),
            Some("a:9092,b:9092".into())
        );
        assert_eq!(step.gives["one"].of(&answer).unwrap(), Some("wn0".into()));
        assert_eq!(step.gives["brokers"].of(&json!([])).unwrap(), None);
    }
}
