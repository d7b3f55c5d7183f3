//! The ARM emulator.
