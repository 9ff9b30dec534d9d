//! `dhi vex`.

mod gates;
mod output;
mod reports;
mod situation;
mod sources;
