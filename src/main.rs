//! The `dhi` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    dhi::cli::main()
}
