//! Did everything arrive? Both sides are read in parallel, partition by partition, and compared record by record.
//!
//! [`run`] reads up to the ends that both sides had when it began. Records are compared by fingerprint (`compare`), so
//! memory is bounded by the windows of the workers and does not grow with the number of records. On a difference the
//! two sides are brought together again within a window; past it the partition is given up, and the verdict says where.

mod compare;
mod options;
mod partition;
mod verdict;
mod work;

pub use options::Options;
pub use verdict::{Counts, Difference, Diverged, Kind, PartitionVerdict, TopicVerdict, Verdict};
pub use work::{VerifyError, run};
