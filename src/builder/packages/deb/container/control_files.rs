//! The control files of a package: `control`, `md5sums`, `conffiles`, maintainer scripts.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::Container;
use super::error::ContainerError;
use super::limits::{CONTROL_ENTRIES, CONTROL_FILES, CONTROL_HEADER};
use crate::archive::{StreamBounds, TarError, read_files};

const CONTROL: &str = "control";

const BOUNDS: StreamBounds = StreamBounds {
    bytes: CONTROL_FILES,
    entries: CONTROL_ENTRIES,
    header: CONTROL_HEADER,
    parts: 1,
    refuses_names: true,
    accepts_rooted: false,
};

/// The control files of a package, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlFiles {
    files: BTreeMap<String, Vec<u8>>,
}

impl ControlFiles {
    /// Reads `control.tar` of a package file.
    ///
    /// # Errors
    ///
    /// [`ContainerError`] if the archive is damaged or too large, has a link, a folder with files or a file twice, or no
    /// file `control`.
    pub fn read<F: Read + Seek>(file: &mut F, container: &Container) -> Result<Self, ContainerError> {
        let mut files = BTreeMap::new();
        // One byte more than `read_files` allows, so that it is the one to refuse.
        let reader = container.control.reader(file, CONTROL_FILES + 1)?;
        read_files(reader, &BOUNDS, |path, _, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map_err(|error| TarError::in_stream(&error))?;
            match files.insert(path.to_owned(), bytes) {
                None => Ok(()),
                Some(_) => Err(TarError::Refused(format!("it has two files `{}`", path.escape_debug()))),
            }
        })
        .map_err(|error| ContainerError::tar("control.tar", error))?;
        if files.contains_key(CONTROL) {
            Ok(Self { files })
        } else {
            Err(ContainerError::Missing { member: CONTROL })
        }
    }

    /// The stanza that describes the package.
    #[must_use]
    pub fn control(&self) -> &[u8] {
        self.get(CONTROL).unwrap_or_default()
    }

    /// The content of a control file.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// The names of all control files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}
