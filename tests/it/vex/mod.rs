//! `dhi vex`.

mod create;
mod gates;
mod output;
mod reports;
mod situation;
mod sources;
