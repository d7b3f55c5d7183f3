//! Record-level comparison of source and target.
