//! Resolves the path in a reference to a layout or archive, if its text can be parsed in several ways.

use std::path::Path;

use crate::oci::{Reference, Repository};
use crate::registry::Error;

/// Chooses the parse of `reference` whose path exists: a directory for a layout, anything else for an archive.
///
/// 1. If one path exists, that parse is returned.
/// 2. If none exists, the one with the shortest path is returned. Reading it reports that it does not exist.
/// 3. If several exist, that is an error: otherwise anyone who can create a directory could choose which image is
///    verified.
///
/// A reference to a registry is returned unchanged.
///
/// # Errors
///
/// [`Error::AmbiguousPath`] in the third case.
pub fn resolve_layout_path(reference: Reference) -> Result<Reference, Error> {
    if reference.repository.host().is_some() {
        return Ok(reference);
    }
    let mut existing: Vec<Reference> =
        reference.readings().into_iter().filter(|reading| exists(&reading.repository)).collect();
    if existing.len() > 1 {
        let paths = existing.iter().map(|reading| reading.repository.to_string()).collect();
        return Err(Error::AmbiguousPath { reference: reference.to_string(), paths });
    }
    Ok(existing.pop().or_else(|| reference.readings().into_iter().next()).unwrap_or(reference))
}

fn exists(repository: &Repository) -> bool {
    let is_directory = |path: &Path| std::fs::metadata(path).ok().map(|metadata| metadata.is_dir());
    match repository {
        Repository::Layout(path) => is_directory(path) == Some(true),
        Repository::Archive(path) => is_directory(path) == Some(false),
        Repository::Remote(_) | Repository::Local(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Version;

    #[test]
    fn the_existing_path_is_chosen_and_two_are_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().to_str().unwrap();
        let locate = |rest: &str| {
            let reference: Reference = format!("oci:{root}/{rest}").parse().unwrap();
            resolve_layout_path(reference).map(|found| {
                let path = found.repository.path().unwrap().strip_prefix(root).unwrap().to_owned();
                (path.to_str().unwrap().to_owned(), found.version())
            })
        };
        let make = |name: &str| std::fs::create_dir_all(scratch.path().join(name)).unwrap();
        let name = |text: &str| Version::Name(text.parse().unwrap());
        let tag = |text: &str| Version::Tag(text.parse().unwrap());
        assert_eq!(locate("all:shop/web:1"), Ok(("all".to_owned(), name("shop/web:1"))));
        make("all:shop/web");
        assert_eq!(locate("all:shop/web:1"), Ok(("all:shop/web".to_owned(), tag("1"))));
        make("a b@c:d");
        assert_eq!(locate("a b@c:d"), Ok(("a b@c:d".to_owned(), Version::Unnamed)));
        assert_eq!(locate("a b@c:d:1"), Ok(("a b@c:d".to_owned(), tag("1"))));
        // A file is not a layout directory.
        std::fs::write(scratch.path().join("a b@c"), "").unwrap();
        assert_eq!(locate("a b@c:d:1"), Ok(("a b@c:d".to_owned(), tag("1"))));
        make("all");
        let Err(Error::AmbiguousPath { paths, .. }) = locate("all:shop/web:1") else { panic!("ambiguous") };
        assert_eq!(paths.len(), 2);
        let archive: Reference = format!("archive:{root}/a b@c:d/e:1").parse().unwrap();
        let found = resolve_layout_path(archive).unwrap();
        assert_eq!(
            (found.repository.path(), found.version()),
            (Some(&*scratch.path().join("a b@c")), name("d/e:1"))
        );
        let remote: Reference = "example.org/a:1".parse().unwrap();
        assert_eq!(resolve_layout_path(remote.clone()), Ok(remote));
    }
}
