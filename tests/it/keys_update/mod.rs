//! `dhi keys update`, and what it changes for every other command.

mod ring;
mod sigstore;
