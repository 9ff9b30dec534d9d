//! Refuses JSON members that differ from known ones only in case.
//!
//! Container engines are written in Go, whose JSON reader ignores the case of member names and takes the last of two.
//! It would read `Manifests` as `manifests`, so an engine could run another image than the one that was verified.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The members of an object by name.
pub(super) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// Refuses members that differ from `known` ones only in case. The error names the member.
pub(super) fn reject_case_variants(members: &Members<'_>, known: &[&str]) -> Result<(), String> {
    for name in members.keys() {
        let folded = fold(name);
        if let Some(known) = known.iter().find(|known| **known != name && fold(known) == folded) {
            return Err(format!("readers that ignore case take its member `{name}` for `{known}`"));
        }
    }
    Ok(())
}

/// Folds a name as Go's `encoding/json` compares names: to lower case in ASCII, and the long s and the Kelvin sign to
/// ASCII.
fn fold(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '\u{17f}' => 's',
            '\u{212a}' => 'k',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}
