//! The embedded mirror and the verification, on real brokers in this process through the real client.
#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "mirror/bytes.rs"]
mod bytes;
#[path = "mirror/changes.rs"]
mod changes;
#[path = "mirror/groups.rs"]
mod groups;
#[path = "mirror/progress.rs"]
mod progress;
#[path = "mirror/refusals.rs"]
mod refusals;
#[path = "mirror/resume.rs"]
mod resume;
#[path = "mirror/site.rs"]
mod site;
#[path = "mirror/verify.rs"]
mod verify;
