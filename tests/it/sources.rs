//! The sources of the crates in this build, which contain test data.

use std::path::PathBuf;
use std::process::Command;

use crate::support::env::{project, run};

/// The folder of the crate `name`.
///
/// cargo is asked about this machine's platform alone: it has fetched no more than the build needed, and crates of other
/// platforms are asked for otherwise.
pub(crate) fn source(name: &str) -> PathBuf {
    let cargo = || {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        command.current_dir(project());
        command
    };
    let version = run(cargo().arg("-vV")).stdout;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata =
        run(cargo().args(["metadata", "--offline", "--format-version", "1", "--filter-platform", host]));
    assert_eq!(metadata.code, 0, "{}", metadata.stderr);
    let packages = metadata.json()["packages"].as_array().unwrap().clone();
    let package = packages.iter().find(|package| package["name"] == name).unwrap();
    PathBuf::from(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}
