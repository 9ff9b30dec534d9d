//! `dhi definition`.

mod init;
mod lint;
mod schema;
mod sources;
