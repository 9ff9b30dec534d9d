//! Files from URLs and Git repositories (`contents.files`), fetched and compared with their checksums.
//!
//! What becomes of a file is decided by its URL and `path` alone, never by its bytes: see [`Placement`].

#[cfg(test)]
mod tests;

use std::io;
use std::ops::Range;

use super::archive_tree::{ArchiveFault, archive_tree};
use super::content::Content;
use super::limits::FETCHED_UNPACKED;
use super::node::{Metadata, Node, NodeKind, Origin};
use super::ownership::Ownership;
use super::path::{PathError, TreePath};
use super::resolve::ResolveError;
use super::selection::{Selection, SelectionError};
use super::spool::Spool;
use super::transfer::{Transfer, TransferError, Transferred, transfer};
use super::tree::{NotInDirectory, Tree};
use crate::builder::definition::{FileSource, Spanned, Text};
use crate::builder::packages::deb::container::Compression;
use crate::limits::Exceeded;

/// What was fetched.
#[derive(Clone, Debug, PartialEq)]
pub enum Fetched {
    /// The bytes of a URL.
    File(Content),
    /// The files of a Git checkout, in any order.
    Checkout(Vec<CheckoutEntry>),
}

/// A file of a Git checkout.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckoutEntry {
    /// The path in the checkout.
    pub path: String,
    /// What it is.
    pub kind: CheckoutKind,
}

/// What a file of a Git checkout is.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckoutKind {
    /// A regular file.
    File {
        /// The bytes.
        content: Content,
        /// Whether it is a program.
        is_executable: bool,
    },
    /// A symbolic link.
    Symlink(String),
    /// An empty directory: a submodule.
    Directory,
}

/// What becomes of the bytes of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// They are stored as they are.
    Store,
    /// They are decompressed: a URL that ends in `.gz`, for a path that does not.
    Gunzip,
    /// They are unpacked into the directory `path`: a tar archive, for a path that ends in `/` or whose last part has no
    /// extension.
    Unpack(Compression),
    /// They would be unpacked, and this program does not read the compression.
    Unsupported(&'static str),
}

/// A file that cannot be put into the image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file `{url}`: {cause}")]
pub struct FetchedError {
    /// The bytes of the definition that hold the file.
    pub range: Range<usize>,
    /// The URL.
    pub url: String,
    /// The cause.
    pub cause: FetchedFault,
}

/// Why a file cannot be put into the image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchedFault {
    /// The entry has no `path`, or an empty one.
    #[error("it has no `path`")]
    NoPath,
    /// `path` is a directory, and the URL has no name for the file in it.
    #[error("its URL ends in `/`, so the file needs a name: add one to `path`")]
    NoName,
    /// Permissions that are not octal.
    #[error("`{0}` is no file mode: expected 3 or 4 octal digits, such as `0755`")]
    Mode(String),
    /// The path, or one in the archive or checkout, cannot be a path of an image.
    #[error("{0}")]
    Path(#[from] PathError),
    /// The path leads through links that lead nowhere.
    #[error("{0}")]
    Resolve(#[from] ResolveError),
    /// Something else than a directory stands where one is needed.
    #[error("{0}")]
    NotInDirectory(#[from] NotInDirectory),
    /// A directory stands at the path of the file.
    #[error("`{0}` is a directory of the image: end `path` in `/` to store the file in it")]
    IsDirectory(TreePath),
    /// `includes` or `excludes`.
    #[error("{0}")]
    Selection(#[from] SelectionError),
    /// A file of the archive or checkout.
    #[error("{0}")]
    Transfer(#[from] TransferError),
    /// The archive cannot be read.
    #[error("{0}")]
    Archive(#[from] ArchiveFault),
    /// The compression of the archive.
    #[error("{0} archives are not supported: use one that is compressed with gzip, xz or zstd")]
    Compression(&'static str),
    /// The bytes cannot be decompressed, read or kept.
    #[error("it cannot be unpacked: {0}")]
    Unpack(String),
    /// Two files of a checkout have one path.
    #[error("the checkout has `{0}` twice")]
    Repeated(TreePath),
    /// A limit was reached.
    #[error("{0}")]
    Limit(#[from] Exceeded),
}

impl Placement {
    /// What becomes of the bytes of `url` at `path`. Query and fragment of the URL do not count.
    pub fn of(url: &str, path: &str) -> Self {
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let name = url.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let target = path.rsplit('/').next().unwrap_or_default();
        let archive =
            ARCHIVES.iter().find(|(endings, _)| endings.iter().any(|ending| name.ends_with(ending)));
        match archive {
            Some((_, placement)) if is_directory_name(target) => *placement,
            None if name.ends_with(".gz") && !target.to_ascii_lowercase().ends_with(".gz") => Self::Gunzip,
            _ => Self::Store,
        }
    }
}

/// Tar archives by the endings of their names.
const ARCHIVES: [(&[&str], Placement); 6] = [
    (&[".tar"], Placement::Unpack(Compression::None)),
    (&[".tar.gz", ".tgz"], Placement::Unpack(Compression::Gzip)),
    (&[".tar.xz", ".txz"], Placement::Unpack(Compression::Xz)),
    (&[".tar.zst", ".tzst"], Placement::Unpack(Compression::Zstd)),
    (&[".tar.bz2", ".tbz2", ".tbz"], Placement::Unsupported("bzip2")),
    (&[".tar.lz", ".tar.lzma", ".tlz"], Placement::Unsupported("lzma")),
];

/// Whether the last part of a path is that of a directory: it is empty or has no extension.
///
/// The last number of a version is no extension: `/opt/tool-1.2` is a directory.
fn is_directory_name(name: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    name.trim_start_matches('.').rsplit_once('.').is_none_or(|(_, extension)| is_number(extension))
}

/// Puts a file, the files of an archive or a checkout into a tree. `url` is what was fetched. What has no time of its own
/// was last changed at `epoch`, in seconds since 1970. `spool` keeps the files of archives.
///
/// # Errors
///
/// [`FetchedError`]. The tree is then changed in part.
pub fn add_fetched(
    tree: &mut Tree,
    source: &FileSource,
    url: &str,
    fetched: Fetched,
    spool: &mut dyn Spool,
    epoch: i64,
) -> Result<Transferred, FetchedError> {
    let failed = |cause| FetchedError { range: source.range.clone(), url: url.to_owned(), cause };
    let mut adder = Adder { tree, source, url, spool, epoch };
    adder.add(fetched).map_err(failed)
}

struct Adder<'a> {
    tree: &'a mut Tree,
    source: &'a FileSource,
    url: &'a str,
    spool: &'a mut dyn Spool,
    epoch: i64,
}

impl<'a> Adder<'a> {
    fn add(&mut self, fetched: Fetched) -> Result<Transferred, FetchedFault> {
        let path = self.source.path.as_ref().filter(|path| !path.is_empty()).ok_or(FetchedFault::NoPath)?;
        let target = TreePath::parse(path)?;
        match fetched {
            Fetched::Checkout(entries) => {
                let files = checkout_tree(entries, self.epoch)?;
                self.transfer(&files, target, true)
            }
            Fetched::File(content) => match Placement::of(self.url, path) {
                Placement::Store => self.store(content, path, &target, ""),
                Placement::Gunzip => {
                    let content = gunzipped(&content, self.spool)?;
                    self.store(content, path, &target, ".gz")
                }
                Placement::Unpack(compression) => {
                    let reader = compression.reader(content.reader(), FETCHED_UNPACKED);
                    let reader = reader.map_err(|error| FetchedFault::Unpack(error.to_string()))?;
                    let files = archive_tree(reader, self.spool, self.epoch)?;
                    self.transfer(&files, target, true)
                }
                Placement::Unsupported(compression) => Err(FetchedFault::Compression(compression)),
            },
        }
    }

    /// Stores bytes at a path, or in the directory with a path that ends in `/`, under the name in the URL without
    /// `ending`.
    fn store(
        &mut self,
        content: Content,
        path: &str,
        target: &TreePath,
        ending: &str,
    ) -> Result<Transferred, FetchedFault> {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        let name = url.rsplit('/').next().unwrap_or_default();
        let name = name.strip_suffix(ending).unwrap_or(name);
        let target = match path.ends_with('/') {
            true if name.is_empty() => return Err(FetchedFault::NoName),
            true => target.join(name)?,
            false => target.clone(),
        };
        let at = self.tree.resolve(&target)?;
        if at.is_root() || self.tree.get(&at).is_some_and(Node::is_directory) {
            return Err(FetchedFault::IsDirectory(at));
        }
        // One file is a tree as well: so it is copied, and reported, by the same rules.
        let parent = at.parent().unwrap_or_default();
        let mut files = Tree::new(self.epoch);
        let name = TreePath::ROOT.join(at.name())?;
        files.put(name, file(content, 0o644, self.epoch))?;
        self.tree.make_parents(&at, self.epoch)?;
        self.transfer(&files, parent, false)
    }

    /// Copies files into a directory. `is_selected`: only those that `includes` and `excludes` select.
    fn transfer(
        &mut self,
        files: &Tree,
        target: TreePath,
        is_selected: bool,
    ) -> Result<Transferred, FetchedFault> {
        let texts = |texts: &'a [Text]| texts.iter().map(|text| text.value.as_str());
        let selection = match is_selected {
            true => Selection::new(texts(&self.source.includes), texts(&self.source.excludes))?,
            false => Selection::default(),
        };
        let plan = Transfer {
            from: files,
            selection: &selection,
            target,
            ownership: self.ownership()?,
            origin: Origin::Fetched(self.url.to_owned()),
            epoch: self.epoch,
        };
        Ok(transfer(self.tree, &plan)?)
    }

    fn ownership(&self) -> Result<Ownership, FetchedFault> {
        let mode = match &self.source.mode {
            None => None,
            Some(mode) => {
                let bits = mode.value.and_then(|mode| u16::try_from(mode.bits()).ok());
                Some(bits.ok_or_else(|| FetchedFault::Mode(mode.as_str().to_owned()))?)
            }
        };
        // A definition gives what it fetches to `root` unless it says otherwise.
        let id = |id: &Option<Spanned<u32>>| Some(id.as_ref().map_or(0, |id| id.value));
        Ok(Ownership { uid: id(&self.source.uid), gid: id(&self.source.gid), mode })
    }
}

fn file(content: Content, mode: u16, epoch: i64) -> Node {
    Node {
        metadata: Metadata::of_root(mode, epoch),
        kind: NodeKind::File { content, link: None },
        origin: Origin::Implied.into(),
    }
}

/// Decompresses a file twice, since a spool is told the length first: no size in the file is believed.
fn gunzipped(content: &Content, spool: &mut dyn Spool) -> Result<Content, FetchedFault> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::FileTooLarge => Exceeded::new("its unpacked size", FETCHED_UNPACKED, "bytes").into(),
        _ => FetchedFault::Unpack(error.to_string()),
    };
    let open = || {
        let reader = Compression::Gzip.reader(content.reader(), FETCHED_UNPACKED);
        reader.map_err(|error| FetchedFault::Unpack(error.to_string()))
    };
    let length = io::copy(&mut open()?, &mut io::sink()).map_err(failed)?;
    spool.store(length, &mut open()?).map_err(failed)
}

fn checkout_tree(mut entries: Vec<CheckoutEntry>, epoch: i64) -> Result<Tree, FetchedFault> {
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    let mut tree = Tree::new(epoch);
    for CheckoutEntry { path, kind } in entries {
        let path = TreePath::parse(&path)?;
        if tree.get(&path).is_some() {
            return Err(FetchedFault::Repeated(path));
        }
        let node = match kind {
            CheckoutKind::File { content, is_executable } => {
                file(content, if is_executable { 0o755 } else { 0o644 }, epoch)
            }
            CheckoutKind::Symlink(target) => Node {
                metadata: Metadata::of_root(0o777, epoch),
                kind: NodeKind::Symlink { target },
                origin: Origin::Implied.into(),
            },
            CheckoutKind::Directory => Node {
                metadata: Metadata::of_root(0o755, epoch),
                kind: NodeKind::Directory,
                origin: Origin::Implied.into(),
            },
        };
        // A path below a link is refused: it would lead out of the checkout.
        tree.make_parents(&path, epoch)?;
        tree.put(path, node)?;
    }
    Ok(tree)
}
