//! The rules over small definitions.
