//! What a template may call: `json` writes a value, `if`, `unless` and `each` decide, `eq` compares, and `value` hands
//! a name to a partial; `indent` writes a text of many lines into a file of plain text. Each fails on a missing name, where
//! Handlebars' own are silently false; `null` is a value. What calculates is in [`values`](super::values).

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonTruthy, Output, RenderContext, RenderError,
    RenderErrorReason, Renderable, ScopedJson,
};
use serde_json::Value;

use super::values;

/// The words of this file.
const NAMES: [&str; 7] = ["json", "if", "unless", "each", "eq", "value", "indent"];

/// Every word that a template may call.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(values::names())
}

/// Makes the words known, and takes away those of Handlebars' own that are not strict.
pub(super) fn register(registry: &mut Handlebars<'static>) {
    for name in [
        "with", "lookup", "log", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "len", "raw",
    ] {
        registry.unregister_helper(name);
    }
    registry.register_helper("json", Box::new(json));
    registry.register_helper("if", Box::new(If { positive: true }));
    registry.register_helper("unless", Box::new(If { positive: false }));
    registry.register_helper("eq", Box::new(Equals));
    registry.register_helper("value", Box::new(Given));
    registry.register_helper("indent", Box::new(indent));
    values::register(registry);
}

fn json(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = given(helper, 0)?;
    out.write(&value.to_string())?;
    Ok(())
}

/// `{{indent 6 text}}`: every line but the first, and none that is empty, begins with so many blanks.
fn indent(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let width = given(helper, 0)?
        .as_u64()
        .and_then(|width| usize::try_from(width).ok());
    let (Some(width), Some(text)) = (width, given(helper, 1)?.as_str()) else {
        return Err(RenderErrorReason::Other("`indent` takes a number and a text".to_owned()).into());
    };
    for (index, line) in text.trim_end_matches('\n').split('\n').enumerate() {
        if index > 0 {
            out.write("\n")?;
            if !line.is_empty() {
                out.write(&" ".repeat(width))?;
            }
        }
        out.write(line)?;
    }
    Ok(())
}

struct If {
    positive: bool,
}

impl HelperDef for If {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        state: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let holds = given(helper, 0)?.is_truthy(false) == self.positive;
        let branch = if holds {
            helper.template()
        } else {
            helper.inverse()
        };
        branch.map_or(Ok(()), |branch| branch.render(registry, context, state, out))
    }
}

struct Equals;

impl HelperDef for Equals {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let same = given(helper, 0)? == given(helper, 1)?;
        Ok(ScopedJson::Derived(Value::Bool(same)))
    }
}

struct Given;

impl HelperDef for Given {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        Ok(ScopedJson::Derived(given(helper, 0)?.clone()))
    }
}

/// The argument at `index`, which must be a name that exists.
pub(super) fn given<'a>(helper: &'a Helper<'_>, index: usize) -> Result<&'a Value, RenderError> {
    match helper.param(index) {
        Some(value) if value.is_value_missing() => {
            Err(RenderErrorReason::MissingVariable(value.relative_path().cloned()).into())
        }
        Some(value) => Ok(value.value()),
        None => Err(RenderErrorReason::Other(format!(
            "`{}` needs {} argument{}",
            helper.name(),
            index + 1,
            if index == 0 { "" } else { "s" }
        ))
        .into()),
    }
}
