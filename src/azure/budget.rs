//! The budget of requests that all clients of a process share, so that many environments at once do not starve each other.
//!
//! Azure keeps token buckets for each subscription and kind of request and tells with every answer what is left. What it
//! tells is believed; a bucket that is empty is waited for, instead of being refused over and over.
//! Source: the Resource Manager contract, section 11.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// Left for others who use the subscription, and for answers that are still under way.
const RESERVE: f64 = 5.0;

/// Requests at each look at a deployment, about: its state, and now and then its operations.
const PER_LOOK: f64 = 1.25;

/// What is known of the buckets, and how many follow something; clones share both.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    buckets: Arc<Mutex<HashMap<(String, Kind), Bucket>>>,
    followers: Arc<AtomicU32>,
}

/// One who follows a deployment, until it is dropped.
#[derive(Debug)]
pub struct Follower(Arc<AtomicU32>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What Azure counts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Reads,
    Writes,
    Deletes,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    seen: Instant,
}

impl Kind {
    pub fn of(method: &Method) -> Self {
        match *method {
            Method::GET | Method::HEAD => Self::Reads,
            Method::DELETE => Self::Deletes,
            _ => Self::Writes,
        }
    }

    /// How many requests a second Azure adds.
    fn per_second(self) -> f64 {
        match self {
            Self::Reads => 25.0,
            Self::Writes | Self::Deletes => 10.0,
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Reads => "x-ms-ratelimit-remaining-subscription-reads",
            Self::Writes => "x-ms-ratelimit-remaining-subscription-writes",
            Self::Deletes => "x-ms-ratelimit-remaining-subscription-deletes",
        }
    }
}

impl Budget {
    /// Counts one more who follows a deployment.
    pub fn follow(&self) -> Follower {
        self.followers.fetch_add(1, Ordering::Relaxed);
        Follower(Arc::clone(&self.followers))
    }

    /// The least wait between two looks with which all who follow take no more than Azure adds; so that those who have
    /// still to begin are not kept waiting by those who look.
    pub fn fair_wait(&self) -> Duration {
        let followers = f64::from(self.followers.load(Ordering::Relaxed));
        Duration::from_secs_f64(followers * PER_LOOK / Kind::Reads.per_second())
    }

    /// Waits until a request may leave for `path` at `host`; at once while nothing is known of its bucket.
    pub(super) async fn take(&self, host: &str, path: &str, kind: Kind) {
        let key = (key(host, path), kind);
        while let Some(wait) = self.taken(&key) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes one; or how long to wait for it.
    fn taken(&self, key: &(String, Kind)) -> Option<Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.get_mut(key)?;
        bucket.fill(key.1);
        if bucket.level >= 1.0 {
            bucket.level -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64((1.0 - bucket.level) / key.1.per_second()))
    }

    /// Believes what an answer tells: how much is left.
    pub(super) fn learn(&self, host: &str, path: &str, kind: Kind, headers: &HeaderMap) {
        let left = headers
            .get(kind.header())
            .and_then(|value| value.to_str().ok()?.parse::<f64>().ok());
        // An answer without it says nothing of the subscription: a provider has limits of its own.
        let Some(left) = left else { return };
        let level = (left - RESERVE).max(0.0);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = Instant::now();
        buckets.insert((key(host, path), kind), Bucket { level, seen });
    }
}

impl Bucket {
    fn fill(&mut self, kind: Kind) {
        let now = Instant::now();
        self.level += now.duration_since(self.seen).as_secs_f64() * kind.per_second();
        self.seen = now;
    }
}

/// A subscription at one Azure; what is asked of none shares a bucket of its own.
fn key(host: &str, path: &str) -> String {
    let mut segments = path.split('/').skip(1);
    let subscription = match segments.next() {
        Some(first) if first.eq_ignore_ascii_case("subscriptions") => segments.next().unwrap_or_default(),
        _ => "",
    };
    format!("{host}/{}", subscription.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: &str = "/subscriptions/S/resourcegroups";

    fn told(left: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(Kind::Reads.header(), left.parse().unwrap());
        headers
    }

    #[tokio::test]
    async fn an_empty_bucket_is_waited_for_and_a_full_one_is_not() {
        let budget = Budget::default();
        let reads = || (key("azure", GROUPS), Kind::Reads);
        assert_eq!(budget.taken(&reads()), None, "nothing is known yet");
        budget.learn("azure", GROUPS, Kind::Reads, &told("100"));
        assert!((0..95).all(|_| budget.taken(&reads()).is_none()));
        budget
            .clone()
            .learn("azure", "/subscriptions/s", Kind::Reads, &told("5"));
        assert!(
            budget
                .taken(&reads())
                .is_some_and(|wait| wait <= Duration::from_millis(40))
        );
        let began = Instant::now();
        for _ in 0..5 {
            budget.take("azure", GROUPS, Kind::Reads).await;
        }
        assert!(
            began.elapsed() >= Duration::from_millis(150),
            "{:?}",
            began.elapsed()
        );
    }

    #[test]
    fn the_more_follow_the_rarer_each_looks() {
        let budget = Budget::default();
        assert_eq!(budget.fair_wait(), Duration::ZERO);
        let followers: Vec<Follower> = (0..50).map(|_| budget.clone().follow()).collect();
        assert_eq!(budget.fair_wait(), Duration::from_millis(2500));
        drop(followers);
        assert_eq!(budget.fair_wait(), Duration::ZERO);
    }

    #[test]
    fn another_kind_another_subscription_and_another_azure_have_their_own() {
        let budget = Budget::default();
        budget.learn("azure", GROUPS, Kind::Reads, &told("0"));
        for (host, path, kind) in [
            ("azure", GROUPS, Kind::Writes),
            ("azure", "/subscriptions/other", Kind::Reads),
            ("azure", "/tenants", Kind::Reads),
            ("emulator", GROUPS, Kind::Reads),
        ] {
            assert_eq!(budget.taken(&(key(host, path), kind)), None);
        }
        assert!(budget.taken(&(key("azure", GROUPS), Kind::Reads)).is_some());
    }
}
