//! The flow of records from source to target.
