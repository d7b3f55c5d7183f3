//! Token buckets of the subscription, and the counters that tell a client how full they are.
//!
//! Source: Azure Resource Manager, request limits and throttling: 25 reads, 10 writes, 10 deletes refilled a second.

use jiff::Timestamp;

use super::error::ArmError;
use super::settings::Budget;

/// The buckets of one subscription and one caller.
#[derive(Debug)]
pub struct Throttle {
    reads: Bucket,
    writes: Bucket,
    deletes: Bucket,
}

#[derive(Debug)]
struct Bucket {
    name: &'static str,
    size: f64,
    level: f64,
    per_second: f64,
    seen: Timestamp,
}

impl Throttle {
    pub fn new(budget: Budget, now: Timestamp) -> Self {
        let bucket = |name, size: u32, per_second| {
            let size = f64::from(size);
            Bucket {
                name,
                size,
                level: size,
                per_second,
                seen: now,
            }
        };
        Self {
            reads: bucket("reads", budget.reads, 25.0),
            writes: bucket("writes", budget.writes, 10.0),
            deletes: bucket("deletes", budget.deletes, 10.0),
        }
    }

    /// Takes a token for `method`. Gives the headers with what is left, or the seconds to wait.
    pub fn take(&mut self, method: &str, now: Timestamp) -> Result<Vec<(String, String)>, (ArmError, u64)> {
        let bucket = match method {
            "GET" | "HEAD" => &mut self.reads,
            "DELETE" => &mut self.deletes,
            _ => &mut self.writes,
        };
        let passed = now.duration_since(bucket.seen).as_secs_f64().max(0.0);
        bucket.level = (bucket.level + passed * bucket.per_second).min(bucket.size);
        bucket.seen = bucket.seen.max(now);
        if bucket.level < 1.0 {
            let message =
                "Number of requests for subscription exceeded the limit. Please try again after '1' seconds.";
            return Err((ArmError::new(429, "SubscriptionRequestsThrottled", message), 1));
        }
        bucket.level -= 1.0;
        let header = |kind: &str, left: f64| {
            (
                format!("x-ms-ratelimit-remaining-subscription-{kind}{}", bucket.name),
                format!("{left:.0}"),
            )
        };
        let whole = bucket.level.floor();
        let others = bucket.size * 15.0 - (bucket.size - whole);
        Ok(vec![header("", whole), header("global-", others)])
    }
}
