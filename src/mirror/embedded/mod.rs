//! The engine that copies in this process.
//!
//! `prepare` makes missing topics, refuses what cannot be kept, and finds where each partition goes on; `lane`s, each
//! a thread with a consumer and an idempotent producer, copy partitions in parallel and in order; `keeper` watches them,
//! reports, and saves the position that the target has acknowledged.
//!
//! **What a kill does.** Nothing is lost: a position is saved only behind an acknowledgement. Records that the target took
//! after the last saved position are found again at the next start: `tail` reads the target from the saved position and
//! matches it with the source record by record, and copying goes on behind the last match. A record is written twice in
//! one case alone: a produce request was still on its way when the process died, and the broker appended it only after
//! the tail was read. The tail is read until it stands still for `prepare::SETTLE`, so that takes a network that holds
//! a request longer than that. With [`Flow::in_flight`](super::Flow::in_flight) at 1 it is at most one batch per
//! broker connection. A target that holds anything else behind the saved position has another writer, and the run refuses
//! to start.
//!
//! Only committed records are copied (`read_committed`); the records of an open or aborted transaction are not.
//! A target that compaction has thinned behind the saved position looks like one with another writer: it is refused too.
//! A record whose time is exactly 0 ms cannot be kept by librdkafka, which takes 0 for "now": a warning says so.

mod deal;
mod doubts;
mod ends;
mod keeper;
mod lane;
mod ledger;
mod order;
mod prepare;
mod receipts;
mod report;
mod run;
mod speed;
mod summary;
mod tail;

pub use run::run;
pub use summary::Summary;
