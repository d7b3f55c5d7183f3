//! Operations that outlive their call: which address to ask, how to read the answer, where the result is.
//!
//! An [`Operation`] can be saved and taken up again by another process. Its address is signed: it is used verbatim and
//! never shown. Source: the Resource Manager contract, section 9.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use super::call::{Answer, Call};
use super::refusal::get;
use super::{AzureError, Client, Refusal, Rhythm};

/// An operation that runs longer than this is left alone. The longest recorded group deletion took 31 minutes.
pub(super) const LONGEST: Duration = Duration::from_hours(3);

/// Something that Azure is still busy with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    how: How,
    /// Where to ask.
    url: String,
    /// Where the result is, once it is done; the last answer holds it otherwise.
    result: Option<String>,
}

/// Which of Azure's three ways of telling is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum How {
    /// `Azure-AsyncOperation`: a status document.
    Monitor,
    /// `Location`: 202 until the result is there.
    Location,
    /// The resource itself: its `provisioningState`.
    Resource,
}

/// What a look at an operation shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    Running { retry_after: Option<Duration> },
    Done(Value),
}

impl Operation {
    /// The operation that an answer started; `None` when it is already complete.
    pub(super) fn of(answer: &Answer) -> Option<Self> {
        let original = answer.url.to_string();
        let writes = matches!(answer.method.as_str(), "PUT" | "PATCH");
        if let Some(url) = answer.monitor.clone() {
            let result = if writes {
                Some(original)
            } else {
                answer.location.clone()
            };
            let how = How::Monitor;
            return Some(Self { how, url, result });
        }
        if let (Some(url), 201 | 202) = (answer.location.clone(), answer.status) {
            let result = writes.then_some(original);
            let how = How::Location;
            return Some(Self { how, url, result });
        }
        let runs = match state(&answer.body) {
            Some(state) => !is_terminal(state),
            None => matches!(answer.status, 201 | 202) && answer.body.is_null(),
        };
        (writes && runs).then_some(Self {
            how: How::Resource,
            url: original,
            result: None,
        })
    }

    /// Asks once. A `Location` that moved is adopted.
    ///
    /// # Errors
    ///
    /// [`AzureError::OperationFailed`] when it ended without success; every other error means that the state could not be
    /// read, except a refusal on the `Location` way, which is the failure itself.
    pub async fn look(&mut self, client: &Client) -> Result<Look, AzureError> {
        let answer = client.send(&Call::link(&self.url)).await?;
        let retry_after = answer.retry_after;
        let running = Ok(Look::Running { retry_after });
        match self.how {
            How::Location if answer.status == 202 => {
                self.url = answer.location.unwrap_or_else(|| self.url.clone());
                running
            }
            How::Location => self.result_of(client, answer.body).await,
            How::Monitor | How::Resource => {
                let word = match self.how {
                    How::Monitor => Some(status(&answer)?),
                    _ => state(&answer.body),
                };
                match word.map(str::to_owned) {
                    Some(word) if !is_terminal(&word) => running,
                    Some(word) if !word.eq_ignore_ascii_case("succeeded") => Err(failed(answer, word)),
                    _ if self.how == How::Resource => Ok(Look::Done(answer.body)),
                    _ => self.result_of(client, Value::Null).await,
                }
            }
        }
    }

    async fn result_of(&self, client: &Client, last: Value) -> Result<Look, AzureError> {
        match &self.result {
            Some(url) if last.is_null() => Ok(Look::Done(client.send(&Call::link(url)).await?.body)),
            _ => Ok(Look::Done(last)),
        }
    }
}

/// Shows the way, not the address: it is signed.
impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operation")
            .field("how", &self.how)
            .finish_non_exhaustive()
    }
}

/// When to look again: the longer it has taken, the rarer, and never sooner than Azure asks for.
#[derive(Clone, Debug)]
pub struct Pace {
    began: Instant,
    shortest: Duration,
    longest: Duration,
}

impl Pace {
    /// For something that begins now.
    pub fn of(rhythm: Rhythm) -> Self {
        let (shortest, longest) = rhythm.poll;
        let began = Instant::now();
        Self {
            began,
            shortest,
            longest,
        }
    }

    /// Returns the wait before the next look.
    pub fn wait(&self, retry_after: Option<Duration>) -> Duration {
        self.at(self.began.elapsed()).max(retry_after.unwrap_or_default())
    }

    /// A quarter of the age, so that an end is never noticed later than a quarter of the time that it took.
    fn at(&self, age: Duration) -> Duration {
        (age / 4).clamp(self.shortest, self.longest)
    }
}

impl Client {
    /// Waits until what `answer` started is done, and returns the result.
    pub(super) async fn finish(&self, answer: Answer) -> Result<Value, AzureError> {
        let Some(mut operation) = Operation::of(&answer) else {
            return Ok(answer.body);
        };
        let began = Instant::now();
        let pace = Pace::of(self.rhythm());
        let mut wait = pace.wait(answer.retry_after);
        loop {
            if began.elapsed() + wait > LONGEST {
                return Err(AzureError::StillRunning {
                    path: answer.path,
                    waited: began.elapsed(),
                });
            }
            tokio::time::sleep(wait).await;
            match operation.look(self).await? {
                Look::Done(result) => return Ok(result),
                Look::Running { retry_after } => wait = pace.wait(retry_after),
            }
        }
    }
}

/// Whether a state is final. Every other word, however strange, means that work goes on.
pub fn is_terminal(state: &str) -> bool {
    ["succeeded", "failed", "canceled", "cancelled"]
        .iter()
        .any(|word| state.eq_ignore_ascii_case(word))
}

pub(super) fn state(body: &Value) -> Option<&str> {
    get(get(body, "properties")?, "provisioningState")?.as_str()
}

fn status(answer: &Answer) -> Result<&str, AzureError> {
    get(&answer.body, "status")
        .and_then(Value::as_str)
        .ok_or_else(|| AzureError::Incomplete {
            method: answer.method.clone(),
            path: answer.path.clone(),
            field: "status",
        })
}

fn failed(answer: Answer, status: String) -> AzureError {
    let inside = get(&answer.body, "properties").and_then(|properties| get(properties, "error"));
    let source = get(&answer.body, "error")
        .or(inside)
        .and_then(Refusal::read)
        .unwrap_or_else(|| Refusal {
            code: status.clone(),
            ..Refusal::default()
        });
    AzureError::OperationFailed {
        path: answer.path,
        status,
        source: Box::new(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(method: &str, status: u16, body: Value) -> Answer {
        Answer {
            method: method.into(),
            path: "/x".into(),
            url: "https://management.azure.com/x?api-version=1".parse().unwrap(),
            status,
            request_id: None,
            retry_after: None,
            monitor: None,
            location: None,
            body,
        }
    }

    #[test]
    fn the_way_to_follow_is_chosen_as_the_contract_says() {
        let mut put = answer(
            "PUT",
            201,
            json!({"properties": {"provisioningState": "Accepted"}}),
        );
        assert_eq!(Operation::of(&put).unwrap().how, How::Resource);
        put.location = Some("https://management.azure.com/l".into());
        assert_eq!(Operation::of(&put).unwrap().how, How::Location);
        put.monitor = Some("https://management.azure.com/m".into());
        assert_eq!(Operation::of(&put).unwrap().how, How::Monitor);
        assert_eq!(Operation::of(&answer("PUT", 200, json!({"name": "x"}))), None);
        assert_eq!(Operation::of(&answer("DELETE", 204, Value::Null)), None);
    }

    #[test]
    fn a_word_nobody_knows_means_that_work_goes_on() {
        assert!(is_terminal("SUCCEEDED"));
        assert!(!is_terminal("ResolvingDNS"));
    }

    #[test]
    fn looks_become_rarer_with_age_and_never_sooner_than_azure_says() {
        let pace = Pace::of(Rhythm::AZURE);
        let waits = [0, 4, 12, 32, 60, 3600].map(|age| pace.at(Duration::from_secs(age)).as_secs());
        assert_eq!(waits, [1, 1, 3, 8, 15, 15]);
        assert_eq!(pace.wait(Some(Duration::from_secs(40))).as_secs(), 40);
        // Younger than a second: Azure's half a second is no reason to hurry.
        assert_eq!(pace.wait(Some(Duration::from_millis(500))).as_secs(), 1);
    }

    #[test]
    fn an_end_on_this_machine_is_noticed_within_half_a_second() {
        let pace = Pace::of(Rhythm::LOOPBACK);
        assert_eq!(pace.at(Duration::ZERO), Duration::from_millis(50));
        assert_eq!(pace.at(Duration::from_hours(1)), Duration::from_millis(500));
    }

    #[test]
    fn the_signed_address_is_saved_but_never_shown() {
        let mut put = answer("PUT", 201, Value::Null);
        put.monitor = Some("https://management.azure.com/m?s=signature".into());
        let operation = Operation::of(&put).unwrap();
        assert!(!format!("{operation:?}").contains("signature"));
        let saved = serde_json::to_string(&operation).unwrap();
        assert_eq!(serde_json::from_str::<Operation>(&saved).unwrap(), operation);
    }
}
