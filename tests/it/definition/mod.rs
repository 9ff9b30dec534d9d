//! `dhi definition`.

mod lint;
