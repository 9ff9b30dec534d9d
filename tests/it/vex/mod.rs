//! `dhi vex`.

mod sources;
