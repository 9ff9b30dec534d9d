//! The file of a Debian package (`.deb`): an `ar` archive with the control files and the files of the package, each as a
//! compressed tar archive.
//!
//! Invariant: the container is read in one way only, every size is compared with the bytes that are there, and nothing is
//! decompressed beyond a bound. What the package says about itself is compared with the signed index before it is used.
//!
//! Source: deb(5), ar(5); `dpkg-deb` where they are silent.

mod ar;
mod compression;
mod control_files;
mod error;
mod identity;
pub mod limits;
#[cfg(test)]
mod tests;

use std::io::{Read, Seek, SeekFrom};

use ar::Ar;

pub use compression::Compression;
pub use control_files::ControlFiles;
pub use error::ContainerError;
pub use identity::{Expected, check_identity};

/// The bytes of `debian-binary` that are looked at.
const FORMAT_LINE: u64 = 16;

/// An archive inside a package file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins in the package file.
    pub offset: u64,
    /// Its size in bytes.
    pub size: u64,
    /// How they are compressed.
    pub compression: Compression,
}

/// A package file, taken apart. Nothing is decompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// `control.tar`: the control file, the maintainer scripts, the checksums.
    pub control: Part,
    /// `data.tar`: the files.
    pub data: Part,
}

impl Container {
    /// Reads the members of a package file. Only their headers are read.
    ///
    /// 1. `debian-binary` is first and has a format version 2.x.
    /// 2. `control.tar` and `data.tar` follow, in this order.
    /// 3. Members whose names begin with `_` are skipped, and so is everything after `data.tar`.
    ///
    /// # Errors
    ///
    /// [`ContainerError`] for any other member before `data.tar`, a compression that this program does not read, sizes
    /// that do not fit, and a file that ends too early.
    pub fn read<F: Read + Seek>(file: &mut F) -> Result<Self, ContainerError> {
        let mut members = Ar::new(file)?;
        let format = members.next_member()?.ok_or(ContainerError::CutOff)?;
        if format.name != "debian-binary" {
            return Err(ContainerError::NotAPackage);
        }
        check_format(&members.beginning(&format, FORMAT_LINE)?)?;
        let mut control = None;
        while let Some(member) = members.next_member()? {
            if member.name.starts_with('_') {
                continue;
            }
            let part = |extension: &str| -> Result<Part, ContainerError> {
                let compression = Compression::of_extension(extension)
                    .ok_or_else(|| ContainerError::Compression { member: member.name.clone() })?;
                Ok(Part { offset: member.offset, size: member.size, compression })
            };
            match (member.name.strip_prefix("control.tar"), member.name.strip_prefix("data.tar"), &control) {
                (Some(extension), _, None) => control = Some(part(extension)?),
                (_, Some(extension), Some(control)) => {
                    return Ok(Self { control: control.clone(), data: part(extension)? });
                }
                _ => return Err(ContainerError::Member { member: member.name }),
            }
        }
        Err(ContainerError::Missing { member: if control.is_none() { "control.tar" } else { "data.tar" } })
    }
}

impl Part {
    /// A reader of the decompressed archive, from the package file it was found in. See [`Compression::reader`].
    ///
    /// # Errors
    ///
    /// [`ContainerError::Read`].
    pub fn reader<'a, F: Read + Seek>(
        &self,
        file: &'a mut F,
        limit: u64,
    ) -> Result<impl Read + use<'a, F>, ContainerError> {
        file.seek(SeekFrom::Start(self.offset)).map_err(|error| ContainerError::read(&error))?;
        self.compression.reader(file.take(self.size), limit)
    }
}

/// Checks the content of `debian-binary`: one line, `2.` and a number; later lines are for later versions.
fn check_format(content: &[u8]) -> Result<(), ContainerError> {
    let version = content.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let minor = version.strip_prefix(b"2.").and_then(|rest| rest.strip_suffix(b"\n"));
    if minor.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)) {
        return Ok(());
    }
    let version = String::from_utf8_lossy(version);
    Err(ContainerError::Format { version: version.trim_end().escape_debug().to_string() })
}
