//! The files of a repository that a definition takes. Only their existence is looked at.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::limits::{ANCESTORS, NAMES_BESIDE};
use crate::builder::lint::{SourceFiles, is_inside};

/// Those of `sources` that exist below `root`. For one that is missing, also the names in its directory.
pub fn known_sources<'a>(root: &Path, sources: impl Iterator<Item = &'a str>) -> SourceFiles {
    let mut files = BTreeSet::new();
    let mut listed = BTreeSet::new();
    for source in paths(sources) {
        if root.join(source).exists() {
            files.insert(source.to_owned());
            continue;
        }
        let parent = source.rsplit_once('/').map_or("", |(parent, _)| parent);
        if listed.insert(parent) {
            let names = fs::read_dir(root.join(parent)).into_iter().flatten().flatten().take(NAMES_BESIDE);
            let names = names.filter_map(|entry| entry.file_name().into_string().ok());
            files.extend(names.map(|name| if parent.is_empty() { name } else { format!("{parent}/{name}") }));
        }
    }
    SourceFiles::Known(files)
}

/// Those of `sources` that exist below a directory above the definition `file`.
pub fn guessed_sources<'a>(file: &Path, sources: impl Iterator<Item = &'a str>) -> SourceFiles {
    let Ok(file) = std::path::absolute(file) else { return SourceFiles::Unknown };
    let mut missing: BTreeSet<&str> = paths(sources).collect();
    let mut files = BTreeSet::new();
    for directory in file.ancestors().skip(1).take(ANCESTORS) {
        if missing.is_empty() {
            break;
        }
        missing.retain(|source| {
            let exists = directory.join(source).exists();
            if exists {
                files.insert((*source).to_owned());
            }
            !exists
        });
    }
    SourceFiles::Guessed(files)
}

fn paths<'a>(sources: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    sources.filter(|source| is_inside(source)).map(|source| source.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_below_the_root_and_above_the_definition() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("image/redis/config");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("redis.conf"), "").unwrap();
        let sources =
            ["image/redis/config/redis.conf", "image/redis/config/reids.conf", "../x", "/etc/passwd"];
        let here = "image/redis/config/redis.conf".to_owned();
        let known = known_sources(root.path(), sources.into_iter());
        assert_eq!(known, SourceFiles::Known(BTreeSet::from([here.clone()])));
        let definition = root.path().join("image/redis/debian-13/8.yaml");
        let guessed = guessed_sources(&definition, sources.into_iter());
        assert_eq!(guessed, SourceFiles::Guessed(BTreeSet::from([here])));
    }
}
