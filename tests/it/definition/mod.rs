//! `dhi definition`.

mod diff;
mod explain;
mod init;
mod lint;
mod render;
mod schema;
mod sources;
