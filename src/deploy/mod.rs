//! Plan, apply and destroy a bundle.
