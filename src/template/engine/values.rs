//! What a template may calculate: numbers, lists, conditions, and ids that stay the same.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, JsonTruthy, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};
use serde_json::Value;
use uuid::Uuid;

use super::blocks::given;

/// The most entries of a list that `range` makes: more than any cluster has nodes.
const LONGEST_RANGE: u64 = 10_000;

type Calculation = fn(&Helper<'_>, &Context) -> Result<Value, RenderError>;

const WORDS: [(&str, Calculation); 10] = [
    ("range", |helper, _| range(helper)),
    ("add", |helper, _| add(helper)),
    ("mod", |helper, _| remainder(helper)),
    ("item", |helper, _| item(helper)),
    ("join", |helper, _| join(helper)),
    ("and", |helper, _| {
        Ok(every(helper)?.into_iter().all(is_truthy).into())
    }),
    ("or", |helper, _| {
        Ok(every(helper)?.into_iter().any(is_truthy).into())
    }),
    ("not", |helper, _| Ok((!is_truthy(given(helper, 0)?)).into())),
    ("in", |helper, _| {
        let list = given(helper, 1)?.as_array();
        let list = list.ok_or_else(|| wrong(helper, "looks into a list"))?;
        Ok(list.contains(given(helper, 0)?).into())
    }),
    ("kafka-id", kafka_id),
];

/// The words of this file.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    WORDS.iter().map(|(name, _)| *name)
}

pub(super) fn register(registry: &mut Handlebars<'static>) {
    for (name, calculation) in WORDS {
        registry.register_helper(name, Box::new(Word(calculation)));
    }
}

struct Word(Calculation);

impl HelperDef for Word {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        (self.0)(helper, context).map(ScopedJson::Derived)
    }
}

/// `(range n)`: 0 to n-1.
fn range(helper: &Helper<'_>) -> Result<Value, RenderError> {
    let end = number(helper, 0)?;
    if end > LONGEST_RANGE {
        return Err(wrong(helper, &format!("counts to {LONGEST_RANGE} at most")));
    }
    Ok((0..end).collect())
}

fn add(helper: &Helper<'_>) -> Result<Value, RenderError> {
    let sum = number(helper, 0)?.checked_add(number(helper, 1)?);
    sum.map(Value::from)
        .ok_or_else(|| wrong(helper, "has too large a sum"))
}

fn remainder(helper: &Helper<'_>) -> Result<Value, RenderError> {
    let rest = number(helper, 0)?.checked_rem(number(helper, 1)?);
    rest.map(Value::from)
        .ok_or_else(|| wrong(helper, "cannot divide by nothing"))
}

/// `(item list i)`, counted from 0.
fn item(helper: &Helper<'_>) -> Result<Value, RenderError> {
    let index = number(helper, 1)?;
    let entry = usize::try_from(index)
        .ok()
        .and_then(|index| given(helper, 0).ok()?.get(index));
    entry
        .cloned()
        .ok_or_else(|| wrong(helper, &format!("has no entry {index}")))
}

/// `(join list ",")`: texts and numbers as one text.
fn join(helper: &Helper<'_>) -> Result<Value, RenderError> {
    let (Some(list), Some(between)) = (given(helper, 0)?.as_array(), given(helper, 1)?.as_str()) else {
        return Err(wrong(helper, "takes a list and a text"));
    };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let texts: Vec<String> = list.iter().map(plain).collect();
    Ok(texts.join(between).into())
}

/// `(kafka-id "controller" 0)`: an id in Kafka's form, derived from where the environment is and the labels, so that
/// whoever renders it again gets the same one.
///
/// 16 bytes in URL-safe base64 without padding. Kafka's tools take no id that begins with a dash.
/// Source: org.apache.kafka.common.Uuid
fn kafka_id(helper: &Helper<'_>, context: &Context) -> Result<Value, RenderError> {
    let place = |name: &str| context.data().get(name).and_then(Value::as_str);
    let (Some(subscription), Some(group), Some(environment)) = (
        place("subscription"),
        place("resource-group"),
        place("environment"),
    ) else {
        return Err(wrong(helper, "needs an environment to derive from"));
    };
    let labels: Vec<String> = every(helper)?.iter().map(ToString::to_string).collect();
    let seed = format!(
        "landfall/{}/{}/{environment}/{}",
        subscription.to_lowercase(),
        group.to_lowercase(),
        labels.join("/")
    );
    let id = |turn: u32| {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{seed}/{turn}").as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(id.as_bytes())
    };
    let mut turn = 0;
    let usable = loop {
        let id = id(turn);
        if !id.starts_with('-') {
            break id;
        }
        turn += 1;
    };
    Ok(usable.into())
}

fn number(helper: &Helper<'_>, index: usize) -> Result<u64, RenderError> {
    given(helper, index)?
        .as_u64()
        .ok_or_else(|| wrong(helper, "takes whole numbers"))
}

/// Every argument.
fn every<'a>(helper: &'a Helper<'_>) -> Result<Vec<&'a Value>, RenderError> {
    (0..helper.params().len())
        .map(|index| given(helper, index))
        .collect()
}

fn is_truthy(value: &Value) -> bool {
    value.is_truthy(false)
}

fn wrong(helper: &Helper<'_>, what: &str) -> RenderError {
    RenderErrorReason::Other(format!("`{}` {what}", helper.name())).into()
}
