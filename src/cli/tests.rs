//! Checks over the source text of all modules outside `cli`, for tests of the command.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

/// A file, what only this file may contain, and why.
pub(super) type Exception = (&'static str, &'static [&'static str], &'static str);

/// Fails unless `find` finds in each source outside `cli` exactly what `allowed` lists for the file, and nothing in
/// files that are not listed. Test files are not searched.
pub(super) fn only_allowed(allowed: &[Exception], find: impl Fn(&str) -> BTreeSet<String>, advice: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut allowed = allowed.to_vec();
    for path in files(&root) {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        if name.starts_with("cli/") || name.contains("/tests") {
            continue;
        }
        let found = find(&std::fs::read_to_string(&path).unwrap());
        let expected = match allowed.iter().position(|(file, ..)| *file == name) {
            Some(at) => allowed.swap_remove(at).1,
            None => &[],
        };
        assert!(found.iter().eq(expected), "{name} has {found:?}; {advice}");
    }
    assert!(allowed.is_empty(), "no such file: {allowed:?}");
}

/// The lines of a source that are neither comments nor part of its test module.
pub(super) fn code(source: &str) -> String {
    lines_before_tests(source, |line| !is_comment(line))
}

/// The lines of a source that are comments, without those of its test module.
pub(super) fn comments(source: &str) -> String {
    lines_before_tests(source, is_comment)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn lines_before_tests(source: &str, keep: impl Fn(&str) -> bool) -> String {
    let before = source.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    before.lines().filter(|line| keep(line)).flat_map(|line| [line, "\n"]).collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_command_tree_is_consistent() {
    super::Arguments::command().debug_assert();
}
