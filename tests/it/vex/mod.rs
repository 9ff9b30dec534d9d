//! `dhi vex`.

mod gates;
mod lint;
mod reports;
mod situation;
mod sources;
