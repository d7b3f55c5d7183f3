//! Lists come in pages; the next one is named by `nextLink`, which is followed verbatim.

use std::collections::HashSet;

use serde_json::Value;

use super::call::Call;
use super::{AzureError, Client};

impl Client {
    /// Returns the items of every page.
    ///
    /// # Errors
    ///
    /// [`AzureError::Incomplete`] for a page without `value`, or one that names a page already read.
    pub(super) async fn list(&self, first: Call) -> Result<Vec<Value>, AzureError> {
        let mut items = Vec::new();
        let mut read = HashSet::new();
        let mut call = first;
        loop {
            let mut answer = self.send(&call).await?;
            let incomplete = |field| AzureError::Incomplete {
                method: "GET".to_owned(),
                path: answer.path.clone(),
                field,
            };
            let Some(Value::Array(page)) = answer.body.get_mut("value").map(Value::take) else {
                return Err(incomplete("value"));
            };
            items.extend(page);
            match answer.body.get("nextLink").and_then(Value::as_str) {
                None | Some("") => return Ok(items),
                Some(next) if read.insert(next.to_owned()) => call = Call::link(next),
                Some(_) => return Err(incomplete("a new nextLink")),
            }
        }
    }
}
