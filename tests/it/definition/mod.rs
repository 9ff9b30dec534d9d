//! `dhi definition`.

mod init;
mod schema;
mod sources;
