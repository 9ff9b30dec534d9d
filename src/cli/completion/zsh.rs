//! Completion in zsh.
//!
//! Values keep their `:`, and no space follows a value that can be continued.

use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

use clap_complete::engine::complete;
use clap_complete::env::EnvCompleter;

use super::values::is_whole;

/// The adapter for zsh with its completion system (`compinit`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Zsh;

/// The script. Each line is `+` or, if the value can be continued, `-`, then the value and its description.
const SCRIPT: &str = r#"#compdef BIN
_dhi() {
    local line
    local -a whole open
    for line in "${(@f)$(VARIABLE=zsh COMPLETER -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        case $line in
            (+*) whole+=("${line#+}") ;;
            (-*) open+=("${line#-}") ;;
        esac
    done
    (( $#open )) && _describe -V values open -S ''
    (( $#whole )) && _describe -V values whole
}
if [[ $funcstack[1] == _dhi ]]; then
    _dhi "$@"
else
    compdef _dhi BIN
fi
"#;

impl EnvCompleter for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
    }

    fn is(&self, name: &str) -> bool {
        name == "zsh"
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
        let last = arguments.len().saturating_sub(1);
        for candidate in complete(command, arguments, last, directory)? {
            let value = candidate.get_value().to_string_lossy();
            let mark = if is_whole(&value) { '+' } else { '-' };
            write!(completions, "{mark}{}", value.replace('\\', "\\\\").replace(':', "\\:"))?;
            let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
            match help.lines().next() {
                Some(help) => writeln!(completions, ":{help}")?,
                None => writeln!(completions)?,
            }
        }
        Ok(())
    }
}
