//! Reads what a request links to before it is answered, without keeping other requests waiting.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::Value;

use super::super::Site;
use super::super::template::{Expanded, Link};
use super::super::world::World;
use super::{Around, Known, fetch};

/// How deep links may lead on from links.
const ROUNDS: usize = 20;
/// How many documents one request may need.
const MOST: usize = 500;

/// Reads every document that the deployment in `body`, named `name` at `scope`, links to, as far as it can be told
/// before the run. What cannot be had is found again when the request is answered.
pub async fn gather(site: &Arc<Site>, scope: &str, name: &str, body: &Value) {
    if !links(body) {
        return;
    }
    let mut known = Known::new();
    for _ in 0..ROUNDS {
        let wanted = site.world.lock().await.unread(scope, name, body, &known);
        if wanted.is_empty() || known.len() + wanted.len() > MOST {
            break;
        }
        let wanted: Vec<Link> = wanted.into_iter().collect();
        let read = join_all(wanted.iter().map(fetch::document)).await;
        known.extend(wanted.into_iter().zip(read));
    }
    site.world.lock().await.keep(known);
}

/// Whether a link is written anywhere.
fn links(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            matches!(key.to_lowercase().as_str(), "templatelink" | "parameterslink") || links(value)
        }),
        Value::Array(items) => items.iter().any(links),
        _ => false,
    }
}

impl World {
    /// What an evaluation asks for that is not in `known`.
    fn unread(&self, scope: &str, name: &str, body: &Value, known: &Known) -> BTreeSet<Link> {
        let around = self.around_with(known);
        if let Ok(prepared) = self.prepare_with(scope, name, body, 0, &around) {
            visit(&prepared.expanded, &around);
        }
        around.unread.into_inner()
    }
}

fn visit(expanded: &Expanded, around: &Around<'_>) {
    for (index, resource) in expanded.resources.iter().enumerate() {
        if resource.wanted
            && resource.is_deployment()
            && let Ok(nested) = expanded.nested(index, &resource.body, &resource.notes, around)
        {
            visit(&nested, around);
        }
    }
}
