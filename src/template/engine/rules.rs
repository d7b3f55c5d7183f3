//! What Handlebars would let pass in silence, found by walking the parsed template before anything is rendered.

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, Template};

use super::blocks;

/// A rule that a template breaks, and where.
pub(super) struct Broken {
    pub line: usize,
    pub column: usize,
    pub reason: String,
}

/// The first rule that `template` breaks; `writes_json` forbids bare values.
pub(super) fn broken(template: &Template, writes_json: bool) -> Option<Broken> {
    template.elements.iter().enumerate().find_map(|(index, element)| {
        let place = template.mapping.get(index);
        let (line, column) = place.map_or((1, 1), |at| (at.0, at.1));
        let here = |reason| Broken { line, column, reason };
        match element {
            TemplateElement::Expression(tag) | TemplateElement::HtmlExpression(tag) => {
                tag_rule(tag, writes_json).map(here)
            }
            TemplateElement::HelperBlock(tag) => unknown_word(tag).map(here).or_else(|| {
                [&tag.template, &tag.inverse]
                    .into_iter()
                    .flatten()
                    .find_map(|inner| broken(inner, writes_json))
            }),
            TemplateElement::PartialExpression(tag) | TemplateElement::PartialBlock(tag) => tag
                .hash
                .values()
                .chain(&tag.params)
                .find(|value| matches!(value, Parameter::Path(_)))
                .map(|_| here("a partial takes a missing name for null: write it as `(value …)`".to_owned())),
            TemplateElement::DecoratorExpression(_) | TemplateElement::DecoratorBlock(_) => {
                Some(here("`{{*…}}` has no use here".to_owned()))
            }
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => None,
            _ => Some(here("a construct that this program does not know".to_owned())),
        }
    })
}

fn tag_rule(tag: &HelperTemplate, writes_json: bool) -> Option<String> {
    let bare = tag.params.is_empty() && tag.hash.is_empty();
    if !bare {
        let is_text = writes_json && word(&tag.name).as_deref() == Some("indent");
        return unknown_word(tag).or_else(|| is_text.then(|| "`indent` writes text, not JSON".to_owned()));
    }
    writes_json.then(|| "a bare value; only `{{json …}}` writes values into JSON".to_owned())
}

/// A call of a word that is not one of ours.
fn unknown_word(tag: &HelperTemplate) -> Option<String> {
    let name = word(&tag.name)?;
    (!blocks::names().any(|known| known == name)).then(|| {
        let known: Vec<&str> = blocks::names().collect();
        format!("there is no `{name}`; a template may call {}", known.join(", "))
    })
}

fn word(name: &Parameter) -> Option<String> {
    match name {
        Parameter::Name(name) => Some(name.clone()),
        Parameter::Path(Path::Relative((_, written))) => Some(written.clone()),
        _ => None,
    }
}
