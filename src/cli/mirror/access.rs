//! `landfall mirror ENV access`: what the access lists of the source become, and giving it to the target.

use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::world::World;
use crate::cli::{clusters, deploy};
use crate::config::Environment;
use crate::deploy as deployment;
use crate::mirror::access::{self, AccessPlan, Question, Understands};
use crate::run::{Event, Sink};
use crate::template::{AccessBlock, Bundle};

/// What was asked for beside looking.
#[derive(Clone, Copy)]
pub struct Wish {
    pub apply: bool,
    pub yes: bool,
}

/// The plan, and what came of it.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    plan: &'a AccessPlan,
    /// The lines to add to an environment whose target has roles.
    snippet: Option<String>,
    added: usize,
}

pub async fn run(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    wish: Wish,
) -> Result<Exit, Failure> {
    if wish.apply {
        deploy::may_ask(session, wish.yes, "mirror ENV access --apply")?;
    }
    let bundle = deployment::bundle(environment, &session.catalog(environment)?)?;
    if !bundle.connect.can.acls {
        return show_roles(session, environment, world, wish).await;
    }
    let flow = clusters::flow(session, environment, world).await?;
    let question = question(environment, &flow.source);
    let plan = access::plan(question, Understands::Acls(&flow.target)).await?;
    let mut added = 0;
    if wish.apply && !plan.missing().is_empty() {
        if !wish.yes {
            session.ui.text_to_person(&text(&plan, None, 0));
            deploy::confirm(session, environment, "add these entries to").await?;
        }
        added = access::apply(&flow.target, &plan).await?;
    }
    show(session, &plan, added);
    Ok(Exit::Done)
}

/// A target with roles gets them by its deployment: there is nothing to apply here.
async fn show_roles(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    wish: Wish,
) -> Result<Exit, Failure> {
    if wish.apply {
        let command = format!("landfall up {}", environment.name);
        return Err(
            Failure::usage("the target has no access lists: its deployment gives the roles").hint(format!(
                "map the principals under `access.principals`, then `{command}`"
            )),
        );
    }
    let source = clusters::source(environment, world).await?;
    let block = block(session, environment)?;
    let target = block.as_ref().map_or(Understands::Nothing, Understands::Roles);
    let plan = access::plan(question(environment, &source), target).await?;
    show(session, &plan, 0);
    Ok(Exit::Done)
}

/// The bundle with the roles that the source's access lists ask for, where the environment says who is who.
///
/// A source that cannot be read is an error: a deployment without the roles would take them away from those who have
/// them already.
pub async fn with_roles(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    bundle: Bundle,
) -> Result<Bundle, Failure> {
    if environment.access.principals.is_empty() || environment.source.is_none() {
        return Ok(bundle);
    }
    let Some(block) = block(session, environment)?.filter(|_| !bundle.connect.can.acls) else {
        return Ok(bundle);
    };
    let source = clusters::source(environment, world).await?;
    let plan = access::plan(question(environment, &source), Understands::Roles(&block)).await;
    let plan = plan.map_err(|error| {
        Failure::from(error).hint("where the source is gone for good, write the roles under `target.parameters` and remove `access.principals`")
    })?;
    if !plan.source_has_acls {
        let text = "the source has no access lists: `access.principals` gives no role".to_owned();
        session.ui.emit(Event::Warning { text });
    }
    if plan.parameters.is_empty() {
        return Ok(bundle);
    }
    let mut environment = environment.clone();
    access::merge(&mut environment.target.parameters, &plan.parameters);
    let with_roles = deployment::bundle(&environment, &session.catalog(&environment)?)?;
    Ok(Bundle {
        additions: bundle.additions,
        ..with_roles
    })
}

fn block(session: &Session<'_>, environment: &Environment) -> Result<Option<AccessBlock>, Failure> {
    let target = session.catalog(environment)?.target(&environment.target.kind)?;
    Ok(target.manifest().access.clone())
}

fn question<'a>(environment: &'a Environment, source: &'a crate::kafka::Cluster) -> Question<'a> {
    Question {
        source,
        topics: &environment.topics.selection,
        groups: &environment.groups,
        principals: &environment.access.principals,
    }
}

fn show(session: &Session<'_>, plan: &AccessPlan, added: usize) {
    let snippet = access::snippet(&plan.parameters);
    let text = text(plan, snippet.as_deref(), added);
    session.ui.result(true, &Shown { plan, snippet, added }, &text);
}

fn text(plan: &AccessPlan, snippet: Option<&str>, added: usize) -> String {
    if !plan.source_has_acls {
        return "the source has no access lists: there is nothing to carry over".to_owned();
    }
    let mut parts = Vec::new();
    section(
        &mut parts,
        "Access list of the target:",
        plan.acls.iter().map(|one| {
            let mark = if one.exists { "=" } else { "+" };
            let note = one
                .note
                .as_ref()
                .map_or_else(String::new, |note| format!("  ({note})"));
            format!("  {mark} {}{note}", one.acl)
        }),
    );
    let wider = |wider: &Option<String>| {
        wider
            .as_ref()
            .map_or_else(String::new, |text| format!("; {text}"))
    };
    section(
        &mut parts,
        "Roles:",
        plan.roles.iter().map(|grant| {
            format!(
                "  + {} ({}) is {}, for {}{}",
                grant.principal,
                grant.object_id,
                grant.role,
                grant.stands_for.join(", "),
                wider(&grant.wider)
            )
        }),
    );
    section(
        &mut parts,
        "Shared access rules:",
        plan.rules.iter().map(|grant| {
            format!(
                "  + {} for {} has {}, for {}{}",
                grant.name,
                grant.principal,
                grant.rights.join(" and "),
                grant.stands_for.join(", "),
                wider(&grant.wider)
            )
        }),
    );
    section(
        &mut parts,
        "Needs nothing of its own:",
        plan.covered
            .iter()
            .map(|one| format!("  {}: {}", one.acl, one.by)),
    );
    section(
        &mut parts,
        "Not carried over:",
        plan.left_out
            .iter()
            .map(|one| format!("  {}: {}", one.acl, one.reason)),
    );
    if let Some(lines) = snippet {
        parts.push(format!(
            "`landfall up` gives these; to have them without the source, write:\n{lines}"
        ));
    }
    if added > 0 {
        parts.push(format!("{added} entries added"));
    } else if !plan.missing().is_empty() {
        parts.push(format!(
            "{} entries to add: `landfall mirror ENV access --apply`",
            plan.missing().len()
        ));
    }
    parts.join("\n\n")
}

fn section(parts: &mut Vec<String>, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        parts.push(format!("{title}\n{}", lines.join("\n")));
    }
}
