//! The Azure Resource Manager REST client.
