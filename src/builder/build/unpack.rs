//! Unpacks package files side by side, and puts their files into one tree.
//!
//! Invariant: what a package says about itself is compared with the lock before any of its files is used.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::BuildError;
use super::phase::{Phase, Steps};
use super::spool::SpoolFile;
use super::unpack_error::UnpackError;
use crate::builder::lock::{Identity, Package, PlatformLock};
use crate::builder::package_plan::Distribution;
use crate::builder::packages::apk::container::Entry;
use crate::builder::packages::apk::pkginfo::{self, Listed, PackageInfo};
use crate::builder::packages::deb::container::{Container, ControlFiles, Expected, check_identity};
use crate::builder::repositories::PackageFile;
use crate::builder::rootfs::archive_entries::{ArchiveEntry, EntryRules, read_entries};
use crate::builder::rootfs::packages::{MergeError, Merged, PackageTree};
use crate::diagnostic::IoCause;
use crate::registry::mutex::lock;

/// The last second of the year 9999, since 1970.
const LAST_SECOND: i64 = 253_402_300_799;

/// The packages of an image, unpacked, in the order of the lock.
pub(super) struct Decoded(Vec<One>);

enum One {
    Deb { control: ControlFiles, entries: Vec<ArchiveEntry> },
    Apk { info: Box<PackageInfo>, identity: [u8; 20], scripts: Vec<Entry>, entries: Vec<ArchiveEntry> },
}

impl Decoded {
    /// The newest time at which an Alpine package was built, in seconds since 1970. 0 if there is none.
    pub(super) fn newest_build(&self) -> i64 {
        let built = |one: &One| match one {
            One::Deb { .. } => None,
            One::Apk { info, .. } => {
                let built = info.other.iter().find(|(key, _)| key == "builddate");
                let seconds = built.and_then(|(_, value)| value.parse::<i64>().ok());
                seconds.filter(|seconds| (0..=LAST_SECOND).contains(seconds))
            }
        };
        self.0.iter().filter_map(built).max().unwrap_or_default()
    }

    /// Puts the files of all packages into one tree.
    ///
    /// # Errors
    ///
    /// [`MergeError`]
    pub(super) fn merge(self, epoch: i64) -> Result<Merged, MergeError> {
        let mut tree = PackageTree::new(epoch);
        for one in self.0 {
            match one {
                One::Deb { control, entries } => tree.add_deb(control, entries)?,
                One::Apk { info, identity, scripts, entries } => {
                    tree.add_apk(*info, identity, scripts, entries)?;
                }
            }
        }
        tree.finish()
    }
}

/// Unpacks the packages, with this number of threads.
///
/// # Errors
///
/// That of the first package in the order of the lock.
pub(super) fn decode(
    distribution: &Distribution,
    locked: &PlatformLock,
    files: &[PackageFile],
    threads: usize,
    steps: Steps<'_>,
) -> Result<Decoded, BuildError> {
    let work: Vec<(&Package, &PackageFile)> = locked.packages.iter().zip(files).collect();
    let mut order: Vec<usize> = (0..work.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(work.get(*at).map_or(0, |(package, _)| package.size)));
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<One, BuildError>)>> = Mutex::default();
    let run = || {
        let mut spool = None;
        while let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed))
            && let Some((package, file)) = work.get(*at)
        {
            let one = decode_one(distribution, package, file, &mut spool);
            let mut results = lock(&results);
            results.push((*at, one));
            steps.at(Phase::Unpack { done: results.len(), all: work.len() });
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(work.len()) {
            scope.spawn(run);
        }
        run();
    });
    let mut results = std::mem::take(&mut *lock(&results));
    results.sort_by_key(|(at, _)| *at);
    let all = results.into_iter().map(|(_, one)| one).collect::<Result<Vec<One>, BuildError>>()?;
    Ok(Decoded(all))
}

fn decode_one(
    distribution: &Distribution,
    package: &Package,
    file: &PackageFile,
    spool: &mut Option<SpoolFile>,
) -> Result<One, BuildError> {
    let spool = match spool {
        Some(spool) => spool,
        None => spool.insert(SpoolFile::new().map_err(BuildError::storage)?),
    };
    let shown = || format!("{} {}", package.name, package.version);
    let read =
        |error: &std::io::Error| UnpackError::Read { package: shown(), cause: IoCause(error).to_string() };
    let mut file: &File = &file.file;
    file.seek(SeekFrom::Start(0)).map_err(|error| read(&error))?;
    match (distribution, &package.identity) {
        (Distribution::Debian(_), Identity::Deb(_)) => Ok(deb(package, &mut file, spool)?),
        (Distribution::Alpine(_), Identity::Apk { checksum, .. }) => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(|error| read(&error))?;
            Ok(apk(package, checksum.0, &bytes, spool)?)
        }
        _ => Err(UnpackError::Distribution(shown()).into()),
    }
}

fn deb(package: &Package, file: &mut &File, spool: &mut SpoolFile) -> Result<One, UnpackError> {
    let shown = || format!("{} {}", package.name, package.version);
    let wrong = |cause| UnpackError::Deb { package: shown(), cause };
    let container = Container::read(file).map_err(wrong)?;
    let control = ControlFiles::read(file, &container).map_err(wrong)?;
    let expected =
        Expected { name: &package.name, version: &package.version, architecture: &package.architecture };
    check_identity(control.control(), &expected).map_err(wrong)?;
    let rules = EntryRules::PACKAGE;
    // One byte more than the entries may have, so that they are the ones to refuse.
    let data = container.data.reader(file, rules.bytes + 1).map_err(wrong)?;
    let entries = read_entries(data, &rules, spool)
        .map_err(|cause| UnpackError::Archive { package: shown(), cause })?;
    Ok(One::Deb { control, entries })
}

fn apk(
    package: &Package,
    identity: [u8; 20],
    bytes: &[u8],
    spool: &mut SpoolFile,
) -> Result<One, UnpackError> {
    let shown = || format!("{} {}", package.name, package.version);
    let listed = Listed {
        size: package.size,
        identity,
        name: &package.name,
        version: &package.version,
        architecture: &package.architecture,
    };
    let (parts, info) = pkginfo::check(bytes, &listed)
        .map_err(|cause| UnpackError::Apk { package: shown(), cause: Box::new(cause) })?;
    let rules = EntryRules::PACKAGE;
    let entries = read_entries(parts.unpacked_data(rules.bytes + 1), &rules, spool)
        .map_err(|cause| UnpackError::Archive { package: shown(), cause })?;
    let scripts = parts.files.into_iter().filter(|file| file.name != ".PKGINFO").collect();
    Ok(One::Apk { info: Box::new(info), identity, scripts, entries })
}
