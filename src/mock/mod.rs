//! The mock site: an ARM emulator and two Kafka clusters on this machine.
//!
//! [`site::Site`] joins them: what is deployed to the emulator appears on the target cluster. The rest of the program
//! cannot tell that it is being rehearsed; it is given another base URL, a token, and an address book.

pub mod arm;
pub mod asked;
pub mod background;
pub mod dataset;
pub mod kafka;
mod laboratory;
pub mod place;
pub mod site;
