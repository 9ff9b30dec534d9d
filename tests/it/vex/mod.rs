//! `dhi vex`.

mod create;
mod gates;
mod lint;
mod output;
mod reports;
mod situation;
mod sources;
