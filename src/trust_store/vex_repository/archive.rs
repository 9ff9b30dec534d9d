//! Reads the archive of a VEX repository: what it holds of documents and signatures is kept, and nothing is unpacked to
//! disk.

use super::error::RepositoryError;
use super::pack::{Pack, PackBuilder};
use crate::archive::{StreamBounds, TarError};
use crate::limits::Exceeded;
use crate::registry::urls::Url;
use crate::trust_store::archive::{ArchiveError, not_read, read_archive};
use crate::trust_store::limits::{
    VEX_ARCHIVE_ENTRIES, VEX_ARCHIVE_HEADER, VEX_KEPT, VEX_PATH_PARTS, VEX_UNPACKED,
};

/// The ends of the names of archives that the specification allows and that are not read.
const NOT_READ: [&str; 9] =
    [".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".zip", ".bz2", ".xz", ".7z"];
/// The ends of the names of files that are kept: documents, and signatures of them.
const KEPT: [&str; 2] = [".json", ".sig"];

const BOUNDS: StreamBounds = StreamBounds {
    bytes: VEX_UNPACKED,
    entries: VEX_ARCHIVE_ENTRIES,
    header: VEX_ARCHIVE_HEADER,
    parts: VEX_PATH_PARTS,
    refuses_names: false,
    accepts_rooted: false,
};

impl ArchiveError {
    /// The error of a repository whose archive `what` it is.
    pub(super) fn about(self, repository: &str, what: String) -> RepositoryError {
        let repository = repository.to_owned();
        match self {
            Self::Refused(cause) => RepositoryError::Unusable { repository, what, cause },
            Self::Limit(exceeded) => RepositoryError::Limit { repository, what, exceeded },
        }
    }
}

/// Refuses an archive by the end of its name, before it is fetched.
///
/// # Errors
///
/// [`ArchiveError::Refused`]
pub(super) fn check_name(url: &Url) -> Result<(), ArchiveError> {
    let path = url.path().to_ascii_lowercase();
    match NOT_READ.iter().find(|end| path.ends_with(*end)) {
        Some(end) => Err(not_read(end)),
        None => Ok(()),
    }
}

/// Reads the documents and signatures below the directory `below` of an archive: a tar archive, by gzip or not
/// compressed. The paths in the result are relative to it.
///
/// # Errors
///
/// [`ArchiveError`]. An archive with one unusable entry is refused whole.
pub(super) fn unpack(archive: &[u8], below: &str) -> Result<Pack, ArchiveError> {
    let below = below.trim_matches('/');
    let mut kept = PackBuilder::default();
    read_archive(archive, &BOUNDS, |path, size, content| {
        let inside = match below {
            "" => Some(path),
            _ => path.strip_prefix(below).and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(path) = inside.filter(|path| KEPT.iter().any(|end| path.ends_with(end))) else {
            return Ok(());
        };
        if kept.size().saturating_add(size) > VEX_KEPT {
            let what = "the size of its documents and signatures";
            return Err(TarError::Limit(Exceeded::new(what, VEX_KEPT, "bytes")));
        }
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(|error| TarError::in_stream(&error))?;
        let is_new = kept.add(path, &bytes);
        if is_new {
            Ok(())
        } else {
            Err(TarError::Refused(format!("it has two files `{}`", path.escape_debug())))
        }
    })?;
    Ok(kept.finish())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use bytes::Bytes;

    use super::super::pack::{FileError, PackReader};
    use super::*;

    fn tar(files: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, content.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn file(pack: &Pack, path: &str) -> Result<Bytes, FileError> {
        PackReader::of_bytes(pack).unwrap().read(path)
    }

    #[test]
    fn documents_and_signatures_below_a_directory_are_kept() {
        let archive = tar(&[
            ("vex-main/index.json", "{}"),
            ("vex-main/a/b.json", "[]"),
            ("vex-main/a/b.json.sig", "s"),
            ("vex-main/README.md", "text"),
            ("vex-main-2/index.json", "other"),
            ("index.json", "outer"),
        ]);
        for archive in [gzip(&archive), archive] {
            let pack = unpack(&archive, "vex-main").unwrap();
            assert_eq!(file(&pack, "index.json").unwrap(), "{}");
            assert_eq!(file(&pack, "a/b.json.sig").unwrap(), "s");
            assert_eq!(file(&pack, "README.md"), Err(FileError::Absent));
            assert_eq!(file(&unpack(&archive, "").unwrap(), "index.json").unwrap(), "outer");
            assert_eq!(file(&unpack(&archive, "vex").unwrap(), "index.json"), Err(FileError::Absent));
        }
    }

    #[test]
    fn two_files_of_one_path_are_refused() {
        let archive = tar(&[("a.json", "1"), ("./a.json", "2")]);
        assert_eq!(unpack(&archive, ""), Err(ArchiveError::Refused("it has two files `a.json`".to_owned())));
    }

    #[test]
    fn truncated_and_changed_archives_are_refused() {
        let archive = gzip(&tar(&[("index.json", "{}"), ("a.json", &"x".repeat(4000))]));
        for length in 0..archive.len() {
            assert!(unpack(&archive[..length], "").is_err(), "{length}");
        }
        // The check value is at the end of the stream.
        let mut changed = archive.clone();
        let at = changed.len() - 8;
        changed[at] ^= 1;
        assert!(matches!(unpack(&changed, ""), Err(ArchiveError::Refused(_))));
    }

    #[test]
    fn a_huge_archive_is_refused_before_it_is_read() {
        // Only the header of the file is there: the size that it claims suffices.
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut header = tar::Header::new_gnu();
        header.set_path("a.json").unwrap();
        header.set_size(VEX_UNPACKED + 1);
        header.set_mode(0o644);
        header.set_cksum();
        encoder.write_all(header.as_bytes()).unwrap();
        let refused = unpack(&encoder.finish().unwrap(), "");
        assert!(matches!(refused, Err(ArchiveError::Limit(_))), "{refused:?}");
    }

    #[test]
    fn other_formats_are_refused_by_name() {
        for name in ["a.zip", "a.tar.bz2", "a.TBZ2", "a.tar.xz", "a.txz", "a.bz2", "a.xz"] {
            let url = format!("https://example.com/{name}").parse().unwrap();
            let Err(ArchiveError::Refused(cause)) = check_name(&url) else { panic!("{name}") };
            assert!(cause.contains(&name[1..].to_ascii_lowercase()), "{cause}");
        }
        for name in ["a.tar.gz", "a.tgz", "a.tar", "archive"] {
            assert_eq!(check_name(&format!("https://example.com/{name}").parse().unwrap()), Ok(()));
        }
        for (content, name) in [
            (&b"PK\x03\x04"[..], ".zip"),
            (b"BZh9", ".tar.bz2"),
            (b"\xfd7zXZ\0", ".tar.xz"),
            (b"<html>", "not a tar"),
        ] {
            let Err(ArchiveError::Refused(cause)) = unpack(content, "") else { panic!("{name}") };
            assert!(cause.contains(name), "{cause}");
        }
    }
}
