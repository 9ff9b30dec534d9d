//! `docs/limits.md`: the limits of all modules.

use std::fmt::Write as _;

use crate::diagnostic::FACT;
use crate::limits::{Amount, Limit, Limits};

/// The limits that modules declare as constants, with what each group is about. A test finds a module whose limits are
/// not among them.
const LIMITS: [(&str, &[Limit]); 10] = [
    ("Failures", DIAGNOSTIC),
    ("JSON and text from outside", crate::oci::limits::LIMITS),
    ("YAML", crate::yaml::limits::LIMITS),
    ("Signatures and statements", crate::trust::limits::LIMITS),
    ("Predicates", crate::attestation::limits::LIMITS),
    ("Registries, logins and the cache", crate::registry::limits::LIMITS),
    ("Trusted roots", crate::trust_store::limits::LIMITS),
    ("Verification", crate::verify::limits::LIMITS),
    ("Signing", crate::sign::limits::LIMITS),
    ("Manifests", crate::admission::limits::LIMITS),
];

/// The limit of `diagnostic`, which imports nothing and so cannot declare it as others do.
const DIAGNOSTIC: &[Limit] =
    &[Limit { name: "characters of one fact of a failure", value: Amount::Count(FACT as u64) }];

const HEAD: &str = "\
# Limits

Generated from `Limits` (`src/limits/mod.rs`) and from the constants that each module declares (`limits.rs` in its folder);
a test fails when it is stale (`DHI_UPDATE=1 cargo test --test it docs` writes it).

Every reader has a limit: data from outside never decides how much is read. What is needed for a verdict and is over a limit is
[`limits/exceeded`](errors.md#limitsexceeded) or another failure: not judged, and never a pass.

Other limits decide no verdict. What is only shown is cut, what is only remembered or cached is left out and asked for again, and what
is over the number of things at once waits.

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
    for Limit { name, value } in limits {
        let _ = writeln!(text, "| {name} | {value} |");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::cli::tests::{Exception, code, only_allowed};

    /// The constants outside `limits.rs` that look like limits, with the reason why `docs/limits.md` does not have them
    /// from there.
    const NO_LIMITS: [Exception; 27] = [
        ("admission/rendering.rs", &["SCHEMA_VERSION"], "a version"),
        ("attestation/describe/names.rs", &["COMMIT", "DIGITS"], "the form in which hashes are shortened"),
        ("attestation/describe/vulnerabilities.rs", &["UNRATED"], "a position in a list"),
        ("diagnostic/mod.rs", &["FACT"], "`diagnostic` imports nothing; `DIAGNOSTIC` lists it"),
        ("limits/mod.rs", &["KIB", "MIB"], "units"),
        ("registry/cache/store.rs", &["DAY", "PRIVATE"], "a time between two prunings, mode bits"),
        ("registry/directory/entry.rs", &["PRIVATE"], "mode bits"),
        ("registry/directory/lock.rs", &["LOOK"], "a wait"),
        ("registry/directory/unfinished.rs", &["RANDOM"], "the size of a name that is made here"),
        ("registry/directory/unix.rs", &["SHARED"], "mode bits"),
        ("registry/layout/files.rs", &["DIRECTORIES", "FILES"], "mode bits"),
        (
            "registry/layout/tar/mod.rs",
            &["BLOCK", "BLOCK_LENGTH", "FITS", "PIECE"],
            "sizes that the format has, and in which content is compared",
        ),
        ("registry/remote/auth.rs", &["MARGIN"], "a time before the end of a token"),
        ("registry/remote/push.rs", &["FIRST_WAIT", "LONGEST_WAIT"], "waits"),
        (
            "registry/secrets/forms.rs",
            &["KEY", "SHORTEST", "STRIDE", "TELLING"],
            "which texts count as secrets, and steps of the search",
        ),
        ("registry/secrets/mod.rs", &["LINE"], "which texts count as secrets"),
        ("registry/transport/retry.rs", &["FIRST_WAIT"], "a wait"),
        ("report/attestations.rs", &["TITLE", "WIDTH"], "the layout of a page"),
        ("report/base.rs", &["SCHEMA_VERSION"], "a version"),
        ("report/columns.rs", &["PADDING"], "the layout of a page"),
        ("report/github.rs", &["NAMED"], "the layout of a page"),
        ("report/json.rs", &["IMAGES", "SCHEMA_VERSION"], "the layout of a document, a version"),
        ("report/page.rs", &["WIDTH"], "the layout of a page"),
        ("trust/keyring.rs", &["DHI_2_NOT_BEFORE"], "a date"),
        ("trust/root.rs", &["STALE_DAYS"], "an age that is warned about"),
        ("trust_store/data.rs", &["PRIVATE"], "mode bits"),
        (
            "verify/memory.rs",
            &["BUNDLE", "STATEMENT", "UNIT"],
            "how memory is counted against `JUDGED_AT_ONCE`",
        ),
    ];

    /// The constants with a number or a time in code.
    fn amounts(code: &str) -> BTreeSet<String> {
        const TYPES: [&str; 8] = ["u8", "u16", "u32", "u64", "usize", "i32", "i64", "Duration"];
        let constants = code.lines().filter_map(|line| {
            let (before, constant) = line.trim_start().split_once("const ")?;
            let (name, rest) = constant.split_once(':')?;
            let kind = rest.split('=').next()?.rsplit("::").next()?.trim();
            let is_declared = before.is_empty() || before.starts_with("pub");
            (is_declared && TYPES.contains(&kind)).then(|| name.to_owned())
        });
        constants.collect()
    }

    #[test]
    fn no_limit_is_declared_elsewhere() {
        only_allowed(&NO_LIMITS, |source| amounts(&code(source)), "a limit belongs into `limits.rs`");
    }

    #[test]
    fn amounts_are_found_in_code_alone() {
        let source = "\
// const A: u64 = 1;
const B: u64 = 1;
    pub(super) const C: std::time::Duration = D;
const E: &str = \"u64\";
fn f<const N: usize>(x: [u8; N]) {}
const F: [u8; 2] = [1, 2];
#[cfg(test)]
mod tests {
    const G: u32 = 1;
}";
        assert_eq!(amounts(&code(source)), ["B", "C"].map(str::to_owned).into());
    }

    #[test]
    fn the_limits_of_all_modules_are_listed_once() {
        let mut known = BTreeSet::new();
        for limit in LIMITS.iter().flat_map(|(_, limits)| limits.iter()) {
            assert!(known.insert(limit.name), "{}", limit.name);
        }
        for limit in Limits::default().describe() {
            assert!(known.insert(limit.name), "{}", limit.name);
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
        assert_eq!(declared + DIAGNOSTIC.len() + Limits::default().describe().len(), known.len());
    }
}
