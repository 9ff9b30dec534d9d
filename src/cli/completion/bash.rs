//! Completion in bash.
//!
//! Bash splits words at `:` and `=` too (`COMP_WORDBREAKS`), keeps quotes and backslashes in them, and replaces only
//! the text behind the last of these characters. So the script passes the line as it is typed, and this module splits
//! it as bash does for a command.

use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

use clap_complete::engine::complete;
use clap_complete::env::EnvCompleter;

use super::super::shell_words::{Word, escaped, split};
use super::values::is_whole;

/// The variable with the text that bash replaces.
const REPLACED: &str = "_DHI_COMPLETE_REPLACED";

/// The adapter for bash 3.2 and later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bash;

/// The script. Completions are separated by line feeds and end with a space where the word is complete.
const SCRIPT: &str = r#"_dhi_complete() {
    local completion
    COMPREPLY=()
    while IFS= read -r completion; do
        COMPREPLY+=("$completion")
    done < <(VARIABLE=bash REPLACED="$2" COMPLETER -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o nospace -o bashdefault -F _dhi_complete BIN
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        bin: &str,
        completer: &str,
        script: &mut dyn Write,
    ) -> Result<(), Error> {
        let text = SCRIPT.replace("VARIABLE", variable).replace("REPLACED", REPLACED);
        let text = text.replace("BIN", bin).replace("COMPLETER", &crate::report::quoted(completer));
        script.write_all(text.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        arguments: Vec<OsString>,
        directory: Option<&Path>,
        completions: &mut dyn Write,
    ) -> Result<(), Error> {
        let line = arguments.into_iter().next().unwrap_or_default();
        let line = line.to_string_lossy();
        let replaced = std::env::var(REPLACED).unwrap_or_default();
        let mut words = split(&line);
        let mut found = values(command, &words, directory)?;
        // Behind a single value bash closes an open quote. So a single directory is replaced by what it contains.
        if let ([only], Some(last)) = (found.as_slice(), words.last_mut())
            && last.open.is_some()
            && only.ends_with('/')
        {
            last.text.clone_from(only);
            let below = values(command, &words, directory)?;
            found = if below.is_empty() { found } else { below };
        }
        for completion in replacements(&line, &replaced, &found) {
            writeln!(completions, "{completion}")?;
        }
        Ok(())
    }
}

/// The values of the last word.
fn values(
    command: &mut clap::Command,
    words: &[Word],
    directory: Option<&Path>,
) -> Result<Vec<String>, Error> {
    let texts = words.iter().map(|word| OsString::from(&word.text)).collect();
    let found = complete(command, texts, words.len().saturating_sub(1), directory)?;
    Ok(found.iter().map(|candidate| candidate.get_value().to_string_lossy().into_owned()).collect())
}

/// What replaces `replaced`, the last part of the line, for each value of the last word.
fn replacements(line: &str, replaced: &str, values: &[String]) -> Vec<String> {
    let words = split(line);
    let open = words.last().and_then(|word| word.open);
    let kept_line = line.strip_suffix(replaced).unwrap_or(line);
    // The part of the last word that bash keeps.
    let is_same_word = split(kept_line).len() == words.len();
    let kept = split(kept_line).pop().filter(|_| is_same_word).map(|word| word.text).unwrap_or_default();
    let rest = values.iter().filter_map(|value| Some((value, value.strip_prefix(&kept)?)));
    rest.map(|(value, rest)| {
        // Bash keeps the quote that opens the text, and closes it.
        let space = if open.is_none() && is_whole(value) { " " } else { "" };
        escaped(rest, open) + space
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_that_bash_replaces_is_given() {
        for (line, replaced, value, completion) in [
            ("dhi ver", "ver", "verify", "verify "),
            ("dhi verify oci:fix", "fix", "oci:fixtures/", "fixtures/"),
            ("dhi verify oci:", "", "oci:fixtures/python", "fixtures/python"),
            ("dhi verify localhost:5000/a", "5000/a", "localhost:5000/api:1.0", "5000/api:1.0 "),
            ("dhi verify --output=json=o", "o", "--output=json=out.json", "out.json "),
            ("dhi verify --key my\\ k", "my\\ k", "my key.pub", "my\\ key.pub "),
            ("dhi verify --key 'my k", "'my k", "my key.pub", "my key.pub"),
            ("dhi verify --key \"my k", "my k", "my key.pub", "my key.pub"),
            ("dhi verify \"oci:my d", "\"oci:my d", "oci:my dir", "oci:my dir"),
            ("dhi verify a ", "", "b", "b "),
        ] {
            assert_eq!(replacements(line, replaced, &[value.to_owned()]), [completion], "{line}");
        }
        assert_eq!(replacements("dhi verify oci:a", "a", &["other".to_owned()]), [""; 0]);
    }
}
