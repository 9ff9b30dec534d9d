//! Reads calls of `update-alternatives --install` in a shell script, where they are plain words.

use super::model::{Alternative, Follower};
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::synthesis::missing::shortened;

const COMMAND: &str = "update-alternatives";

/// A call that adds an alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// All arguments are plain.
    Plain(Alternative),
    /// Arguments depend on what the script does. The command, shortened.
    Computed(String),
}

/// The calls of a script, in order.
pub(super) fn calls(script: &str) -> Vec<Call> {
    let script = script.replace("\\\n", " ");
    let lines = script.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.flat_map(commands).filter_map(call).collect()
}

/// The commands of a line. Separators in quotes separate as well: a call with them is not plain then.
fn commands(line: &str) -> impl Iterator<Item = &str> {
    line.split([';', '&', '|', '(', ')', '{', '}']).filter(|command| !command.trim().is_empty())
}

fn call(command: &str) -> Option<Call> {
    let mut words = command.split_ascii_whitespace();
    words.find(|word| *word == COMMAND || word.ends_with("/update-alternatives"))?;
    let words: Vec<&str> = words.collect();
    if !words.contains(&"--install") {
        return None;
    }
    Some(plain(&words).map_or_else(|| Call::Computed(shortened(command.trim())), Call::Plain))
}

/// The alternative, if every word is plain and in its place.
fn plain(words: &[&str]) -> Option<Alternative> {
    let mut alternative: Option<Alternative> = None;
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "--install" if alternative.is_none() => {
                let (link, name, path) = (path(words.next()?)?, name(words.next()?)?, path(words.next()?)?);
                let priority = unquoted(words.next()?)?.parse().ok()?;
                alternative = Some(Alternative { link, name, path, priority, followers: Vec::new() });
            }
            "--slave" => {
                let (link, name, path) = (path(words.next()?)?, name(words.next()?)?, path(words.next()?)?);
                alternative.as_mut()?.followers.push(Follower { link, name, path });
            }
            "--quiet" | "--force" | "--verbose" => {}
            // Output that goes elsewhere.
            word if word.contains('>') => break,
            _ => return None,
        }
    }
    alternative
}

fn path(word: &str) -> Option<String> {
    let word = unquoted(word)?;
    (word.starts_with('/') && TreePath::parse(word).is_ok_and(|path| !path.is_root()))
        .then(|| word.to_owned())
}

fn name(word: &str) -> Option<String> {
    let word = unquoted(word)?;
    (!word.contains('/') && TreePath::parse(word).is_ok_and(|path| !path.is_root())).then(|| word.to_owned())
}

/// A word without quotes around it. `None` if a shell would change it.
fn unquoted(word: &str) -> Option<&str> {
    let inner = |quote| word.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    let word = inner('"').or_else(|| inner('\'')).unwrap_or(word);
    let is_special = |character: char| {
        character.is_control() || character.is_whitespace() || "$`\"'\\*?[]~<>!#".contains(character)
    };
    // Applets are named `[`, but no alternative is.
    (!word.is_empty() && !word.contains(is_special)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_calls_are_read() {
        let script = "#!/bin/sh\n# update-alternatives --install /no no /no 1\nif true; then\n\
            \tupdate-alternatives --quiet --install /usr/bin/awk awk \\\n  \"/usr/bin/mawk\" 5 \\\n\
            \t--slave /usr/share/man/awk.1.gz awk.1.gz '/usr/share/man/mawk.1.gz' 2>/dev/null || true\nfi\n\
            update-alternatives --remove x /usr/bin/x; /usr/sbin/update-alternatives --install /b b /c -3\n";
        let followers = vec![Follower {
            link: "/usr/share/man/awk.1.gz".to_owned(),
            name: "awk.1.gz".to_owned(),
            path: "/usr/share/man/mawk.1.gz".to_owned(),
        }];
        let alternative = |link: &str, name: &str, path: &str, priority, followers| {
            let (link, name, path) = (link.to_owned(), name.to_owned(), path.to_owned());
            Call::Plain(Alternative { link, name, path, priority, followers })
        };
        assert_eq!(
            calls(script),
            [
                alternative("/usr/bin/awk", "awk", "/usr/bin/mawk", 5, followers),
                alternative("/b", "b", "/c", -3, vec![]),
            ]
        );
    }

    #[test]
    fn computed_calls_are_named() {
        for arguments in [
            "--install $BIN/a a /b 1",
            "--install /a a `which b` 1",
            "--install /a a /b $priority",
            "--install /a a /b 1 $slaves",
            "--install /a a /b",
            "--install /a a/b /b 1",
            "--install /a a /../b 1",
            "--install a a /b 1",
            "--install /a a /b 1 --slave /c d",
            "--slave /c d /e --install /a a /b 1",
            "--altdir /x --install /a a /b 1",
        ] {
            let command = format!("update-alternatives {arguments}");
            assert_eq!(calls(&command), [Call::Computed(command)], "{arguments}");
        }
    }
}
