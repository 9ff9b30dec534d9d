//! Paths that a definition makes.

use std::collections::HashSet;

use super::linter::{Linter, shown};
use crate::builder::definition::{PathKind, Rule, Text};

pub(super) fn check(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    for (_, entry) in linter.paths() {
        let path = &entry.path;
        if path.is_empty() {
            linter.find(Rule::RELATIVE_PATH, path.range.clone(), "the path is empty");
        } else if !path.starts_with(['/', '$', '#']) {
            let message = format!("the path `{}` does not begin with `/`", shown(path));
            linter.find(Rule::RELATIVE_PATH, path.range.clone(), message);
        }
        check_parents(linter, path);
        if entry.kind.value == PathKind::Delete && is_root(path) {
            let message = "the entry deletes everything";
            linter.find(Rule::DELETED_ROOT, path.range.clone(), message);
        }
        match (entry.kind.value, &entry.mode) {
            (PathKind::Symlink, Some(mode)) => {
                let message = "a symbolic link has no permissions of its own";
                let finding = linter.finding(Rule::LINK_MODE, mode.text.range.clone(), message);
                linter.report(finding.label("ignored"));
            }
            (PathKind::Directory, None) => {
                let message = format!("the directory `{}` has no `mode`", shown(path));
                linter.find(Rule::DIRECTORY_MODE, path.range.clone(), message);
            }
            _ => {}
        }
    }
    for (_, contents) in linter.contents() {
        contents
            .files
            .iter()
            .filter_map(|file| file.path.as_ref())
            .for_each(|path| check_parents(linter, path));
    }
    for target in
        definition.stages.iter().flat_map(|stage| &stage.outputs).filter_map(|out| out.target.as_ref())
    {
        check_parents(linter, target);
    }
    if let Some(directory) = &definition.work_dir
        && !directory.starts_with(['/', '$', '#'])
    {
        let message = format!("the working directory `{}` does not begin with `/`", shown(directory));
        linter.find(Rule::RELATIVE_PATH, directory.range.clone(), message);
    }
    // Deleting a path, changing a tree and then making a part of it are steps of one change.
    let mut made: HashSet<(&str, PathKind)> = HashSet::new();
    let lasting = definition.paths.iter().filter(|entry| {
        entry.kind.value != PathKind::Delete && entry.condition.is_none() && entry.platforms.is_empty()
    });
    for entry in lasting.filter(|entry| !entry.path.is_empty()) {
        let key = (entry.path.trim_end_matches('/'), entry.kind.value);
        if !made.insert(key) {
            let message = format!("the {} `{}` is made twice", entry.kind.value, shown(&entry.path));
            linter.find(Rule::REPEATED_PATH, entry.path.range.clone(), message);
        }
    }
}

fn check_parents(linter: &mut Linter<'_>, path: &Text) {
    if path.split('/').any(|part| part == "..") {
        let message = format!("the path `{}` has the part `..`", shown(path));
        linter.find(Rule::PARENT_PATH, path.range.clone(), message);
    }
}

/// Whether a path is `/`, however it is written.
fn is_root(path: &str) -> bool {
    path.starts_with('/') && path.split('/').all(|part| matches!(part, "" | "."))
}
