//! `dhi vex`.

mod create;
mod gates;
mod lint;
mod reports;
mod situation;
mod sources;
