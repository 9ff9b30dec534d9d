//! The `dhi` command.

fn main() {}
