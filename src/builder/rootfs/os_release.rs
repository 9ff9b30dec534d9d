//! The file `os-release`, which says what the system of an image is.
//!
//! Invariant: a shell and a parser of os-release(5) read each value as it is in the definition.

use super::node::Origin;
use super::path::TreePath;
use super::tree::Tree;
use super::tree_writer::{TreeWriter, WriteError};

/// Why there is no `os-release`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OsReleaseError {
    /// A name that a shell does not accept for a variable.
    #[error("`{}` is not a name for a line of `os-release`", .0.escape_debug())]
    Name(String),
    /// A name twice: readers differ about which line counts.
    #[error("`os-release` would have `{0}` twice")]
    Repeated(String),
    /// A value with a line break or another control character, which the format cannot hold.
    #[error("the value of `{0}` contains a control character")]
    Control(String),
    /// The file cannot be put into the tree.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The text: one line for each pair of name (`PRETTY_NAME`) and value, in their order.
///
/// Source: os-release(5). A value with anything but ASCII letters and digits is quoted.
///
/// # Errors
///
/// [`OsReleaseError`], except [`OsReleaseError::Write`].
pub fn os_release_text(lines: &[(&str, &str)]) -> Result<String, OsReleaseError> {
    let mut text = String::new();
    for (at, (name, value)) in lines.iter().enumerate() {
        if !is_name(name) {
            return Err(OsReleaseError::Name((*name).to_owned()));
        }
        if lines.iter().take(at).any(|(other, _)| other == name) {
            return Err(OsReleaseError::Repeated((*name).to_owned()));
        }
        if value.chars().any(char::is_control) {
            return Err(OsReleaseError::Control((*name).to_owned()));
        }
        text.push_str(name);
        text.push('=');
        push_value(&mut text, value);
        text.push('\n');
    }
    Ok(text)
}

/// Writes `/usr/lib/os-release` and the link `/etc/os-release` to it, in place of what packages put there.
///
/// # Errors
///
/// [`OsReleaseError`].
pub fn write_os_release(tree: &mut Tree, lines: &[(&str, &str)], epoch: i64) -> Result<(), OsReleaseError> {
    let text = os_release_text(lines)?;
    let mut writer = TreeWriter::new(tree, Origin::OsRelease, epoch);
    let path = |text| TreePath::parse(text).map_err(WriteError::from);
    writer.file(&path("/usr/lib/os-release")?, 0o644, text.into())?;
    writer.link(&path("/etc/os-release")?, "../usr/lib/os-release")?;
    Ok(())
}

fn is_name(name: &str) -> bool {
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase() || byte == b'_');
    begins && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn push_value(text: &mut String, value: &str) {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        text.push_str(value);
        return;
    }
    text.push('"');
    for character in value.chars() {
        if matches!(character, '"' | '$' | '\\' | '`') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_they_must_be() {
        let lines = [
            ("PRETTY_NAME", "Docker Hardened Images/Debian GNU/Linux 13 (trixie)"),
            ("ID", "debian"),
            ("VERSION_ID", "13"),
            ("VERSION", "3.23"),
            ("EMPTY", ""),
            ("ODD", "a\"b$c`d\\e'é"),
        ];
        assert_eq!(
            os_release_text(&lines).unwrap(),
            "PRETTY_NAME=\"Docker Hardened Images/Debian GNU/Linux 13 (trixie)\"\nID=debian\nVERSION_ID=13\n\
             VERSION=\"3.23\"\nEMPTY=\"\"\nODD=\"a\\\"b\\$c\\`d\\\\e'é\"\n"
        );
    }

    #[test]
    fn what_the_format_cannot_hold_is_refused() {
        let error = |name, value| os_release_text(&[(name, value)]).unwrap_err();
        for name in ["", "1A", "A B", "A=B", "id", "A\nB"] {
            assert_eq!(error(name, "x"), OsReleaseError::Name(name.to_owned()));
        }
        for value in ["a\nb", "a\0", "\u{85}"] {
            assert_eq!(error("ID", value), OsReleaseError::Control("ID".to_owned()));
        }
        assert_eq!(
            os_release_text(&[("ID", "a"), ("ID", "a")]),
            Err(OsReleaseError::Repeated("ID".to_owned()))
        );
    }

    #[test]
    fn the_file_replaces_that_of_packages() {
        let path = |text| TreePath::parse(text).unwrap();
        let mut tree = Tree::new(0);
        let mut writer = TreeWriter::synthesized(&mut tree, "base-files", 1);
        writer.file(&path("/etc/os-release"), 0o600, "old".into()).unwrap();
        write_os_release(&mut tree, &[("ID", "debian")], 7).unwrap();
        let node = tree.get(&path("/usr/lib/os-release")).unwrap();
        assert_eq!(node.content().unwrap(), &"ID=debian\n".into());
        assert_eq!((node.metadata.mode, node.metadata.mtime, &*node.origin), (0o644, 7, &Origin::OsRelease));
        let link = tree.get(&path("/etc/os-release")).unwrap();
        assert_eq!(link.link_target(), Some("../usr/lib/os-release"));
    }
}
