//! `dhi vex`.

mod gates;
mod lint;
mod output;
mod reports;
mod situation;
mod sources;
