//! `dhi definition`.

mod diff;
mod explain;
mod init;
mod lint;
mod schema;
mod sources;
