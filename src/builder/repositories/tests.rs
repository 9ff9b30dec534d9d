//! Suites of Debian, from a host that a test controls.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use pgp::packet::{SecretKey, SignatureType};

use super::debian::{SuiteRequest, Suites, VerifiedLists};
use super::error::Cause;
use super::fetch::{Fetch, FetchError};
use super::{RepositoryError, Suite};
use crate::builder::packages::deb::Refused;
use crate::builder::packages::openpgp::Error;
use crate::builder::packages::openpgp::tests::keys::{
    DAY, SIGNED, at_time, key, message, ordinary, packet, says, sign, text_signature,
};
use crate::oci::Digest;
use crate::registry::Cache;
use crate::registry::urls::Url;

const ADDRESS: &str = "https://deb.example/repo/";

const PACKAGES: &str = "\
Package: tool
Version: 1.2-1
Architecture: amd64
Filename: pool/main/t/tool/tool_1.2-1_amd64.deb
Size: 1234
SHA256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

";

/// The files of a host, and the paths that were asked for.
#[derive(Default)]
struct Host {
    files: BTreeMap<String, Vec<u8>>,
    asked: Mutex<Vec<String>>,
    is_offline: bool,
}

#[async_trait]
impl Fetch for Host {
    async fn fetch(&self, url: &Url, _bound: u64) -> Result<Option<Bytes>, FetchError> {
        if self.is_offline {
            return Err(FetchError::Offline { url: url.to_string() });
        }
        let path = url.as_str().strip_prefix(ADDRESS).unwrap().to_owned();
        self.asked.lock().unwrap().push(path.clone());
        Ok(self.files.get(&path).cloned().map(Bytes::from))
    }
}

impl Host {
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The text of a list with one index. `more` are fields.
fn list(date: &str, more: &str, index: &[u8]) -> String {
    let digest = Digest::of(index).hex();
    format!(
        "Suite: stable\nCodename: trixie\nDate: {date}\nArchitectures: amd64\n{more}SHA256:\n {digest} {} \
         main/binary-amd64/Packages.gz\n",
        index.len()
    )
}

const TODAY: &str = "Thu, 01 Jan 2026 00:00:00 UTC";

/// A host with one suite, whose list `signer` signed.
fn host(signer: &SecretKey, text: &str) -> Host {
    let signed = message(text, &[text_signature(signer, &says(SIGNED), text)]);
    let files = [
        ("dists/trixie/InRelease", signed.into_bytes()),
        ("dists/trixie/main/binary-amd64/Packages.gz", gzip(PACKAGES)),
    ];
    let files = files.into_iter().map(|(path, file)| (path.to_owned(), file)).collect();
    Host { files, ..Host::default() }
}

fn ordinary_list() -> String {
    list(TODAY, "", &gzip(PACKAGES))
}

async fn read_at(host: &Host, cache: &Cache, now: Timestamp) -> Result<Suite, RepositoryError> {
    let request = SuiteRequest {
        name: "`test`".to_owned(),
        url: ADDRESS.parse().unwrap(),
        suite: "trixie".to_owned(),
        components: vec!["main".to_owned()],
        keys: ordinary(&key(1)),
        architecture: "amd64",
        locked: None,
    };
    Suites { fetch: host, cache, now, lists: &VerifiedLists::default() }.read(&request).await
}

async fn read(host: &Host, cache: &Cache) -> Result<Suite, RepositoryError> {
    read_at(host, cache, at_time(SIGNED + DAY)).await
}

fn cache() -> (tempfile::TempDir, Cache) {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::open(Some(directory.path().to_owned()));
    assert_eq!(cache.warning(), None);
    (directory, cache)
}

fn cause(result: Result<Suite, RepositoryError>) -> Cause {
    result.map(|suite| suite.digest).unwrap_err().cause
}

#[tokio::test]
async fn a_signed_suite_is_read_and_its_index_kept() {
    let (_directory, cache) = cache();
    let host = host(&key(1), &ordinary_list());
    let suite = read(&host, &cache).await.unwrap();
    assert_eq!(suite.indexes[0].index.names().collect::<Vec<_>>(), ["tool"]);
    assert_eq!(suite.indexes[0].path, "dists/trixie/main/binary-amd64/Packages.gz");
    assert_eq!(suite.signed_by.len(), 1);
    assert_eq!(host.asked(), ["dists/trixie/InRelease", "dists/trixie/main/binary-amd64/Packages.gz"]);
    // The list is asked for again, the index is not.
    read(&host, &cache).await.unwrap();
    assert_eq!(host.asked(), ["dists/trixie/InRelease"]);
}

#[tokio::test]
async fn without_network_the_last_list_counts() {
    let (_directory, cache) = cache();
    let offline = Host { is_offline: true, ..Host::default() };
    assert!(matches!(cause(read(&offline, &cache).await), Cause::Fetch(FetchError::Offline { .. })));
    let online = read(&host(&key(1), &ordinary_list()), &cache).await.unwrap();
    let offline = read(&offline, &cache).await.unwrap();
    assert_eq!(offline.digest, online.digest);
    assert_eq!(offline.indexes[0].file, online.indexes[0].file);
}

#[tokio::test]
async fn a_list_of_nobody_or_of_another_key_is_refused() {
    let (_directory, cache) = cache();
    let other = host(&key(2), &ordinary_list());
    let Cause::Signature { cause: Error::NotTrusted { .. }, file } = cause(read(&other, &cache).await) else {
        panic!("trusted")
    };
    assert_eq!(file, "InRelease");
    let mut unsigned = host(&key(1), &ordinary_list());
    unsigned.files.insert("dists/trixie/InRelease".to_owned(), ordinary_list().into_bytes());
    assert!(matches!(cause(read(&unsigned, &cache).await), Cause::Signature { .. }));
    let mut edited = host(&key(1), &ordinary_list());
    let list = edited.files.get_mut("dists/trixie/InRelease").unwrap();
    *list =
        String::from_utf8(list.clone()).unwrap().replace("Codename: trixie", "Codename: trixiE").into_bytes();
    assert!(matches!(cause(read(&edited, &cache).await), Cause::Signature { .. }));
}

#[tokio::test]
async fn a_list_is_judged_by_its_dates_and_suite() {
    let index = gzip(PACKAGES);
    for (text, expected) in [
        (list(TODAY, "Valid-Until: Thu, 01 Jan 2026 12:00:00 UTC\n", &index), "expired"),
        (list("Sat, 03 Jan 2026 00:00:00 UTC", "", &index), "ahead"),
        (list(TODAY, "", &index).replace("trixie\n", "forky\n"), "other"),
    ] {
        let (_directory, cache) = cache();
        let Cause::Refused { cause, .. } = cause(read(&host(&key(1), &text), &cache).await) else {
            panic!("{expected}")
        };
        let found = match cause {
            Refused::Expired { .. } => "expired",
            Refused::Ahead { .. } => "ahead",
            Refused::OtherSuite { .. } => "other",
            _ => "else",
        };
        // A suite is known by either of its names.
        assert_eq!(found, expected, "{text}");
    }
}

#[tokio::test]
async fn an_older_list_than_the_last_one_is_refused() {
    let (_directory, cache) = cache();
    read(&host(&key(1), &ordinary_list()), &cache).await.unwrap();
    let older = host(&key(1), &list("Wed, 31 Dec 2025 00:00:00 UTC", "", &gzip(PACKAGES)));
    let found = cause(read(&older, &cache).await);
    assert!(matches!(found, Cause::Refused { cause: Refused::RolledBack { .. }, .. }), "{found:?}");
    // A refused list is not remembered.
    read(&host(&key(1), &ordinary_list()), &cache).await.unwrap();
}

#[tokio::test]
async fn an_index_must_have_the_hash_of_the_list() {
    let (_directory, cache) = cache();
    let mut host = host(&key(1), &ordinary_list());
    let other = gzip(&PACKAGES.replace("1.2-1", "1.2-2"));
    host.files.insert("dists/trixie/main/binary-amd64/Packages.gz".to_owned(), other);
    assert!(matches!(cause(read(&host, &cache).await), Cause::Changed { .. }));
    host.files.remove("dists/trixie/main/binary-amd64/Packages.gz");
    assert!(matches!(cause(read(&host, &cache).await), Cause::Absent(_)));
    let listed = list(TODAY, "", &gzip(PACKAGES)).replace("main/", "contrib/");
    let found = cause(read(&self::host(&key(1), &listed), &cache).await);
    assert!(matches!(found, Cause::NoComponent { .. }), "{found:?}");
}

#[tokio::test]
async fn files_are_asked_for_by_their_hash_first() {
    let (_directory, cache) = cache();
    let text = list(TODAY, "Acquire-By-Hash: yes\n", &gzip(PACKAGES));
    let mut host = host(&key(1), &text);
    let by_hash =
        format!("dists/trixie/main/binary-amd64/by-hash/SHA256/{}", Digest::of(&gzip(PACKAGES)).hex());
    host.files.insert(by_hash.clone(), gzip(PACKAGES));
    read(&host, &cache).await.unwrap();
    assert_eq!(host.asked(), ["dists/trixie/InRelease".to_owned(), by_hash]);
}

#[tokio::test]
async fn a_signature_in_another_file_counts_too() {
    let (_directory, cache) = cache();
    let text = ordinary_list();
    let mut host = host(&key(1), &text);
    host.files.remove("dists/trixie/InRelease");
    let signature = sign(&key(1), SignatureType::Binary, &says(SIGNED), text.as_bytes());
    host.files.insert("dists/trixie/Release".to_owned(), text.clone().into_bytes());
    assert!(matches!(cause(read(&host, &cache).await), Cause::Absent(_)));
    host.files.insert("dists/trixie/Release.gpg".to_owned(), packet(&signature));
    assert_eq!(read(&host, &cache).await.unwrap().digest, Digest::of(text.as_bytes()));
    let offline = Host { is_offline: true, ..Host::default() };
    assert_eq!(read(&offline, &cache).await.unwrap().digest, Digest::of(text.as_bytes()));
    host.files.insert("dists/trixie/Release".to_owned(), text.replace("main", "mane").into_bytes());
    assert!(matches!(cause(read(&host, &cache).await), Cause::Signature { .. }));
}
