//! Makes a new layout.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::super::Error;
use crate::diagnostic::IoCause;

/// The files of a layout without images (OCI Image Layout Specification). The last one makes it a layout.
const FILES: [(&str, &str); 2] = [
    (
        "index.json",
        r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#,
    ),
    ("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#),
];

/// Makes a layout without images in a directory that does not exist or is empty. Everything else stays as it is. The
/// result is whether a layout was made.
///
/// # Errors
///
/// [`Error::Layout`] if the directory cannot be written.
pub fn create_layout(directory: &Path) -> Result<bool, Error> {
    let failed = |error: io::Error| Error::Layout {
        path: format!("`{}`", directory.display()),
        cause: format!("it cannot be created: {}", IoCause(&error)),
    };
    let is_free = match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if is_free {
        write(directory).map_err(failed)?;
    }
    Ok(is_free)
}

fn write(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory.join("blobs/sha256"))?;
    for (name, text) in FILES {
        let mut file = OpenOptions::new().write(true).create_new(true).open(directory.join(name))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_directory_without_content_becomes_a_layout() {
        let root = tempfile::tempdir().unwrap();
        let empty = root.path().join("empty");
        fs::create_dir(&empty).unwrap();
        for directory in [root.path().join("new/deep"), empty] {
            assert_eq!(create_layout(&directory), Ok(true));
            assert_eq!(fs::read_to_string(directory.join("oci-layout")).unwrap(), FILES[1].1);
            // A layout is not made again.
            assert_eq!(create_layout(&directory), Ok(false));
        }
        let other = root.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("a"), "mine").unwrap();
        assert_eq!(create_layout(&other), Ok(false));
        assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
        // A file is no directory.
        assert_eq!(create_layout(&other.join("a")), Ok(false));
        let below = create_layout(&other.join("a/b"));
        assert!(matches!(below, Ok(false) | Err(Error::Layout { .. })), "{below:?}");
    }
}
