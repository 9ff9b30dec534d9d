//! `docs/limits.md`: the limits of all modules.

use std::fmt::Write as _;

use crate::limits::{Limit, Limits};

/// The limits that modules declare as constants, with what each group is about. A test finds a module whose limits are
/// not among them.
const LIMITS: [(&str, &[Limit]); 9] = [
    ("JSON and text from outside", crate::oci::limits::LIMITS),
    ("YAML", crate::yaml::limits::LIMITS),
    ("Signatures and statements", crate::trust::limits::LIMITS),
    ("Provenance", crate::attestation::limits::LIMITS),
    ("Configuration and logins", crate::registry::limits::LIMITS),
    ("Trusted roots", crate::trust_store::limits::LIMITS),
    ("Verification", crate::verify::limits::LIMITS),
    ("Signing", crate::sign::limits::LIMITS),
    ("Manifests", crate::admission::limits::LIMITS),
];

const HEAD: &str = "\
# Limits

Generated from `Limits` (`src/limits/mod.rs`) and from the constants that each module declares (`limits.rs` in its folder);
a test fails when it is stale (`DHI_UPDATE=1 cargo test --test it docs` writes it).

Every reader has a limit: data from outside never decides how much is read. What is over a limit is
[`limits/exceeded`](errors.md#limitsexceeded): not judged, and never a pass.

## What callers of the library can set

The command uses these values.

";

/// The document.
pub fn document() -> String {
    let mut text = HEAD.to_owned();
    table(&mut text, &Limits::default().describe());
    for (about, limits) in LIMITS {
        let _ = writeln!(text, "\n## {about}\n");
        table(&mut text, limits);
    }
    text
}

fn table(text: &mut String, limits: &[Limit]) {
    text.push_str("| what | at most |\n|---|---|\n");
    for Limit { what, at_most } in limits {
        let _ = writeln!(text, "| {what} | {at_most} |");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_limits_of_all_modules_are_listed_once() {
        let mut known = BTreeSet::new();
        for limit in LIMITS.iter().flat_map(|(_, limits)| limits.iter()) {
            assert!(known.insert(limit.what), "{}", limit.what);
        }
        for limit in Limits::default().describe() {
            assert!(known.insert(limit.what), "{}", limit.what);
        }
        let mut declared = 0;
        for module in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
            let path = module.unwrap().path().join("limits.rs");
            let source = std::fs::read_to_string(&path).unwrap_or_default();
            let list = source.split_once("\nlimits! {\n").map(|(_, list)| list).unwrap_or_default();
            let lines = list.lines().filter(|line| !line.trim_start().starts_with("//"));
            for what in lines.filter_map(|line| line.split('"').nth(1)) {
                assert!(known.contains(what), "{}: `{what}` is not listed", path.display());
                declared += 1;
            }
        }
        assert_eq!(declared + Limits::default().describe().len(), known.len());
    }
}
