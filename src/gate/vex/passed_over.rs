//! Files of a directory that have the name of a document and are not VEX, such as an index or an SBOM.
//!
//! Invariant: a file that the user named, and one that may be VEX, is an error: it may keep findings.

use super::error::Error;
use super::files::{NotRead, VexFile};
use super::json_lines::values;
use crate::vex;

/// How many files of a directory are named with their own reason.
const ONE_BY_ONE: usize = 3;

/// The files that are passed over, in their order.
#[derive(Debug, Default)]
pub(super) struct PassedOver(Vec<(String, NotVex)>);

#[derive(Debug)]
struct NotVex {
    file: String,
    cause: String,
}

impl PassedOver {
    /// Adds a file that cannot be read as VEX, if it may be passed over.
    ///
    /// # Errors
    ///
    /// `error`, if the user named the file, or if it may be VEX.
    pub(super) fn add(&mut self, file: &VexFile, error: Error) -> Result<(), Error> {
        match error {
            Error::Document(vex::Error::Shape { cause, .. })
                if file.is_listed && values(&file.content).len() == 1 =>
            {
                let not_vex = NotVex { file: file.name.clone(), cause };
                self.0.push((file.given.display().to_string(), not_vex));
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// A message for each file, or one for many of a directory.
    pub(super) fn messages(self) -> impl Iterator<Item = String> {
        let mut groups: Vec<(String, Vec<NotVex>)> = Vec::new();
        for (directory, file) in self.0 {
            match groups.iter_mut().find(|(given, _)| *given == directory) {
                Some((_, group)) => group.push(file),
                None => groups.push((directory, vec![file])),
            }
        }
        groups.into_iter().flat_map(|(directory, files)| {
            if files.len() <= ONE_BY_ONE {
                let of = |NotVex { file, cause }| format!("`{file}` is not read: {cause}");
                return files.into_iter().map(of).collect::<Vec<_>>();
            }
            let files = files.into_iter().map(|not_vex| not_vex.file).collect();
            vec![NotRead { directory, files, reason: "not VEX" }.to_string()]
        })
    }
}
