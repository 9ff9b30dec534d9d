//! Container engines are written in Go, which matches the names of members without regard to case, and of two
//! takes the last: `Manifests` would be read for `manifests`, and so another image run than the one that was judged.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The members of an object by name.
pub(super) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// Refuses a member that differs from a known one in case only; the error says which.
pub(super) fn reject_case_variants(members: &Members<'_>, known: &[&str]) -> Result<(), String> {
    for name in members.keys() {
        let folded = fold(name);
        if let Some(known) = known.iter().find(|known| **known != name && fold(known) == folded) {
            return Err(format!(
                "its member `{name}` is `{known}` to readers that do not tell upper from lower case"
            ));
        }
    }
    Ok(())
}

/// As Go's `encoding/json` compares names: beyond ASCII, the long s and the Kelvin sign have a simple case
/// folding into it.
fn fold(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '\u{17f}' => 's',
            '\u{212a}' => 'k',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}
