//! `dhi vex`.

mod create;
mod export;
mod gates;
mod lint;
mod output;
mod reports;
mod repositories;
mod situation;
mod sources;
