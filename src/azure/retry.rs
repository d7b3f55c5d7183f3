//! When to try again, and after how long: arithmetic only, so that it can be read and tested without a network.
//!
//! Source: the Resource Manager contract, section 11, and RFC 9110, section 10.2.3 (`Retry-After`).

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use super::AzureError;

/// Codes of a 409 that only say "not now".
const NOT_NOW: [&str; 4] = [
    "AnotherOperationInProgress",
    "ResourceGroupBeingDeleted",
    "ConcurrentUpdateError",
    "RetryableError",
];

/// How much slower than an outage a busy resource is asked again.
const BUSY_FACTOR: u32 = 20;

/// How far jitter moves a wait, either way.
const JITTER: f64 = 0.2;

/// Whether a call that may have been carried out can be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Doing it twice is the same as doing it once.
    Harmless,
    /// Only while it is certain that Azure did not accept it.
    UnlessAccepted,
}

/// Returns the least wait before another try, as a multiple of the first wait; `None` when trying again is wrong.
pub(super) fn patience_factor(error: &AzureError, repeat: Repeat) -> Option<u32> {
    if repeat == Repeat::UnlessAccepted && error.outcome_is_unknown() {
        return None;
    }
    match error {
        AzureError::Unreachable { .. }
        | AzureError::Cut { .. }
        | AzureError::Refused {
            status: 408 | 429 | 500 | 502..=504,
            ..
        } => Some(1),
        AzureError::Refused {
            status: 409, source, ..
        } => {
            let busy = source
                .leaves()
                .iter()
                .any(|leaf| NOT_NOW.iter().any(|code| leaf.code.starts_with(code)));
            busy.then_some(BUSY_FACTOR)
        }
        _ => None,
    }
}

/// Returns the wait before try `attempt + 1`: `first`, doubled with each attempt, at most `longest`, moved by `roll` (0 to 1)
/// up to 20 % either way; never shorter than what Azure asks for.
pub(super) fn wait(
    first: Duration,
    longest: Duration,
    attempt: u32,
    roll: f64,
    asked: Option<Duration>,
) -> Duration {
    let doubling = first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    let own = doubling
        .min(longest)
        .mul_f64(1.0 - JITTER + 2.0 * JITTER * roll.clamp(0.0, 1.0));
    own.max(asked.unwrap_or_default())
}

/// A number from 0 to 1 that nobody can foresee; a fresh GUID has enough of it.
pub(super) fn roll() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}

/// Returns the wait that the headers ask for: milliseconds, seconds, or a date.
pub(super) fn asked_by(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = text("retry-after-ms").or_else(|| text("x-ms-retry-after-ms"));
    if let Some(count) = milliseconds.and_then(|value| value.parse().ok()) {
        return Some(Duration::from_millis(count));
    }
    let value = text("retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// Returns the seconds of "Please try again after '372' seconds", for a 429 without a header.
pub(super) fn asked_by_text(text: &str) -> Option<Duration> {
    let (_, rest) = text.split_once("try again after")?;
    let digits: String = rest
        .chars()
        .skip_while(|c| matches!(c, ' ' | '\''))
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::Refusal;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn waits_double_up_to_the_longest_and_obey_azure() {
        let plain = |attempt| wait(MS(500), MS(60_000), attempt, 0.5, None);
        assert_eq!(plain(1), MS(500));
        assert_eq!(plain(3), MS(2000));
        assert_eq!(plain(40), MS(60_000));
        assert_eq!(wait(MS(500), MS(60_000), 1, 0.0, None), MS(400));
        assert_eq!(wait(MS(500), MS(60_000), 1, 1.0, None), MS(600));
        assert_eq!(wait(MS(500), MS(60_000), 1, 0.5, Some(MS(90_000))), MS(90_000));
    }

    #[test]
    fn the_wait_asked_for_is_read_in_every_form() {
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().unwrap();
        let asked = |name: &'static str, value: &'static str| {
            asked_by(
                &HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]),
                now,
            )
        };
        assert_eq!(asked("retry-after", "7"), Some(MS(7000)));
        assert_eq!(
            asked("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(MS(7000))
        );
        assert_eq!(asked("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"), Some(MS(0)));
        assert_eq!(asked("retry-after-ms", "250"), Some(MS(250)));
        assert_eq!(asked("x-ms-retry-after-ms", "250"), Some(MS(250)));
        assert_eq!(asked("retry-after", "soon"), None);
        let text = "Number of requests exceeded the limit. Please try again after '372' seconds.";
        assert_eq!(asked_by_text(text), Some(MS(372_000)));
        assert_eq!(asked_by_text("try again after a while"), None);
    }

    fn refused(status: u16, code: &str) -> AzureError {
        AzureError::Refused {
            method: "PUT".into(),
            path: "/x".into(),
            status,
            request_id: None,
            retry_after: None,
            source: Box::new(Refusal {
                code: code.into(),
                ..Refusal::default()
            }),
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let again = |status, code| patience_factor(&refused(status, code), Repeat::Harmless);
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(again(status, "x"), Some(1), "{status}");
        }
        assert_eq!(again(409, "AnotherOperationInProgress"), Some(20));
        assert_eq!(again(409, "RetryableErrorDueToAnotherOperation"), Some(20));
        for (status, code) in [
            (400, "x"),
            (401, "x"),
            (403, "x"),
            (404, "x"),
            (409, "DeploymentActive"),
            (501, "x"),
        ] {
            assert_eq!(again(status, code), None, "{status} {code}");
        }
    }

    #[test]
    fn a_deployment_is_not_sent_twice_when_it_may_run_already() {
        let again = |status| patience_factor(&refused(status, "x"), Repeat::UnlessAccepted);
        assert_eq!(again(429), Some(1));
        assert_eq!(again(500), None);
        assert_eq!(again(504), None);
    }
}
