//! `docs/limits.md`, generated from the limits of all modules.

use std::fmt::Write as _;

use crate::diagnostic::FACT;
use crate::limits::{Amount, Limit, Limits};

/// The limits that modules declare as constants, with a heading for each group. A test fails if a module is missing.
const LIMITS: &[(&str, &[Limit])] = &[
    ("Failures", DIAGNOSTIC),
    ("JSON and text from outside", crate::oci::limits::LIMITS),
    ("YAML", crate::yaml::limits::LIMITS),
    ("Signatures and statements", crate::trust::limits::LIMITS),
    ("Predicates", crate::attestation::limits::LIMITS),
    ("Registries, logins and the cache", crate::registry::limits::LIMITS),
    ("Trusted roots", crate::trust_store::limits::LIMITS),
    ("Verification", crate::verify::limits::LIMITS),
    ("VEX and scanner reports", crate::vex::limits::LIMITS),
    ("Signing", crate::sign::limits::LIMITS),
    ("VEX sources", crate::gate::limits::LIMITS),
    #[cfg(feature = "rego")]
    ("Policies in Rego", crate::policy::rego::limits::LIMITS),
    ("Manifests", crate::admission::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Definitions", crate::builder::definition::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Rules about definitions", crate::builder::lint::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Directories of definitions", crate::builder::files::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Sources of definitions", crate::builder::source::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Templates of definitions", crate::builder::template::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Definitions for a platform", crate::builder::platform::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Changes of definitions", crate::builder::diff::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Signed indexes of packages", crate::builder::packages::openpgp::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Files of Debian packages", crate::builder::packages::deb::container::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Lock files of definitions", crate::builder::lock::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Choice of packages", crate::builder::packages::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Alpine packages", crate::builder::packages::apk::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Package repositories", crate::builder::repositories::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Substitution files", crate::builder::substitution::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("SBOMs of built images", crate::builder::sbom::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Files of built images", crate::builder::rootfs::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Layers of built images", crate::builder::layers::limits::LIMITS),
    #[cfg(feature = "builder")]
    ("Builds of images", crate::builder::build::limits::LIMITS),
    ("Scans", crate::scan::limits::LIMITS),
    ("The command", super::limits::LIMITS),
];

/// The limit of `diagnostic`, which imports nothing and so cannot use the `limits!` macro.
const DIAGNOSTIC: &[Limit] =
    &[Limit { name: "characters of one fact of a failure", value: Amount::Count(FACT as u64) }];

const HEAD: &str = "\
# Limits

Generated from `Limits` (`src/limits/settable.rs`) and from the constants that each module declares (`limits.rs` in its folder);
a test fails if it is stale (`DHI_UPDATE=1 cargo test --test it docs` writes it).

Every reader has a limit: external data never decides how much is read. An object that a verdict needs and that is over a limit
fails with [`limits/exceeded`](errors.md#limitsexceeded) or another code: it is not judged, and never passes.

Other limits decide no verdict. Text that is only shown is cut, entries of caches are dropped and fetched again, and work over the
limit of concurrency waits.

## Settable limits

Callers of the library can set these limits. The command uses the values below.

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
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::cli::tests::{Exception, code, only_allowed};

    /// The constants outside `limits.rs` that look like limits, with the reason why `docs/limits.md` does not list
    /// them.
    const NO_LIMITS: &[Exception] = &[
        ("archive/header.rs", &["BLOCK", "BLOCK_LENGTH", "FITS"], "sizes of the format"),
        ("attestation/describe/names.rs", &["COMMIT", "DIGITS"], "the form in which hashes are shortened"),
        ("attestation/describe/vulnerabilities.rs", &["UNRATED"], "a position in a list"),
        ("builder/build/evidence.rs", &["BUFFER"], "the size of a buffer"),
        ("builder/build/spool.rs", &["BUFFER", "SMALL"], "the size of a buffer, and what stays in memory"),
        ("builder/build/unpack.rs", &["LAST_SECOND"], "a date"),
        ("builder/definition/accounts.rs", &["HIGHEST_ID"], "the range of the type"),
        ("builder/definition/line_index.rs", &["BLOCK"], "the step of an index"),
        ("builder/diff/difference.rs", &["COMPARED"], "which entries are compared closely"),
        ("builder/diff/json.rs", &["SCHEMA_VERSION"], "a version"),
        ("builder/diff/lines.rs", &["SHOWN"], "the layout of a page"),
        ("builder/diff/table.rs", &["ALWAYS"], "the layout of a page"),
        ("builder/explain/json.rs", &["SCHEMA_VERSION"], "a version"),
        ("builder/explain/text.rs", &["LISTED"], "the layout of a page"),
        ("builder/layers/check.rs", &["BUFFER"], "the size of a buffer"),
        (
            "builder/layers/compress.rs",
            &["GZIP_LEVEL", "PIECE", "UNKNOWN_SYSTEM", "ZSTD_LEVEL"],
            "settings of the compression, and a value of the format",
        ),
        ("builder/layers/tar_entry.rs", &["ELEVEN_DIGITS", "SEVEN_DIGITS"], "sizes of the format"),
        ("builder/layers/tar_writer.rs", &["BUFFER"], "the size of a buffer"),
        ("builder/layers/test_tree.rs", &["EPOCH"], "a date of tests"),
        (
            "builder/lint/linter.rs",
            &["LONGEST", "MOST"],
            "which names are suggested, and how much of a text is shown",
        ),
        (
            "builder/lint/permissions.rs",
            &["OTHERS_WRITE", "SET_GROUP_ID", "SET_USER_ID", "STICKY"],
            "mode bits",
        ),
        ("builder/lint/ports.rs", &["FIRST_FREE"], "the rule of the kernel"),
        ("builder/lint/run.rs", &["SCHEMA_VERSION"], "a version"),
        ("builder/lock/mod.rs", &["FORMAT"], "a version"),
        ("builder/output/archive.rs", &["BUFFER"], "the size of a buffer"),
        ("builder/output/config.rs", &["FIRST_SECOND"], "a date"),
        ("builder/packages/deb/container/ar.rs", &["HEADER"], "sizes of the format"),
        ("builder/packages/deb/container/mod.rs", &["FORMAT_LINE"], "how much of a text is shown"),
        ("builder/packages/apk/container.rs", &["HEADER"], "sizes of the format"),
        (
            "builder/packages/deb/index/block.rs",
            &[
                "FORMAT",
                "HEADER",
                "NAME",
                "PACKAGE",
                "PROVIDER",
                "PROVIDES_ANY",
                "PROVIDES_ARCHITECTURE",
                "PROVIDES_NAME",
            ],
            "sizes and values of the format",
        ),
        ("builder/packages/deb/resolve/repair.rs", &["ESSENTIAL", "REQUESTED"], "scores, as in apt"),
        ("builder/packages/deb/resolve/wanted.rs", &["MOST"], "which names are suggested"),
        ("builder/packages/deb/version.rs", &["END"], "a position in an order"),
        ("builder/packages/openpgp/strength.rs", &["RSA_BITS"], "which keys are weak"),
        ("builder/rootfs/accounts/files.rs", &["NOBODY", "SHADOW_GROUP"], "numbers of accounts"),
        ("builder/rootfs/package_database/apk/scripts.rs", &["NAME"], "a size of the format"),
        ("builder/rootfs/paths/applier.rs", &["DIRECTORY_MODE", "FILE_MODE"], "mode bits"),
        ("builder/rootfs/synthesis/base_files.rs", &["MAIL"], "the number of a group"),
        ("builder/rootfs/synthesis/missing.rs", &["COMMAND"], "how much of a text is shown"),
        ("builder/rootfs/transfer/mod.rs", &["COMPARED_BYTES"], "the size of a buffer"),
        (
            "builder/template/evaluate.rs",
            &["CHARACTERS", "PATTERN_STEPS"],
            "the layout of a message, and how work is counted against `TEMPLATE_STEPS`",
        ),
        ("diagnostic/closest.rs", &["MAX_EDITS"], "which names are suggested"),
        ("diagnostic/mod.rs", &["FACT"], "`diagnostic` imports nothing; `DIAGNOSTIC` lists it"),
        ("gate/evaluator/child.rs", &["WAITING_STACK"], "the size of a stack that decides nothing"),
        ("gate/vex/files.rs", &["NAMED"], "the layout of a message"),
        ("gate/vex/passed_over.rs", &["ONE_BY_ONE"], "the layout of a message"),
        ("gate/vex/repository_files.rs", &["DAY"], "the age of a copy that is named"),
        ("limits/mod.rs", &["KIB", "MIB"], "units"),
        ("policy/facts/recorded/verify_document.rs", &["SCHEMA_VERSION"], "a version"),
        ("policy/rego/builtins/numbers.rs", &["PRODUCT_BITS"], "the precision of OPA"),
        ("policy/rego/builtins/re2.rs", &["MAX_REPEAT"], "what Go takes"),
        (
            "policy/rego/builtins/sprintf.rs",
            &["ALL_DIGITS", "WIDEST"],
            "digits of the type, and what Go takes",
        ),
        ("policy/rego/builtins/time/read.rs", &["HOUR", "LONGEST"], "units, and the range of the type"),
        ("policy/rego/builtins/wide.rs", &["BITS"], "the precision of OPA"),
        ("policy/rego/host/reply.rs", &["SHOWN"], "the layout of a message"),
        ("policy/rego/metadata.rs", &["WEIGHT"], "a default"),
        ("registry/cache/store.rs", &["DAY", "PRIVATE"], "the time between two prunings, mode bits"),
        ("registry/directory/entry.rs", &["PRIVATE"], "mode bits"),
        ("registry/directory/lock.rs", &["POLL_INTERVAL"], "a wait"),
        ("registry/directory/temp_file.rs", &["RANDOM_LENGTH"], "the length of a generated name"),
        ("registry/directory/unix.rs", &["SHARED"], "mode bits"),
        ("registry/layout/files.rs", &["DIRECTORIES", "FILES"], "mode bits"),
        ("registry/layout/tar/mod.rs", &["PIECE"], "the size of the pieces that are compared"),
        ("registry/remote/auth.rs", &["EXPIRY_MARGIN"], "the time before the end of a token"),
        ("registry/remote/push.rs", &["FIRST_WAIT", "MAX_WAIT"], "waits"),
        (
            "registry/secrets/forms.rs",
            &["KEY", "SHORTEST", "STRIDE", "TELLING"],
            "which texts count as secrets, and steps of the search",
        ),
        ("registry/secrets/mod.rs", &["LINE"], "which texts count as secrets"),
        ("registry/transport/retry.rs", &["FIRST_WAIT"], "a wait"),
        ("report/columns.rs", &["GAP"], "the layout of a page"),
        ("report/compare/changes.rs", &["LISTED"], "the layout of a page"),
        ("report/compare/facts.rs", &["SHOWN"], "the layout of a page"),
        ("report/compare/json.rs", &["SCHEMA_VERSION"], "a version"),
        ("report/folding.rs", &["SHOWN"], "the layout of a page"),
        ("report/github.rs", &["MAX_PASSED_NAMES", "SHOWN"], "the layout of a page"),
        ("report/html/counts.rs", &["HEIGHT", "WIDTH"], "the layout of a page"),
        ("report/html/findings.rs", &["ROWS"], "the layout of a page; docs/html.md says it"),
        ("report/html/layers.rs", &["DRAWN", "HEIGHT", "STEP", "WIDTH"], "the layout of a page"),
        ("report/html/shown.rs", &["NAME", "SENTENCE"], "the layout of a page"),
        ("report/html/sources.rs", &["SOURCES"], "the layout of a page"),
        ("report/json/base.rs", &["SCHEMA_VERSION"], "a version"),
        ("report/json/run.rs", &["SCHEMA_VERSION"], "a version"),
        ("report/json/text.rs", &["IMAGES"], "the layout of a document"),
        ("report/lines.rs", &["MAX_WIDTH", "VERDICT_WIDTH"], "the layout of a page"),
        ("report/policy/folded.rs", &["NAMED"], "the layout of a page"),
        ("report/platform_rows.rs", &["ALWAYS"], "the layout of a page"),
        ("report/scan/json.rs", &["SCHEMA_VERSION"], "a version"),
        ("report/scan/pipeline.rs", &["SARIF_RUNS"], "what GitHub accepts"),
        ("report/scan/table.rs", &["ALL_DETAILS"], "the layout of a page"),
        ("report/verify_table.rs", &["MAX_BLOCKS"], "the layout of a page"),
        ("report/vex/json.rs", &["FINDINGS", "SCHEMA_VERSION"], "the layout of a document, a version"),
        ("report/vex/lint.rs", &["RESULTS", "SCHEMA_VERSION"], "the layout of a document, a version"),
        ("report/vex/row.rs", &["ALWAYS"], "the layout of a page"),
        (
            "report/vex/sarif.rs",
            &["RESULT", "RESULTS", "RUN"],
            "the layout of a document, what GitHub accepts",
        ),
        ("report/vex/table.rs", &["IDLE_SOURCES"], "the layout of a page"),
        ("report/vex/warnings.rs", &["SHOWN"], "the layout of a page"),
        ("report/wrap.rs", &["BELOW"], "the layout of a page"),
        ("scan/compare/permissions.rs", &["SET_GROUP", "SET_USER", "STICKY"], "mode bits"),
        ("scan/running.rs", &["READ_AFTER_END"], "a wait"),
        ("scan/scanner/mod.rs", &["SHOWN_CHARACTERS", "SHOWN_LINES"], "the layout of a page"),
        ("trust/keyring.rs", &["DHI_2_NOT_BEFORE"], "a date"),
        ("trust/root.rs", &["STALE_DAYS"], "the age of a warning"),
        ("trust_store/data.rs", &["PRIVATE"], "mode bits"),
        ("trust_store/policy_bundle/lock.rs", &["VERSION"], "a version"),
        ("trust_store/policy_bundle/tar.rs", &["NAME", "PREFIX"], "sizes of the format"),
        (
            "trust_store/vex_repository/copy.rs",
            &["ATTEMPTS", "PRIVATE"],
            "attempts to read a file, mode bits",
        ),
        ("trust_store/vex_repository/git.rs", &["MEASURE"], "a wait"),
        ("trust_store/vex_repository/http.rs", &["NOT_MODIFIED"], "a status"),
        ("trust_store/vex_repository/list.rs", &["VERSION"], "a version"),
        ("report/run_policies.rs", &["NAMED"], "the layout of a sentence"),
        ("trust_store/vex_repository/manifest.rs", &["DEFAULT_INTERVAL"], "a default"),
        ("trust_store/vex_repository/pack.rs", &["LENGTH"], "a size of the format"),
        ("trust_store/vex_repository/record.rs", &["DAY"], "the time between two readings of a manifest"),
        ("vex/document/shape.rs", &["BEGIN"], "how much is looked at first"),
        ("vex/json_reader/mod.rs", &["FEW_MEMBERS"], "how equal names are found"),
        ("vex/json_reader/text.rs", &["EACH", "HIGH"], "bit patterns"),
        ("vex/scan_report/cyclonedx/mod.rs", &["UNKNOWN_PARENT"], "a position that no list has"),
        (
            "verify/memory.rs",
            &["BUNDLE", "STATEMENT", "UNIT"],
            "how memory is counted against `JUDGED_AT_ONCE`",
        ),
    ];

    /// The constants in code whose value is a number or a duration.
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
        only_allowed(NO_LIMITS, |source| amounts(&code(source)), "declare limits in `limits.rs`");
    }

    #[test]
    fn amounts_are_found_in_code_only() {
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

    /// The files `limits.rs` of modules and of their parts.
    fn limit_files(folder: &Path) -> Vec<PathBuf> {
        let mut files = vec![folder.join("limits.rs")];
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files.extend(limit_files(&path));
            }
        }
        files
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
        for path in limit_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
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
