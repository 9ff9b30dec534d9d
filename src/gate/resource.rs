//! The names of repositories in verification summaries.

use crate::oci::Repository;

/// The `resourceUri` of a repository: `oci://HOST/PATH`, or `oci-dir:` and `archive:` with the path as given. There
/// are no summaries about images of a local engine.
pub fn resource(repository: &Repository) -> String {
    match repository {
        Repository::Remote(name) => format!("oci://{name}"),
        Repository::Layout(path) => format!("oci-dir:{}", path.display()),
        Repository::Archive(path) => format!("archive:{}", path.display()),
        Repository::Local(_) => repository.to_string(),
    }
}
