//! The Azure Resource Manager REST client: one [`Client`], one `send`, typed answers, tokens by reference.
//!
//! Each file holds one noun of the contract (groups, deployments, providers, resources); [`operations`] follows what
//! runs long, [`refusal`] reads what Azure says when it refuses. Only [`token`] knows the Azure SDK. A bearer token
//! goes to the endpoint's own host alone, and over plain http to loopback alone.

mod acceptance;
pub mod actions;
mod budget;
mod call;
pub mod capacity;
mod client;
mod deletions;
pub mod deployment_operations;
pub mod deployments;
mod endpoint;
mod error;
pub mod groups;
pub mod hdinsight;
pub mod key_vault;
pub mod locks;
pub mod operations;
mod paging;
pub mod permissions;
pub mod policy;
pub mod providers;
pub mod refusal;
pub mod resources;
mod retry;
mod send;
pub mod soft_deleted;
pub mod stacks;
pub mod token;
pub mod what_if;

pub use budget::Budget;
pub use client::{Client, Rhythm};
pub use endpoint::Endpoint;
pub use error::AzureError;
pub use refusal::Refusal;
pub use token::{SignIn, Tokens};
