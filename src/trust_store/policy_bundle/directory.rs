//! Bundles as directories.
//!
//! Directories are opened by handle, and links are refused: a policy behind one would be passed over.

use std::fs;
use std::io;
use std::path::Path;

use super::content::{ContentBuilder, Role, exceeded};
use super::error::{BundleError, ContentError};
use crate::diagnostic::IoCause;
use crate::limits::{ReadError, read_whole};
use crate::registry::Directory;
use crate::trust_store::limits::{POLICY_BUNDLE_ENTRIES, POLICY_BUNDLE_FILE, POLICY_BUNDLE_PATH_PARTS};

/// Adds the files below `root`. Directories whose names begin with a dot are not read.
///
/// # Errors
///
/// [`BundleError::Read`] if a part of it cannot be read, else as [`ContentBuilder`].
pub(super) fn read(root: &Path, bundle: &str, content: &mut ContentBuilder) -> Result<(), BundleError> {
    let failed = |path: &Path, error: &io::Error| BundleError::Read {
        bundle: bundle.to_owned(),
        cause: format!("`{}`: {}", path.display(), IoCause(error)),
    };
    let layout = |cause: String| ContentError::Layout(cause).of(bundle);
    let top = Directory::open(root).map_err(|error| failed(root, &error))?;
    let mut count = 0_usize;
    let mut directories = vec![(top, String::new())];
    while let Some((directory, below)) = directories.pop() {
        let listed = fs::read_dir(directory.path()).map_err(|error| failed(directory.path(), &error))?;
        let mut entries = Vec::new();
        for entry in listed {
            let entry = entry.map_err(|error| failed(directory.path(), &error))?;
            count += 1;
            if count > POLICY_BUNDLE_ENTRIES {
                let many = exceeded("the number of its entries", POLICY_BUNDLE_ENTRIES as u64, "entries");
                return Err(many.of(bundle));
            }
            let kind = entry.file_type().map_err(|error| failed(&entry.path(), &error))?;
            let Ok(name) = entry.file_name().into_string() else {
                return Err(layout(format!("the name of `{}` is not UTF-8", entry.path().display())));
            };
            entries.push((name, kind));
        }
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        for (name, kind) in entries {
            let path = format!("{below}{name}");
            if kind.is_dir() {
                if name.starts_with('.') {
                    continue;
                }
                if path.split('/').count() > POLICY_BUNDLE_PATH_PARTS {
                    let what = format!("the path of `{}`", path.escape_debug());
                    return Err(exceeded(&what, POLICY_BUNDLE_PATH_PARTS as u64, "parts").of(bundle));
                }
                let child = directory.open_child(&name).map_err(|error| failed(Path::new(&path), &error))?;
                directories.extend(child.map(|child| (child, format!("{path}/"))));
                continue;
            }
            let is_read = Role::of(&path).map_err(|error| error.of(bundle))? != Role::None;
            if kind.is_symlink() {
                // A link without effect is no reason to refuse, unless it leads to a directory.
                let leads_to_file =
                    fs::metadata(directory.path().join(&name)).is_ok_and(|target| !target.is_dir());
                if is_read || !leads_to_file {
                    return Err(layout(format!("`{path}` is a link")));
                }
            }
            if !is_read {
                content.announce(&path, 0).map_err(|error| error.of(bundle))?;
                continue;
            }
            let file = directory.file(&name).map_err(|error| failed(Path::new(&path), &error))?;
            let file = file.ok_or_else(|| failed(Path::new(&path), &io::ErrorKind::NotFound.into()))?;
            let bytes = read_whole(file, POLICY_BUNDLE_FILE).map_err(|error| match error {
                ReadError::TooLong(limit) => {
                    exceeded(&format!("its file `{path}`"), limit, "bytes").of(bundle)
                }
                ReadError::Failed(error) => failed(Path::new(&path), &error),
            })?;
            content.announce(&path, bytes.len() as u64).map_err(|error| error.of(bundle))?;
            content.add(&path, bytes).map_err(|error| error.of(bundle))?;
        }
    }
    Ok(())
}
