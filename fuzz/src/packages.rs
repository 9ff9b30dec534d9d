//! Package files, signed indexes and lock files of definitions.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use dhi::builder::lock;
use dhi::builder::packages::apk::container::Signed;
use dhi::builder::packages::apk::pkginfo::{Listed, PackageInfo, check};
use dhi::builder::packages::apk::{dependency as apk_dependency, index as apk, version as apk_version};
use dhi::builder::packages::deb;
use dhi::builder::packages::deb::container::{Container, ControlFiles, Expected, check_identity};
use dhi::builder::packages::deb::index::Contents;
use dhi::builder::packages::openpgp::{Keyring, verify, verify_detached};
use jiff::Timestamp;

const KEYRING: &[u8] = include_bytes!("../fixed/archive.gpg");
/// A text, and its signature by a key of the keyring.
const TEXT: &str = include_str!("../fixed/Release");
const SIGNED: &str = include_str!("../fixed/InRelease");

static KEYS: LazyLock<Keyring> = LazyLock::new(|| Keyring::read(KEYRING).unwrap());

/// The most bytes that are decompressed.
const UNPACKED: u64 = 1 << 20;

fn at() -> Timestamp {
    "2026-12-02T00:00:00Z".parse().unwrap()
}

/// What a package file contains lies within it, and its name is compared exactly.
pub fn deb_package(data: &[u8]) {
    let mut file = Cursor::new(data);
    let Ok(container) = Container::read(&mut file) else { return };
    for part in [&container.control, &container.data] {
        assert!(part.offset + part.size <= data.len() as u64);
        let mut content = Vec::new();
        if let Ok(mut reader) = part.reader(&mut file, UNPACKED) {
            let _ = reader.read_to_end(&mut content);
        }
        assert!(content.len() as u64 <= UNPACKED);
    }
    let Ok(files) = ControlFiles::read(&mut file, &container) else { return };
    assert!(files.names().any(|name| name == "control"));
    let expected = Expected { name: "demo", version: "1:1.0-1", architecture: "all" };
    if check_identity(files.control(), &expected).is_ok() {
        let control = String::from_utf8_lossy(files.control()).into_owned();
        for value in ["demo", "1:1.0-1", "all"] {
            assert!(control.contains(value));
        }
    }
}

/// The first byte selects what is replaced: the message, the keyring, or the signature. A good signature is about the
/// signed text alone.
pub fn signed_index(data: &[u8]) {
    let Some((part, data)) = data.split_first() else { return };
    let result = match part % 3 {
        0 => verify(data, &KEYS, at()),
        1 => {
            let Ok(keys) = Keyring::read(data) else { return };
            assert!(!keys.certificates().is_empty());
            for certificate in keys.certificates() {
                assert_eq!(certificate.details(at()).fingerprint, certificate.fingerprint());
            }
            verify(SIGNED.as_bytes(), &keys, at())
        }
        _ => verify_detached(TEXT.as_bytes(), data, &KEYS, at()),
    };
    if let Ok(signed) = result {
        assert_eq!(signed.text, TEXT);
        assert!(!signed.signatures.is_empty());
    }
}

/// A lock that was read is written and read again as the same lock, and differs from itself in nothing.
pub fn lock_file(data: &[u8]) {
    let Ok(lock) = lock::read(data) else { return };
    let bytes = lock::write(&lock).unwrap();
    assert_eq!(lock::read(&bytes).as_ref(), Ok(&lock));
    assert_eq!(lock::diff(&lock, &lock), []);
    for platform in &lock.platforms {
        for package in &platform.packages {
            assert!(!platform.why(&package.name).is_empty());
        }
    }
}

/// What a package of Alpine contains lies within it, and what it says about itself is compared exactly.
pub fn apk_package(data: &[u8]) {
    let Ok(signed) = Signed::split(data) else { return };
    assert!(signed.rest.len() <= data.len());
    let _ = signed.index();
    let Ok(package) = signed.package() else { return };
    assert_eq!(package.control.len() + package.data.len(), signed.rest.len());
    let mut content = Vec::new();
    let _ = package.unpacked_data(UNPACKED).take(UNPACKED + 1).read_to_end(&mut content);
    assert!(content.len() as u64 <= UNPACKED);
    let listed = Listed {
        size: data.len() as u64,
        identity: package.identity(),
        name: "demo",
        version: "1.0-r0",
        architecture: "x86_64",
    };
    if let Ok((checked, info)) = check(data, &listed) {
        assert_eq!(checked, package);
        assert_eq!((info.name.as_str(), info.version.as_str()), ("demo", "1.0-r0"));
        assert_eq!(info.data_hash, package.data_hash());
        let other = Listed { name: "other", ..listed };
        assert!(check(data, &other).is_err());
    }
}

/// The first byte selects the kind of list. Every package has a name and a version, reading is repeatable, and an index
/// that was made opens again.
pub fn package_list(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    match kind % 5 {
        0 => {
            let Ok(index) = apk::Index::parse(data, "x86_64") else { return };
            assert_eq!(apk::Index::parse(data, "x86_64").as_ref(), Ok(&index));
            for package in &index.packages {
                assert!(!package.name.is_empty() && !package.version.is_empty());
                assert_eq!(apk::encode_identity(&package.identity_bytes()), package.identity);
                for dependency in package.depends.split(' ').filter(|text| !text.is_empty()) {
                    let _ = apk_dependency::Dependency::parse(dependency);
                }
            }
        }
        1 => deb_index(data),
        2 => {
            let Ok(text) = str::from_utf8(data) else { return };
            let Ok(release) = deb::Release::read(text) else { return };
            assert_eq!(deb::Release::read(text).as_ref(), Ok(&release));
        }
        3 => {
            let Ok(info) = PackageInfo::parse(data) else { return };
            assert!(!info.name.is_empty() && !info.version.is_empty());
        }
        _ => {
            let Ok(text) = str::from_utf8(data) else { return };
            let (one, other) = text.split_once('\n').unwrap_or((text, text));
            if let (Ok(one), Ok(other)) = (deb::Version::parse(one), deb::Version::parse(other)) {
                assert_eq!(one.cmp(&other), other.cmp(&one).reverse());
                assert_eq!(one.cmp(&one), std::cmp::Ordering::Equal);
            }
            if apk_version::is_valid(one) && apk_version::is_valid(other) {
                let order = apk_version::compare(one, other);
                assert_eq!(order, apk_version::compare(other, one).reverse());
                assert_eq!(apk_version::compare(one, one), std::cmp::Ordering::Equal);
            }
        }
    }
}

fn deb_index(data: &[u8]) {
    let Ok(index) = deb::Index::read(data, "amd64", Contents::Repository) else {
        // As a stored block: whatever it is, reading from it does not fail.
        if let Ok(index) = deb::Index::open(data.to_vec()) {
            read_all(&index);
        }
        return;
    };
    read_all(&index);
    let opened = deb::Index::open(index.as_bytes().to_vec()).unwrap();
    assert_eq!(opened.as_bytes(), index.as_bytes());
}

fn read_all(index: &deb::Index) {
    for (at, name) in index.names().enumerate() {
        let at = at as u32;
        assert_eq!(index.find(name), Some(at));
        for package in index.packages_of(at) {
            let package = index.package(package).unwrap();
            let _ = package.filename("amd64");
            assert!(package.dependencies().chain(package.exclusions()).count() <= index.as_bytes().len());
        }
        assert!(index.providers_of(at).count() <= index.as_bytes().len());
    }
}
