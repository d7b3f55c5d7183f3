//! One Bicep file from one template, and the modules it brings along.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::BicepFile;
use super::declarations::Declarations;
use super::error::BicepError;
use super::graph::Node;
use super::json::as_object;
use super::names::Names;
use super::resources::Resources;
use super::table::{Level, Table};
use super::target::Place;
use super::translator::Translator;

/// The files written so far.
#[derive(Default)]
pub struct Files {
    pub done: Vec<BicepFile>,
    names: Names,
}

impl Files {
    /// Writes `template` as the file `name`, and its modules after it.
    pub fn write(
        &mut self,
        template: &Value,
        name: &str,
        path: &str,
        level: Option<Level>,
    ) -> Result<(), BicepError> {
        let shown = if path.is_empty() { "$" } else { path };
        let template = as_object(template, shown)?;
        let table = Table::of(template, path, level)?;
        let place = self.done.len();
        self.done.push(BicepFile {
            name: name.to_owned(),
            text: String::new(),
        });
        let modules = self.modules(&table, place == 0)?;
        let text = text(&table, template, path, &modules)?;
        self.done[place].text = text;
        Ok(())
    }

    /// Writes the modules of a file; returns what each is called from there.
    fn modules(&mut self, table: &Table, from_main: bool) -> Result<HashMap<usize, String>, BicepError> {
        let mut files = HashMap::new();
        for (at, resource) in table.resources.iter().enumerate() {
            if let Some(nested) = &resource.declared.nested {
                let file = format!("{}.bicep", self.names.make(&resource.symbol));
                let level = level_of(&resource.declared.place, table.level);
                self.write(
                    &nested.template,
                    &format!("modules/{file}"),
                    &nested.path,
                    Some(level),
                )?;
                files.insert(
                    at,
                    if from_main {
                        format!("modules/{file}")
                    } else {
                        file
                    },
                );
            }
        }
        Ok(files)
    }
}

fn level_of(place: &Place, here: Level) -> Level {
    match place {
        Place::Here => here,
        Place::Tenant => Level::Tenant,
        Place::ManagementGroup(_) => Level::ManagementGroup,
        Place::Subscription(_) => Level::Subscription,
        Place::Group { .. } => Level::ResourceGroup,
    }
}

fn text(
    table: &Table,
    template: &Map<String, Value>,
    path: &str,
    modules: &HashMap<usize, String>,
) -> Result<String, BicepError> {
    let declarations = Declarations {
        table,
        template,
        path,
    };
    let writer = Resources {
        table,
        reach: reach(table, template, path)?,
    };
    // What the template only refers to comes first.
    let (referred, own): (Vec<_>, Vec<_>) =
        (0..table.resources.len()).partition(|at| table.resources[*at].declared.path.is_empty());
    let resources: Vec<String> = referred
        .into_iter()
        .chain(own)
        .map(|at| writer.declare(at, modules.get(&at).map(String::as_str)))
        .collect::<Result<_, _>>()?;
    let scope = match table.level {
        Level::ResourceGroup => None,
        Level::Subscription => Some("targetScope = 'subscription'"),
        Level::ManagementGroup => Some("targetScope = 'managementGroup'"),
        Level::Tenant => Some("targetScope = 'tenant'"),
    };
    let sections = [
        scope.map(str::to_owned).into_iter().collect(),
        declarations.metadata()?,
        declarations.types()?,
        declarations.parameters()?,
        declarations.functions()?,
        declarations.variables()?,
        resources,
        declarations.outputs()?,
    ];
    let written: Vec<String> = sections
        .into_iter()
        .filter(|section| !section.is_empty())
        .map(|section| spaced(&section))
        .collect();
    Ok(written.join("\n"))
}

/// Declarations of one line stand together; one of several lines stands alone.
fn spaced(section: &[String]) -> String {
    let mut text = String::new();
    for (position, declaration) in section.iter().enumerate() {
        let before = position.checked_sub(1).map(|before| &section[before]);
        if before.is_some_and(|before| before.contains('\n') || declaration.contains('\n')) {
            text.push('\n');
        }
        text.push_str(declaration);
        text.push('\n');
    }
    text
}

/// The resources that each variable refers to, through other variables too.
fn reach(
    table: &Table,
    template: &Map<String, Value>,
    path: &str,
) -> Result<HashMap<String, HashSet<usize>>, BicepError> {
    let mut direct: HashMap<String, (HashSet<usize>, HashSet<String>)> = HashMap::new();
    let variables = super::json::object(template, "variables", path)?
        .into_iter()
        .flatten();
    for (name, value) in variables.filter(|(name, _)| !name.eq_ignore_ascii_case("copy")) {
        let mut translator = Translator::new(table, Node::Variable(name.to_lowercase()));
        translator.value(value, &super::json::join(path, &format!("variables.{name}")))?;
        let whole = translator
            .used
            .resources
            .into_iter()
            .filter(|(_, element)| element.is_none());
        direct.insert(
            name.to_lowercase(),
            (whole.map(|(at, _)| at).collect(), translator.used.variables),
        );
    }
    let reach = direct.keys().map(|name| {
        let (mut all, mut seen, mut open) = (HashSet::new(), HashSet::new(), vec![name]);
        while let Some(name) = open.pop() {
            if let Some((resources, variables)) = direct.get(name).filter(|_| seen.insert(name)) {
                all.extend(resources);
                open.extend(variables);
            }
        }
        (name.clone(), all)
    });
    Ok(reach.collect())
}
