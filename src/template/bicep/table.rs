//! The symbols of one Bicep file: what each parameter, variable, function and resource of the template is called.

use serde_json::{Map, Value};

use crate::model::expression::Expression;

use super::declared::{Declared, Reader};
use super::error::BicepError;
use super::graph::Graph;
use super::json::{join, member};
use super::kinds::Kinds;
use super::names::Names;
use super::nested::Argument;
use super::pieces::Expansions;
use super::symbols;
use super::taken::{Symbols, copied_variables, function_names, names_of};
use super::target::Target;
use super::versions;

/// What a template deploys to, as `targetScope` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    ResourceGroup,
    Subscription,
    ManagementGroup,
    Tenant,
}

impl Level {
    fn of(template: &Map<String, Value>) -> Self {
        let schema = member(template, "$schema")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase();
        match schema
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches('#')
        {
            "subscriptiondeploymenttemplate.json" => Self::Subscription,
            "managementgroupdeploymenttemplate.json" => Self::ManagementGroup,
            "tenantdeploymenttemplate.json" => Self::Tenant,
            _ => Self::ResourceGroup,
        }
    }
}

/// A resource with its symbol.
#[derive(Clone, Debug)]
pub struct Resource {
    pub declared: Declared,
    pub symbol: String,
    pub parent: Option<Found>,
    /// The resource that an extension extends.
    pub base: Option<Found>,
}

/// A resource of the file that something refers to, and which element if it is a loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub resource: usize,
    pub element: Option<Expression>,
}

/// The symbols of one file.
pub struct Table {
    pub level: Level,
    pub expansions: Expansions,
    pub kinds: Kinds,
    pub parameters: Symbols,
    pub variables: Symbols,
    /// By `namespace.member` in lower case.
    pub functions: Symbols,
    pub types: Symbols,
    pub resources: Vec<Resource>,
    pub graph: Graph,
    pub names: Names,
}

impl Table {
    pub fn of(template: &Map<String, Value>, path: &str, level: Option<Level>) -> Result<Self, BicepError> {
        let mut names = Names::default();
        let parameters = names_of(template, "parameters", path, "Parameter", &mut names)?;
        let mut variables = names_of(template, "variables", path, "Variable", &mut names)?;
        variables.remove("copy");
        for name in copied_variables(template) {
            let symbol = names.keep(&name, "Variable");
            variables.insert(name.to_lowercase(), symbol);
        }
        let types = names_of(template, "definitions", path, "Type", &mut names)?;
        let functions = function_names(template, path, &mut names)?;
        let expansions = Expansions::of(member(template, "variables"));
        let declared = Reader {
            template,
            expansions: &expansions,
            path,
        }
        .resources()?;
        let symbols = symbols::of(&declared, &mut names);
        let resources = declared
            .into_iter()
            .zip(symbols)
            .map(|(declared, symbol)| Resource {
                declared,
                symbol,
                parent: None,
                base: None,
            })
            .collect();
        let level = level.unwrap_or_else(|| Level::of(template));
        let kinds = Kinds::of(template);
        let graph = Graph::default();
        let mut table = Self {
            level,
            expansions,
            kinds,
            parameters,
            variables,
            functions,
            types,
            resources,
            graph,
            names,
        };
        table.relate();
        table.declare_vaults()?;
        table.graph = Graph::of(&table, template);
        Ok(table)
    }

    /// Finds each resource's parent and base; a base that the template does not hold is declared as `existing`.
    fn relate(&mut self) {
        let mut at = 0;
        while at < self.resources.len() {
            let declared = &self.resources[at].declared;
            let (parent, base) = (declared.parent(), declared.base.clone());
            if let Some(base) = base {
                let found = self.find_or_declare(&base);
                self.resources[at].base = Some(found);
            }
            if let Some(parent) = parent {
                let synthetic = self.resources[at].declared.path.is_empty();
                let found = self.find_one(&parent).filter(|found| found.resource != at);
                self.resources[at].parent =
                    found.or_else(|| synthetic.then(|| self.find_or_declare(&parent)));
            }
            at += 1;
        }
    }

    /// Declares the Key Vaults whose secrets are passed to modules.
    fn declare_vaults(&mut self) -> Result<(), BicepError> {
        for at in 0..self.resources.len() {
            let declared = &self.resources[at].declared;
            let path = declared.path.clone();
            let arguments = declared.nested.iter().flat_map(|nested| nested.arguments.clone());
            for (_, argument) in arguments.collect::<Vec<_>>() {
                if let Argument::Secret { vault, .. } = argument {
                    let target = self.vault(&vault, &path)?;
                    self.find_or_declare(&target);
                }
            }
        }
        self.relate();
        Ok(())
    }

    /// The Key Vault that a parameter's reference names.
    pub fn vault(&self, id: &Value, path: &str) -> Result<Target, BicepError> {
        let id = id.as_str().and_then(super::pieces::string_expression);
        let target = id.and_then(|id| Target::read(&self.expansions, &id));
        let reason = "the id of a Key Vault must spell out the vault it names";
        target.ok_or_else(|| BicepError::untranslatable(&join(path, "properties.parameters"), reason))
    }

    /// The resource that `target` names, declared as `existing` if the template has none.
    pub fn find_or_declare(&mut self, target: &Target) -> Found {
        if let Some(found) = self.find_one(target) {
            return found;
        }
        let sibling = self.resources.iter().map(|resource| &resource.declared);
        let mut same_type = sibling.filter(|d| d.resource_type.eq_ignore_ascii_case(&target.resource_type));
        let known = same_type.next().map(|declared| declared.api_version.clone());
        let version = known.unwrap_or_else(|| versions::of(&target.resource_type).to_owned());
        let declared = Declared::existing(target, version);
        let symbol = symbols::of(std::slice::from_ref(&declared), &mut self.names).remove(0);
        self.resources.push(Resource {
            declared,
            symbol,
            parent: None,
            base: None,
        });
        Found {
            resource: self.resources.len() - 1,
            element: None,
        }
    }
}
