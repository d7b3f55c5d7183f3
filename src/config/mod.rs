//! From an environment's folder to one complete, checked [`Environment`].

mod environment;

pub use environment::*;
