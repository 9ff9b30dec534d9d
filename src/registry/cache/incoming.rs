//! Files that are hashed while they are written, such as packages that are downloaded.
//!
//! Invariant: a file is kept under the digest of all of its bytes, or not at all. A process that ends before leaves a
//! temporary file, which pruning removes.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use super::Cache;
use super::store::mark_used;
use crate::oci::{Digest, Hasher};
use crate::registry::Sink;
use crate::registry::directory::{Directory, TempFile};

/// A file that is being written.
pub(crate) struct Incoming<'a> {
    target: Target<'a>,
    hasher: Hasher,
    length: u64,
}

enum Target<'a> {
    /// A file of the cache.
    Cached(&'a Directory, TempFile<'a>),
    /// A file without a name, where nothing is cached.
    Unnamed(File),
}

/// The digests that name files in the cache.
fn hasher() -> Hasher {
    Digest::of(b"").hasher()
}

impl Cache {
    /// The file with this digest, whose bytes were hashed again, at its beginning.
    pub(crate) fn file(&self, digest: &Digest) -> Option<File> {
        let store = self.store.as_ref()?;
        let (folder, name) = store.place(digest);
        let mut file = folder.file(&name).ok()??;
        let mut hasher = digest.hasher();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => hasher.update(buffer.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        if hasher.finish() != *digest {
            let _ = folder.remove(&name);
            return None;
        }
        if let Ok(metadata) = file.metadata() {
            mark_used(&file, &metadata);
        }
        file.seek(SeekFrom::Start(0)).ok().map(|_| file)
    }

    /// Begins a file.
    ///
    /// # Errors
    ///
    /// If there is no place for it.
    pub(crate) fn incoming(&self) -> io::Result<Incoming<'_>> {
        let target = match &self.store {
            Some(store) => {
                let folder = store.sha256();
                Target::Cached(folder, folder.temp_file(0o600)?)
            }
            None => Target::Unnamed(tempfile::tempfile()?),
        };
        Ok(Incoming { target, hasher: hasher(), length: 0 })
    }
}

impl Incoming<'_> {
    /// Ends the file: its digest, and the file at its beginning. In a cache, it is kept.
    ///
    /// # Errors
    ///
    /// An error of the storage.
    pub(crate) fn finish(self) -> io::Result<(Digest, File)> {
        let digest = self.hasher.finish();
        let mut file = match self.target {
            Target::Cached(folder, temp) => {
                let name = digest.hex();
                temp.rename(name.as_ref())?;
                folder.file(&name)?.ok_or(io::ErrorKind::NotFound)?
            }
            Target::Unnamed(file) => file,
        };
        file.seek(SeekFrom::Start(0))?;
        Ok((digest, file))
    }

    /// Ends the file if it has this digest. `Err` has the digest that it has: it is not kept.
    ///
    /// # Errors
    ///
    /// An error of the storage.
    pub(crate) fn finish_as(self, expected: &Digest) -> io::Result<Result<File, Digest>> {
        let found = self.hasher.clone().finish();
        if found != *expected {
            return Ok(Err(found));
        }
        self.finish().map(|(_, file)| Ok(file))
    }

    fn file(&mut self) -> &mut File {
        match &mut self.target {
            Target::Cached(_, temp) => temp.file(),
            Target::Unnamed(file) => file,
        }
    }
}

impl Sink for Incoming<'_> {
    fn length(&self) -> u64 {
        self.length
    }

    fn write(&mut self, part: &[u8]) -> io::Result<()> {
        self.file().write_all(part)?;
        self.hasher.update(part);
        self.length = self.length.saturating_add(part.len() as u64);
        Ok(())
    }

    fn restart(&mut self) -> io::Result<()> {
        self.file().set_len(0)?;
        self.file().seek(SeekFrom::Start(0))?;
        (self.hasher, self.length) = (hasher(), 0);
        Ok(())
    }
}
