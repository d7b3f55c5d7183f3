//! JSON as people write it (comments, trailing commas) and as ARM reads it (strict, keys in a fixed order).

mod canonical;
mod scanner;

pub(super) use canonical::deployment;
pub(super) use scanner::{Fault, scan};
