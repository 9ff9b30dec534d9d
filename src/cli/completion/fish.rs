//! Completion in fish.
//!
//! Fish passes the word at the cursor as it is typed, so the script removes its quotes and backslashes.

use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

use clap_complete::env::{EnvCompleter, Fish as Generic};

/// The adapter for fish.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fish;

/// The script.
const SCRIPT: &str = r#"complete --keep-order --exclusive --command BIN --arguments "(VARIABLE=fish COMPLETER -- \
    (commandline --current-process --tokenize --cut-at-cursor) (string unescape -- (commandline --current-token)))"
"#;

impl EnvCompleter for Fish {
    fn name(&self) -> &'static str {
        "fish"
    }

    fn is(&self, name: &str) -> bool {
        name == "fish"
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        bin: &str,
        completer: &str,
        script: &mut dyn Write,
    ) -> Result<(), Error> {
        let text = SCRIPT.replace("VARIABLE", variable).replace("BIN", bin);
        script.write_all(text.replace("COMPLETER", &crate::report::quoted(completer)).as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        arguments: Vec<OsString>,
        directory: Option<&Path>,
        completions: &mut dyn Write,
    ) -> Result<(), Error> {
        Generic.write_complete(command, arguments, directory, completions)
    }
}
