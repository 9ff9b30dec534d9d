//! The cases of VEX that were run with the real scanners, against the profiles of this program.
//!
//! `DHI_VEX_CASES` names another file of cases. The format is described in `SOURCES.md` beside the files. What a case
//! has and the runner does not understand is a failure, so no expectation is passed over.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[cfg(feature = "builder")]
#[path = "../support/apk_repository.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod apk_repository;
mod apply;
mod case;
#[cfg(feature = "builder")]
mod compared_definitions;
mod configuration;
#[cfg(feature = "builder")]
#[path = "../support/deb_repository.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod deb_repository;
#[cfg(feature = "builder")]
mod definition_schema;
#[cfg(feature = "builder")]
mod definitions;
mod files;
#[cfg(feature = "rego")]
mod formatted;
#[cfg(feature = "builder")]
mod layers_situations;
mod levels;
#[cfg(feature = "builder")]
mod linted_definitions;
#[cfg(feature = "builder")]
mod locked_definitions;
#[cfg(feature = "builder")]
mod packages_apk;
#[cfg(feature = "builder")]
mod packages_apk_files;
#[cfg(feature = "builder")]
mod packages_deb;
#[cfg(feature = "builder")]
mod packages_openpgp;
#[cfg(feature = "rego")]
mod policies;
#[cfg(feature = "builder")]
mod rendered_definitions;
mod repository;
#[cfg(feature = "builder")]
mod rootfs_definitions;
#[cfg(feature = "builder")]
mod rootfs_situations;
#[cfg(feature = "builder")]
mod rootfs_synthesis;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use case::{Case, CaseFile, Failure};

/// Beside the project, in places where the data are present.
fn shared_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data")
}

/// Not by `eprintln!`, which the test runner keeps to itself when the test passes.
fn print(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Runs every case of a file. `data` has the files that cases name.
fn run(path: &Path, data: &Path) {
    let Ok(text) = fs::read_to_string(path) else {
        print(&format!("skipped: there is no {}", path.display()));
        return;
    };
    let file: CaseFile = serde_json::from_str(&text).unwrap();
    assert_eq!(file.format, "dhi-vex-cases/1");
    let (mut passed, mut skipped) = (0, 0);
    let mut failed = Vec::new();
    for value in &file.cases {
        let id = value["id"].as_str().unwrap_or("a case without id");
        let result = serde_json::from_value::<Case>(value.clone())
            .map_err(|error| Failure::Wrong(format!("the case is not understood: {error}")))
            .and_then(|case| levels::run(&case, data));
        match result {
            Ok(()) => passed += 1,
            Err(Failure::Skipped(cause)) => {
                skipped += 1;
                print(&format!("skipped {id}: {cause}"));
            }
            Err(Failure::Wrong(cause)) => failed.push(format!("{id}: {cause}")),
        }
    }
    print(&format!("{passed} of {} cases", file.cases.len() - skipped));
    assert!(failed.is_empty(), "{} cases fail\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn vex_cases() {
    let data = shared_data();
    match std::env::var_os("DHI_VEX_CASES") {
        Some(path) => run(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path), &data),
        None => run(&data.join("vex/vex-cases-dev.json"), &data),
    }
}

#[test]
fn vex_cases_of_public_reports() {
    let data = shared_data();
    run(&data.join("bugs-vex/cases.json"), &data);
}
