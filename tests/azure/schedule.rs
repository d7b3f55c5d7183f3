//! What goes wrong in one run of the chaos test, drawn from a seed. New effects of the emulator belong into [`EFFECTS`].

use serde_json::{Value, json};

/// SplitMix64: small and seeded.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap();
        from[index]
    }
}

const ANY: &[&str] = &["GET", "PUT", "POST", "DELETE"];
const READS: &[&str] = &["GET"];
const WRITES: &[&str] = &["PUT", "DELETE"];
const PUTS: &[&str] = &["PUT"];
const DELETES: &[&str] = &["DELETE"];

/// Parts of every path that `up` and `down` ask.
const PATHS: [&str; 17] = [
    "/subscriptions/",
    "/resourcegroups/",
    "*/resourcegroups/rg-dev",
    "/deploymentstacks/",
    "/deploymentstacks",
    "/deployments/",
    "/validate",
    "/whatif",
    "/operations",
    "operationstatus",
    "operationresults",
    "/resources",
    "/locks",
    "/namespaces/",
    "/eventhubs/",
    "/providers/microsoft.eventhub",
    "/roleassignments",
];

/// Where something that was just begun or is under way is read.
const OWN: &[&str] = &[
    "*/deploymentstacks/*",
    // A deployment itself, and not the list of its operations.
    "*/deployments/landfall-dev-event-hubs-????????????",
    "operationstatus",
];
/// What is begun with one call.
const BEGUN: &[&str] = &["/deploymentstacks/", "/deployments/landfall-"];

/// An effect, the methods and the paths that it is for, and how often it is drawn.
type Row = (
    u64,
    &'static [&'static str],
    &'static [&'static str],
    fn(&mut Random) -> Value,
);

/// Every way in which something goes wrong and ends by itself. What waits for a person (`stuck`, `lock`), for a minute
/// (`hang`) or is a change by somebody else (`another-put`) has tests of its own.
const EFFECTS: &[Row] = &[
    (
        12,
        ANY,
        &PATHS,
        |random| json!({"kind": "respond", "status": random.pick(&[408, 500, 502, 503, 504])}),
    ),
    (6, ANY, &PATHS, |random| match random.below(3) {
        0 => json!({"kind": "respond", "status": 429}),
        asked => json!({"kind": "respond", "status": 429, "retry_after": asked - 1}),
    }),
    (8, ANY, &PATHS, |_| json!({"kind": "cut", "accepted": false})),
    (10, ANY, &PATHS, |_| json!({"kind": "cut", "accepted": true})),
    (
        4,
        ANY,
        &PATHS,
        |random| json!({"kind": "delay", "milliseconds": random.below(300)}),
    ),
    (
        3,
        ANY,
        &PATHS,
        |_| json!({"kind": "respond", "status": 401, "code": "ExpiredAuthenticationToken", "message": "The access token expiry is in the past."}),
    ),
    (
        2,
        ANY,
        &PATHS,
        |_| json!({"kind": "respond", "status": 403, "code": "AuthorizationFailed", "message": "no right to do this"}),
    ),
    (6, WRITES, &PATHS, |random| {
        let code = random.pick(&[
            "AnotherOperationInProgress",
            "ResourceGroupBeingDeleted",
            "ConcurrentUpdateError",
            "RetryableErrorDueToAnotherOperation",
        ]);
        json!({"kind": "respond", "status": 409, "code": code, "message": "not now"})
    }),
    (4, PUTS, BEGUN, |random| {
        let code = random.pick(&["DeploymentActive", "DeploymentStackInNonTerminalState"]);
        json!({"kind": "respond", "status": 409, "code": code, "message": "previous deployment from '7/1/2026 9:00:00 AM' is still active"})
    }),
    (
        4,
        DELETES,
        &["/deploymentstacks/", "/namespaces/", "/resourcegroups/rg-dev"],
        |random| {
            let code = random.pick(&["Conflict", "DeploymentStackInNonTerminalState"]);
            json!({"kind": "respond", "status": 409, "code": code, "message": "something still needs it"})
        },
    ),
    (
        6,
        READS,
        OWN,
        |_| json!({"kind": "respond", "status": 404, "code": "DeploymentNotFound", "message": "not yet"}),
    ),
    (
        2,
        READS,
        &["operationstatus"],
        |_| json!({"kind": "respond", "status": 403, "code": "InvalidOperationToken", "message": "expired"}),
    ),
    (
        5,
        PUTS,
        &[
            "*/namespaces/landfall-dev-hubs",
            "*/eventhubs/orders",
            "*/eventhubs/payments",
        ],
        |_| json!({"kind": "fail-operation", "code": "QuotaExceeded", "message": "no more here"}),
    ),
    (3, ANY, &PATHS, |_| json!({"kind": "truncated"})),
    (
        3,
        ANY,
        &PATHS,
        |random| json!({"kind": "malformed", "shape": random.pick(&["html", "text"])}),
    ),
    (3, READS, &PATHS, |_| json!({"kind": "stale"})),
    (2, PUTS, BEGUN, |_| json!({"kind": "not-yet"})),
    (
        2,
        PUTS,
        &["*/eventhubs/orders", "*/eventhubs/payments"],
        |_| json!({"kind": "refuse-operation", "code": "SkuNotAvailable", "message": "not to be had here"}),
    ),
];

/// A list of faults, as the emulator takes it. Each strikes a few times at most, so that all of them run out.
pub fn drawn(random: &mut Random) -> Vec<Value> {
    let count = 2 + random.below(11);
    (0..count).map(|_| fault(random)).collect()
}

fn fault(random: &mut Random) -> Value {
    let total: u64 = EFFECTS.iter().map(|(weight, ..)| weight).sum();
    let mut left = random.below(total);
    let row = EFFECTS.iter().find(|(weight, ..)| {
        let found = left < *weight;
        left = left.saturating_sub(*weight);
        found
    });
    let (_, methods, paths, effect) = row.unwrap();
    json!({
        "match": {
            "method": random.pick(methods),
            "path": random.pick(paths),
            "nth": 1 + random.below(3),
            "times": 1 + random.below(3),
        },
        "effect": effect(random),
    })
}
