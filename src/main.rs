//! The `dhi` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The command evaluates policies in processes of itself, which read no other argument.
    #[cfg(feature = "rego")]
    if let Some(exit) = dhi::gate::evaluator::serve() {
        return exit;
    }
    dhi::cli::main()
}
