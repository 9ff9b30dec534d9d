//! The library without the feature `cli` depends on no package that only the command needs.
//!
//! The dependency tree comes from cargo. Nothing is compiled.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

/// Packages that a dependency of the library needs too.
const SHARED: [&str; 1] = ["tempfile"];

/// The packages of the feature, as `Cargo.toml` lists them.
fn of_the_command() -> BTreeSet<String> {
    let manifest = include_str!("../Cargo.toml");
    let (_, feature) = manifest.split_once("\ncli = [").unwrap();
    let (feature, _) = feature.split_once(']').unwrap();
    feature.split('"').filter_map(|part| part.strip_prefix("dep:")).map(str::to_owned).collect()
}

/// The names of all packages that the library is built of.
fn packages(features: &[&str]) -> BTreeSet<String> {
    let tree = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none"])
        .args(features)
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_library_needs_no_package_of_the_command() {
    let command = of_the_command();
    for name in ["clap", "indicatif", "rpassword"] {
        assert!(command.contains(name), "`{name}` is not of the feature `cli`: {command:?}");
    }
    let all = packages(&[]);
    let missing: Vec<&String> = command.difference(&all).collect();
    assert!(missing.is_empty(), "the command does not need {missing:?}");

    let library = packages(&["--no-default-features"]);
    assert!(library.contains("dhi") && library.contains("reqwest"), "the tree was not read: {library:?}");
    let needed: Vec<&String> = command.intersection(&library).collect();
    assert_eq!(needed, SHARED, "packages of the command that the library is built of");
}
