//! Handlebars, made strict: an unknown name stops the render, in a condition and in a partial's argument too, and in a
//! template of JSON only `{{json …}}` writes a value.
//!
//! A template of JSON is rendered with invisible [`marks`], so that a fault in the rendered text leads back to the line
//! of the template that wrote it.

mod blocks;
mod marks;
mod rules;
mod values;

use handlebars::{Handlebars, RenderError, RenderErrorReason, Template, no_escape};
use serde_json::Value;

use super::error::{Place, TemplateError};
use super::files::File;
use super::json;
use crate::model::nearest::nearest;

/// Templates that may include each other, ready to render.
pub(super) struct Engine {
    registry: Handlebars<'static>,
    sources: Vec<Source>,
    marked: bool,
}

struct Source {
    /// The name under which other templates include it.
    name: String,
    file: File,
}

impl Engine {
    /// An engine for templates of JSON, in which only `json` writes values.
    pub(super) fn for_json() -> Self {
        Self::new(true)
    }

    /// An engine for templates of plain text, which write values as they are.
    pub(super) fn for_text() -> Self {
        Self::new(false)
    }

    fn new(marked: bool) -> Self {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(no_escape);
        blocks::register(&mut registry);
        Self {
            registry,
            sources: Vec::new(),
            marked,
        }
    }

    /// Adds a template under `name`.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Syntax`] with the place in the file.
    pub(super) fn add(&mut self, name: &str, file: File) -> Result<(), TemplateError> {
        let text = if self.marked {
            marks::mark(&file.text, self.sources.len())
        } else {
            file.text.clone()
        };
        self.sources.push(Source {
            name: name.to_owned(),
            file,
        });
        let template = Template::compile_with_name(&text, name.to_owned()).map_err(|error| {
            let (line, column) = error.pos().unzip();
            TemplateError::Syntax {
                place: self.place(Some(name), line, column),
                reason: plain_reason(&error.reason().to_string()),
            }
        })?;
        if let Some(broken) = rules::broken(&template, self.marked) {
            return Err(TemplateError::Syntax {
                place: self.place(Some(name), Some(broken.line), Some(broken.column)),
                reason: broken.reason,
            });
        }
        self.registry.register_template(name, template);
        Ok(())
    }

    /// Renders plain text.
    ///
    /// # Errors
    ///
    /// [`TemplateError::UnknownName`] or [`TemplateError::Render`].
    pub(super) fn text(&self, name: &str, data: &Value) -> Result<String, TemplateError> {
        self.registry
            .render(name, data)
            .map_err(|error| self.render_error(&error, data))
    }

    /// Renders JSON with comments and reads it.
    ///
    /// # Errors
    ///
    /// As [`Engine::text`], and [`TemplateError::Json`] when the rendered text is not JSON.
    pub(super) fn json(&self, name: &str, data: &Value) -> Result<Value, TemplateError> {
        let text = self.text(name, data)?;
        json::scan(&text, marks::is_mark).map_err(|fault| self.json_error(name, &text, fault))
    }

    fn json_error(&self, name: &str, text: &str, fault: json::Fault) -> TemplateError {
        let origin = marks::origin(text, fault.at);
        let source = origin.as_ref().and_then(|origin| self.sources.get(origin.source));
        let file = source.or_else(|| self.sources.iter().find(|source| source.name == name));
        let line = origin.as_ref().map(|origin| origin.line);
        let written = source
            .zip(line)
            .and_then(|(source, line)| source.file.text.lines().nth(line - 1));
        // A tag before the fault has changed the columns of the line.
        let column = origin.as_ref().map(|origin| origin.column);
        TemplateError::Json {
            place: Place {
                file: file.map(|source| source.file.path.clone()).unwrap_or_default(),
                line,
                column: column.filter(|_| written.is_some_and(|line| !line.contains("{{"))),
            },
            reason: fault.reason,
            excerpt: marks::line_of(text, fault.at),
        }
    }

    fn render_error(&self, error: &RenderError, data: &Value) -> TemplateError {
        let place = self.place(error.template_name.as_deref(), error.line_no, error.column_no);
        match error.reason() {
            RenderErrorReason::MissingVariable(name) => {
                let name = name.clone().unwrap_or_else(|| "a name".to_owned());
                TemplateError::UnknownName {
                    place,
                    nearest: nearest_path(&name, data),
                    name,
                }
            }
            RenderErrorReason::PartialNotFound(name) => TemplateError::UnknownName {
                place,
                nearest: nearest(name, self.sources.iter().map(|source| source.name.as_str()))
                    .map(str::to_owned),
                name: name.clone(),
            },
            RenderErrorReason::HelperNotFound(name) => TemplateError::UnknownName {
                place,
                nearest: nearest(name, blocks::names()).map(str::to_owned),
                name: name.clone(),
            },
            reason => TemplateError::Render {
                place,
                reason: plain_reason(&reason.to_string()),
            },
        }
    }

    fn place(&self, name: Option<&str>, line: Option<usize>, column: Option<usize>) -> Place {
        let index = self
            .sources
            .iter()
            .position(|source| Some(source.name.as_str()) == name);
        let mark = match (index, line) {
            (Some(index), Some(line)) if self.marked => {
                marks::width(&self.sources[index].file.text, index, line)
            }
            _ => 0,
        };
        Place {
            file: index
                .map(|index| self.sources[index].file.path.clone())
                .or_else(|| name.map(str::to_owned))
                .unwrap_or_default(),
            line,
            column: column.map(|column| column.saturating_sub(mark).max(1)),
        }
    }
}

/// The known name nearest to the first segment of `path` that `data` does not have.
fn nearest_path(path: &str, data: &Value) -> Option<String> {
    let mut value = data;
    let mut known = String::new();
    for segment in path
        .split(['.', '/'])
        .filter(|segment| !matches!(*segment, ".." | "this" | "@root" | ""))
    {
        let Some(next) = value.get(segment) else {
            let keys = value.as_object()?.keys().map(String::as_str);
            return nearest(segment, keys).map(|name| format!("{known}{name}"));
        };
        known.push_str(segment);
        known.push('.');
        value = next;
    }
    None
}

/// The parser draws a picture below its first line; an error here has one line, without full stop or marks.
fn plain_reason(text: &str) -> String {
    let line = text
        .lines()
        .rev()
        .map(str::trim)
        .find_map(|line| line.strip_prefix("= "))
        .or_else(|| text.lines().next())
        .unwrap_or_default();
    let plain: String = line
        .chars()
        .filter(|character| !marks::is_mark(*character))
        .collect();
    // The parser lists the names of its rules, which say nothing to the author of a template.
    if plain.contains("expected ") && plain.contains("helper_block") {
        return "a tag is not complete, or a block is not closed".to_owned();
    }
    let mut characters = plain.trim_end_matches('.').chars();
    characters
        .next()
        .map(|first| first.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File {
            path: "main.json.hbs".to_owned(),
            text: text.to_owned(),
        }
    }

    fn json(text: &str, data: &Value) -> Result<Value, TemplateError> {
        let mut engine = Engine::for_json();
        engine.add(
            "part",
            File {
                path: "part.hbs".to_owned(),
                text: "\n{{json id}}".to_owned(),
            },
        )?;
        engine.add("main", file(text))?;
        engine.json("main", data)
    }

    fn error(text: &str) -> String {
        let data = serde_json::json!({ "parameters": { "throughput-units": 2, "none": null }, "topics": [{ "name": "a" }] });
        json(text, &data).unwrap_err().to_string()
    }

    #[test]
    fn values_are_written_as_json_and_nothing_is_escaped() {
        let data = serde_json::json!({ "name": "a \"quoted\" & <b>", "none": null });
        let value = json(
            "// head\n{\n  \"n\": {{json name}}, /* over\n lines */ \"z\": {{json none}},\n}",
            &data,
        )
        .unwrap();
        assert_eq!(value, serde_json::json!({ "n": "a \"quoted\" & <b>", "z": null }));
    }

    #[test]
    fn an_unknown_name_is_told_with_its_place_and_the_nearest_one() {
        assert_eq!(
            error("{\n  \"a\": {{json parameters.troughput-units}},\n}"),
            "main.json.hbs:2:8: the template uses `parameters.troughput-units`, which nothing defines; did you mean `parameters.throughput-units`?"
        );
    }

    #[test]
    fn an_unknown_name_in_a_condition_a_comparison_a_loop_or_an_argument_stops_the_render() {
        for text in [
            "{{#if nam}}1{{/if}}",
            "{{#unless nam}}1{{/unless}}",
            "{{#if parameters.none}}1{{else if nam}}2{{/if}}",
            "{{#if (eq nam 1)}}1{{/if}}",
            "{{#if (eq 1 nam)}}1{{/if}}",
            "{{#each nam as |x|}}1{{/each}}",
            "{{#each topics as |topic|}}{{json topic.nam}}{{/each}}",
            "{{> part id=(value nam)}}",
            "{{json (value parameters.nam)}}",
        ] {
            let error = error(text);
            assert!(
                error.contains("which nothing defines") && error.contains("nam`"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_loop_knows_its_last_round_and_the_names_around_it() {
        let data = serde_json::json!({ "unit": "u", "topics": [{ "name": "a" }, { "name": "b" }] });
        let text = "[{{#each topics as |topic|}}{{json topic.name}}, {{json ../unit}}{{#unless @last}},{{/unless}}{{/each}}]";
        assert_eq!(
            json(text, &data).unwrap(),
            serde_json::json!(["a", "u", "b", "u"])
        );
    }

    #[test]
    fn null_is_a_value_and_not_an_unknown_name() {
        let data = serde_json::json!({ "none": null });
        assert_eq!(json("{{#if none}}1{{else}}2{{/if}}", &data).unwrap(), 2);
        assert_eq!(json("{{> part id=(value none)}}", &data).unwrap(), Value::Null);
    }

    #[test]
    fn a_template_calculates_with_numbers_lists_and_conditions() {
        let data = serde_json::json!({ "brokers": 3, "zones": ["1", "2"], "none": null });
        let text = r#"[{{#each (range brokers) as |i|}}"{{#if (and (not ../none) (in "2" ../zones))}}z{{/if}}", {{json (item ../zones (mod i 2))}}, {{json (add 100 i)}},{{/each}}]"#;
        assert_eq!(
            json(text, &data).unwrap(),
            serde_json::json!(["z", "1", 100, "z", "2", 101, "z", "1", 102])
        );
        assert_eq!(json("{{json (join zones \"-\")}}", &data).unwrap(), "1-2");
        assert_eq!(json("{{json (or none brokers)}}", &data).unwrap(), true);
        for (text, told) in [
            ("{{json (item zones 2)}}", "`item` has no entry 2"),
            ("{{json (range zones)}}", "`range` takes whole numbers"),
            ("{{json (mod 1 0)}}", "`mod` cannot divide by nothing"),
            ("{{json (add nam 1)}}", "which nothing defines"),
            ("{{json (range 1000001)}}", "`range` counts to 10000 at most"),
        ] {
            let error = json(text, &data).unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn an_id_is_the_same_for_one_environment_and_differs_by_label() {
        let place = |environment: &str| serde_json::json!({ "environment": environment, "subscription": "s", "resource-group": "g" });
        let id = |text: &str, environment: &str| {
            let id = json(text, &place(environment)).unwrap();
            id.as_str().unwrap().to_owned()
        };
        let first = id(r#"{{json (kafka-id "controller" 0)}}"#, "dev");
        assert_eq!(first, id(r#"{{json (kafka-id "controller" 0)}}"#, "dev"));
        assert_ne!(first, id(r#"{{json (kafka-id "controller" 1)}}"#, "dev"));
        assert_ne!(first, id(r#"{{json (kafka-id "controller" 0)}}"#, "prod"));
        // Kafka takes no id that a shell would read as an option.
        for index in 0..300 {
            let id = id(&format!("{{{{json (kafka-id \"x\" {index})}}}}"), "dev");
            assert!(id.len() == 22 && !id.starts_with('-'), "{id}");
        }
    }

    #[test]
    fn a_bare_value_and_a_bare_argument_are_refused() {
        assert_eq!(
            error("{\n  \"a\": \"{{parameters.throughput-units}}\",\n}"),
            "main.json.hbs:2:9: the template cannot be parsed: a bare value; only `{{json …}}` writes values into JSON"
        );
        assert!(
            error("{{#if parameters.none}}{{else}}{{{parameters.none}}}{{/if}}").contains("a bare value")
        );
        assert!(error("{{#each topics as |x|}}{{x}}{{/each}}").contains("a bare value"));
        assert!(error("{{#with parameters}}1{{/with}}").contains("`with`"));
        assert!(error("{{> part id=parameters.none}}").contains("write it as `(value …)`"));
    }

    #[test]
    fn an_unknown_partial_and_an_unknown_word_are_told() {
        let told = error("{{> prt id=1}}");
        assert!(
            told.ends_with("uses `prt`, which nothing defines; did you mean `part`?"),
            "{told}"
        );
        assert!(error("{{jsn topics}}").contains("there is no `jsn`; a template may call json, if,"));
        assert!(
            error("{{#if (equals 1 1)}}1{{/if}}")
                .contains("uses `equals`, which nothing defines; did you mean `eq`?")
        );
        assert!(error("{{json}}").contains("a bare value"));
    }

    #[test]
    fn a_syntax_error_has_a_place() {
        let error = error("{\n  {{#if a}}\n}");
        assert!(error.starts_with("main.json.hbs:3:"), "{error}");
        assert!(!error.contains('\n') && !error.contains('\u{E000}'), "{error}");
    }

    #[test]
    fn a_fault_in_the_rendered_text_leads_to_the_line_of_the_template() {
        assert_eq!(
            error("{\n  {{#if parameters.throughput-units}}\n  \"a\": 1\n  {{/if}}\n  \"b\": 2\n}"),
            "main.json.hbs:5:3: what the template renders to is not JSON: expected `,` or `}`, found `\"`, in `\"b\": 2`"
        );
        assert!(error("{ \"a\": 1,\n{{> part id=\"x\"}} }").starts_with("part.hbs:2: what"));
    }
}
