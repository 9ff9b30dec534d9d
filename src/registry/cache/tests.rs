//! Tests with a registry that records its calls, behind a cache in a temporary directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use tempfile::TempDir;

use super::*;
use crate::oci::{Reference, Version};
use crate::registry::Secrets;
use crate::registry::{ConnectionFailure, Content, Error, Freshness, Push, Referrer, Registry, Withheld};

#[derive(Clone, Default)]
struct Fake(Arc<State>);

#[derive(Default)]
struct State {
    calls: Mutex<Vec<String>>,
    /// The manifest under the tag `1`.
    tagged: Mutex<Bytes>,
    resolves: AtomicBool,
    down: AtomicBool,
    digests_are_gone: AtomicBool,
    referrers: Mutex<Vec<Descriptor>>,
    /// Withheld: a source of the list, and the tag.
    withheld: Mutex<Option<Withheld>>,
}

impl Fake {
    fn new(manifest: &'static str) -> Self {
        let fake = Self::default();
        fake.tag(manifest);
        fake.0.resolves.store(true, Ordering::Relaxed);
        fake
    }

    fn tag(&self, manifest: &'static str) {
        *self.0.tagged.lock().unwrap() = Bytes::from_static(manifest.as_bytes());
    }

    fn down(&self) {
        self.0.down.store(true, Ordering::Relaxed);
    }

    fn asked(&self, what: String) -> Result<(), Error> {
        self.0.calls.lock().unwrap().push(what.clone());
        if self.0.down.load(Ordering::Relaxed) { Err(down(what)) } else { Ok(()) }
    }

    /// The calls since the last time.
    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.0.calls.lock().unwrap())
    }
}

fn down(what: String) -> Error {
    Error::Unreachable { host: "dhi.io".to_owned(), what, failure: ConnectionFailure::Broken, attempts: 1 }
}

#[async_trait]
impl Registry for Fake {
    async fn manifest(&self, _: &Repository, version: &Version) -> Result<Content, Error> {
        self.asked(format!("get {}", if matches!(version, Version::Tag(_)) { "tag" } else { "digest" }))?;
        if let (Version::Tag(_), Some(withheld)) = (version, self.0.withheld.lock().unwrap().clone()) {
            return Err(withheld.into());
        }
        if matches!(version, Version::Digest(_)) && self.0.digests_are_gone.load(Ordering::Relaxed) {
            return Err(Error::NotFound { what: version.to_string() });
        }
        let bytes = self.0.tagged.lock().unwrap().clone();
        let digest = Digest::of(&bytes);
        Ok(Content { bytes, digest, media_type: Some("text/x-manifest".to_owned()), age: None })
    }

    async fn resolve(&self, _: &Repository, _: &Tag) -> Result<Option<Digest>, Error> {
        self.asked("head".to_owned())?;
        let digest = Digest::of(&self.0.tagged.lock().unwrap());
        Ok(self.0.resolves.load(Ordering::Relaxed).then_some(digest))
    }

    async fn blob(&self, _: &Repository, _: &Descriptor, _: u64) -> Result<Bytes, Error> {
        self.asked("blob".to_owned())?;
        Ok(Bytes::from_static(b"blob"))
    }

    async fn referrers(&self, _: &Repository, _: &Digest, _: Freshness) -> Result<Referrers, Error> {
        self.asked("referrers".to_owned())?;
        let descriptors = self.0.referrers.lock().unwrap().clone();
        let withheld = self.0.withheld.lock().unwrap().clone();
        Ok(Referrers { descriptors, found_by: FoundBy::FallbackTag, withheld, ..Referrers::default() })
    }
}

#[async_trait]
impl Push for Fake {
    async fn push_blob(&self, _: &Repository, bytes: Bytes) -> Result<Digest, Error> {
        self.asked("push blob".to_owned())?;
        Ok(Digest::of(&bytes))
    }

    async fn push_manifest(
        &self,
        _: &Repository,
        version: &Version,
        _: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error> {
        self.asked(format!("push {version}"))?;
        Ok(Digest::of(&bytes))
    }

    async fn push_referrer(&self, _: &Repository, _: &Referrer) -> Result<FoundBy, Error> {
        self.asked("push referrer".to_owned())?;
        Ok(FoundBy::Api)
    }
}

fn repository(name: &str) -> Repository {
    name.parse::<Reference>().unwrap().repository
}

fn python() -> Repository {
    repository("dhi.io/python")
}

fn tag() -> Version {
    Version::Tag("1".parse().unwrap())
}

fn descriptor(bytes: &[u8], size: u64) -> Descriptor {
    Descriptor {
        media_type: "text/plain".to_owned(),
        digest: Digest::of(bytes),
        size,
        artifact_type: Some("text/x-artifact".to_owned()),
        platform: None,
        annotations: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
    }
}

fn open(directory: &TempDir) -> Arc<Cache> {
    let cache = Cache::open(Some(directory.path().join("dhi")));
    assert_eq!(cache.warning(), None);
    Arc::new(cache)
}

fn online(directory: &TempDir, fake: &Fake) -> CachedRegistry<Fake> {
    CachedRegistry::new(Some(fake.clone()), open(directory))
}

fn offline(directory: &TempDir) -> CachedRegistry<Fake> {
    CachedRegistry::new(None, open(directory))
}

fn blob_file(directory: &TempDir, bytes: &[u8]) -> PathBuf {
    directory.path().join("dhi/v1/blobs/sha256").join(Digest::of(bytes).hex())
}

fn hint_file(directory: &TempDir, key: &str) -> PathBuf {
    directory.path().join("dhi/v1/hints").join(Digest::of(key.as_bytes()).hex())
}

/// Makes the cached answer for `key` older by `seconds`.
fn make_older(directory: &TempDir, key: &str, seconds: u64) {
    let path = hint_file(directory, key);
    let mut hint: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    hint["time"] = (hint["time"].as_u64().unwrap() - seconds).into();
    fs::write(path, hint.to_string()).unwrap();
}

fn set_age(path: &Path, age: Duration) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

fn about(age: Option<Duration>, seconds: u64) -> bool {
    age.is_some_and(|age| (seconds..seconds + 60).contains(&age.as_secs()))
}

#[tokio::test]
async fn a_manifest_by_digest_is_fetched_once() {
    let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
    let version = Version::Digest(Digest::of(b"one"));
    let first = online(&directory, &fake).manifest(&python(), &version).await.unwrap();
    let second = online(&directory, &fake).manifest(&python(), &version).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(second.media_type.as_deref(), Some("text/x-manifest"));
    assert_eq!(fake.calls(), ["get digest"]);
    assert_eq!(offline(&directory).manifest(&python(), &version).await.unwrap(), first);
}

#[tokio::test]
async fn a_cached_manifest_is_fetched_only_if_the_tag_moved() {
    let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
    let registry = online(&directory, &fake);
    assert_eq!(registry.manifest(&python(), &tag()).await.unwrap().bytes, "one");
    assert_eq!(fake.calls(), ["get tag"], "never seen before");
    assert_eq!(registry.manifest(&python(), &tag()).await.unwrap().bytes, "one");
    assert_eq!(fake.calls(), ["head"], "seen before");
    fake.tag("two");
    assert_eq!(registry.manifest(&python(), &tag()).await.unwrap().bytes, "two");
    assert_eq!(fake.calls(), ["head", "get digest"], "moved");
    fake.tag("one");
    let content = registry.manifest(&python(), &tag()).await.unwrap();
    assert_eq!((content.bytes, content.age), ("one".into(), None));
    assert_eq!(fake.calls(), ["head"], "moved back to what is known");
    fake.0.resolves.store(false, Ordering::Relaxed);
    fake.tag("three");
    assert_eq!(registry.manifest(&python(), &tag()).await.unwrap().bytes, "three");
    assert_eq!(fake.calls(), ["head", "get tag"], "the registry does not say");
}

#[tokio::test]
async fn a_corrupted_cache_file_is_deleted_and_fetched_again() {
    let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
    let registry = online(&directory, &fake);
    let blob = descriptor(b"blob", 4);
    for corrupt in ["one!", "onf", "", "o"] {
        registry.manifest(&python(), &tag()).await.unwrap();
        registry.blob(&python(), &blob, 9).await.unwrap();
        fake.calls();
        fs::write(blob_file(&directory, b"one"), corrupt).unwrap();
        fs::write(blob_file(&directory, b"blob"), corrupt).unwrap();
        assert!(matches!(offline(&directory).manifest(&python(), &tag()).await, Err(Error::Offline { .. })));
        assert!(!blob_file(&directory, b"one").exists());
        assert_eq!(registry.manifest(&python(), &tag()).await.unwrap().bytes, "one");
        assert_eq!(registry.blob(&python(), &blob, 9).await.unwrap(), "blob");
        assert_eq!(fake.calls(), ["get tag", "blob"]);
        assert_eq!(fs::read(blob_file(&directory, b"one")).unwrap(), b"one");
    }
}

#[tokio::test]
async fn cached_blobs_are_shared_and_their_size_is_checked() {
    let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
    let registry = online(&directory, &fake);
    assert_eq!(registry.blob(&python(), &descriptor(b"blob", 4), 4).await.unwrap(), "blob");
    let other = registry.blob(&repository("dhi.io/nginx"), &descriptor(b"blob", 4), 4).await;
    assert_eq!(other.unwrap(), "blob");
    assert_eq!(fake.calls(), ["blob"]);
    let wrong = registry.blob(&python(), &descriptor(b"blob", 3), 4).await;
    assert!(matches!(wrong, Err(Error::Size { expected: 3, found: 4, .. })));
    let large = registry.blob(&python(), &descriptor(b"blob", 4), 3).await;
    assert!(matches!(large, Err(Error::Limit { .. })));
    let absent = offline(&directory).blob(&python(), &descriptor(b"absent", 6), 9).await;
    assert!(matches!(absent, Err(Error::Offline { .. })));
    assert_eq!(fake.calls(), [""; 0]);
}

#[tokio::test]
async fn offline_answers_have_their_age() {
    let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
    let subject = Digest::of(b"one");
    let registry = offline(&directory);
    assert!(matches!(registry.manifest(&python(), &tag()).await, Err(Error::Offline { .. })));
    assert!(matches!(
        registry.manifest(&python(), &Version::Digest(subject)).await,
        Err(Error::Offline { .. })
    ));
    assert!(matches!(
        registry.referrers(&python(), &subject, Freshness::Cached).await,
        Err(Error::Offline { .. })
    ));

    fake.0.referrers.lock().unwrap().push(descriptor(b"signature", 9));
    let full = online(&directory, &fake);
    full.manifest(&python(), &tag()).await.unwrap();
    let fresh = full.referrers(&python(), &subject, Freshness::Now).await.unwrap();
    assert_eq!(fresh.age, None);
    make_older(&directory, &key("tag", "dhi.io/python", "1"), 3600);
    make_older(&directory, &format!("referrers\0dhi.io/python\0{subject}"), 7200);

    let content = registry.manifest(&python(), &tag()).await.unwrap();
    assert!(content.bytes == "one" && about(content.age, 3600), "{content:?}");
    for freshness in [Freshness::Now, Freshness::Cached] {
        let list = registry.referrers(&python(), &subject, freshness).await.unwrap();
        assert!(about(list.age, 7200), "{list:?}");
        assert_eq!(Referrers { age: None, ..list }, fresh);
    }
    assert_eq!(registry.manifest(&python(), &Version::Digest(subject)).await.unwrap().age, None);
    assert_eq!(registry.resolve(&python(), &"1".parse().unwrap()).await, Ok(None));
}

#[tokio::test]
async fn a_list_that_was_withheld_stays_so_offline() {
    for withheld in [
        Withheld::NotJson { what: "list".to_owned(), media_type: "text/html".to_owned() },
        Withheld::Forbidden {
            host: "dhi.io".to_owned(),
            what: "list".to_owned(),
            answer: "403 Forbidden".to_owned(),
            logged_in: true,
            readable: true,
        },
    ] {
        let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
        let subject = Digest::of(b"one");
        let full = online(&directory, &fake);
        full.referrers(&python(), &subject, Freshness::Now).await.unwrap();
        *fake.0.withheld.lock().unwrap() = Some(withheld.clone());
        full.referrers(&python(), &subject, Freshness::Now).await.unwrap();
        let gone = full.manifest(&python(), &tag()).await.unwrap_err();
        for freshness in [Freshness::Now, Freshness::Cached] {
            let list = offline(&directory).referrers(&python(), &subject, freshness).await.unwrap();
            assert_eq!((list.descriptors.len(), list.withheld.as_ref()), (0, Some(&withheld)));
        }
        let still = offline(&directory).manifest(&python(), &tag()).await.unwrap_err();
        assert_eq!((&still, still.is_withheld()), (&gone, true));
        // A refusal does not invalidate an earlier answer.
        *fake.0.withheld.lock().unwrap() = None;
        full.manifest(&python(), &tag()).await.unwrap();
        *fake.0.withheld.lock().unwrap() = Some(withheld);
        assert!(offline(&directory).manifest(&python(), &tag()).await.is_ok());
    }
}

#[tokio::test]
async fn a_missing_digest_from_head_falls_back_to_the_tag() {
    let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
    let registry = online(&directory, &fake);
    registry.manifest(&python(), &tag()).await.unwrap();
    fake.tag("two");
    fake.0.digests_are_gone.store(true, Ordering::Relaxed);
    fake.calls();
    assert_eq!(registry.manifest(&python(), &tag()).await.unwrap().bytes, "two");
    assert_eq!(fake.calls(), ["head", "get digest", "get tag"]);
}

#[tokio::test]
async fn an_error_is_not_replaced_by_a_cached_answer() {
    let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
    let subject = Digest::of(b"one");
    fake.0.referrers.lock().unwrap().push(descriptor(b"signature", 9));
    let registry = online(&directory, &fake);
    registry.manifest(&python(), &tag()).await.unwrap();
    registry.referrers(&python(), &subject, Freshness::Now).await.unwrap();
    fake.down();
    assert_eq!(registry.manifest(&python(), &tag()).await, Err(down("head".to_owned())));
    assert_eq!(
        registry.referrers(&python(), &subject, Freshness::Now).await,
        Err(down("referrers".to_owned()))
    );
    // The caller accepts a cached list.
    let list = registry.referrers(&python(), &subject, Freshness::Cached).await.unwrap();
    assert!(list.age.is_some() && list.found_by == FoundBy::FallbackTag);
}

#[tokio::test]
async fn an_empty_cached_list_is_fetched_again() {
    let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
    let subject = Digest::of(b"one");
    let registry = online(&directory, &fake);
    for _ in 0..2 {
        let list = registry.referrers(&python(), &subject, Freshness::Cached).await.unwrap();
        assert_eq!((list.descriptors, list.age), (vec![], None));
    }
    assert_eq!(fake.calls(), ["referrers", "referrers"]);
    let list = offline(&directory).referrers(&python(), &subject, Freshness::Cached).await.unwrap();
    assert!(list.descriptors.is_empty() && list.age.is_some());
}

#[tokio::test]
async fn cached_answers_belong_to_their_repository() {
    let (directory, fake) = (tempfile::tempdir().unwrap(), Fake::new("one"));
    let subject = Digest::of(b"one");
    let registry = online(&directory, &fake);
    registry.manifest(&python(), &tag()).await.unwrap();
    registry.referrers(&python(), &subject, Freshness::Now).await.unwrap();
    let (nginx, offline) = (repository("dhi.io/nginx"), offline(&directory));
    assert!(matches!(offline.manifest(&nginx, &tag()).await, Err(Error::Offline { .. })));
    assert!(matches!(
        offline.referrers(&nginx, &subject, Freshness::Cached).await,
        Err(Error::Offline { .. })
    ));
    // The bytes are cached, but not that this repository has them, nor their media type there.
    let version = Version::Digest(subject);
    assert!(matches!(offline.manifest(&nginx, &version).await, Err(Error::Offline { .. })));
    fake.calls();
    registry.manifest(&nginx, &version).await.unwrap();
    assert_eq!(fake.calls(), ["get digest"]);
}

#[test]
fn a_cached_answer_with_another_key_is_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let cache = open(&directory);
    cache.remember_challenge("dhi.io", "Bearer realm=\"x\"");
    assert_eq!(cache.challenge("dhi.io").as_deref(), Some("Bearer realm=\"x\""));
    let other = hint_file(&directory, "challenge\0evil.example\0");
    fs::copy(hint_file(&directory, "challenge\0dhi.io\0"), &other).unwrap();
    assert_eq!(cache.challenge("evil.example"), None);
    assert!(!other.exists());
    for text in ["", "{}", "{\"key\":", &"x".repeat(5_000_000)] {
        fs::write(hint_file(&directory, "challenge\0dhi.io\0"), text).unwrap();
        assert_eq!(cache.challenge("dhi.io"), None);
    }
    cache.remember_challenge("dhi.io", &"x".repeat(5000));
    assert_eq!(cache.challenge("dhi.io"), None);
}

#[test]
fn concurrent_writers_leave_whole_files() {
    let directory = tempfile::tempdir().unwrap();
    let bytes = vec![7; 300_000];
    let digest = Digest::of(&bytes);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let cache = open(&directory);
                for round in 0..20 {
                    cache.store(&digest, &bytes);
                    assert!(cache.bytes(&digest).is_some_and(|read| read == bytes), "{round}");
                    cache.remember_tag(&python(), &"1".parse().unwrap(), &digest);
                    assert_eq!(cache.tag(&python(), &"1".parse().unwrap()).unwrap().0, digest);
                }
            });
        }
    });
    let left = fs::read_dir(directory.path().join("dhi/v1/blobs/sha256")).unwrap().count();
    assert_eq!(left, 1, "temporary files are left");
}

#[test]
fn an_unusable_directory_disables_the_cache_with_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, b"").unwrap();
    let cache = Cache::open(Some(file));
    assert!(cache.warning().unwrap().starts_with("nothing is cached: the directory `"), "{cache:?}");
    cache.store(&Digest::of(b"x"), b"x");
    assert_eq!(cache.bytes(&Digest::of(b"x")), None);
    cache.remember_challenge("dhi.io", "x");
    assert_eq!(cache.challenge("dhi.io"), None);
    assert_eq!(Cache::disabled().warning(), None);
}

#[cfg(unix)]
#[test]
fn cache_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let bucket = directory.path().join("dhi/v1");
    fs::create_dir_all(&bucket).unwrap();
    fs::set_permissions(&bucket, fs::Permissions::from_mode(0o777)).unwrap();
    open(&directory).store(&Digest::of(b"x"), b"x");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&bucket), 0o700);
    assert_eq!(mode(&bucket.join("hints")), 0o700);
    assert_eq!(mode(&blob_file(&directory, b"x")), 0o600);
}

#[test]
fn the_oldest_files_are_pruned_once_a_day() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let directory = tempfile::tempdir().unwrap();
    let cache = open(&directory);
    for (bytes, age) in [(b"aaaa", 40), (b"bbbb", 3), (b"cccc", 2), (b"dddd", 0)] {
        cache.store(&Digest::of(bytes), bytes);
        set_age(&blob_file(&directory, bytes), DAY * age);
    }
    let unfinished = directory.path().join("dhi/v1/hints/.tmp-1a2B3c");
    fs::write(&unfinished, b"").unwrap();
    set_age(&unfinished, DAY * 2);
    let left = || [b"aaaa", b"bbbb", b"cccc", b"dddd"].map(|bytes| blob_file(&directory, bytes).exists());

    open(&directory);
    assert_eq!(left(), [true; 4], "pruned when it was opened first, a moment ago");
    set_age(&directory.path().join("dhi/v1/pruned"), DAY * 2);
    open(&directory);
    assert_eq!(left(), [false, true, true, true]);
    assert!(!unfinished.exists());

    // Reading a file makes it recently used.
    assert!(cache.bytes(&Digest::of(b"bbbb")).is_some());
    cache.store.as_ref().unwrap().prune(8, DAY * 30, SystemTime::now());
    assert_eq!(left(), [false, true, false, true]);
}

#[test]
fn pruning_keeps_foreign_files() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    let foreign = cache.directory().unwrap().join("thesis.txt");
    fs::write(&foreign, b"years of work").unwrap();
    set_age(&foreign, CACHE_AGE * 2);
    cache.prune(0, Duration::ZERO);
    assert!(foreign.exists());
}

#[test]
fn known_references_are_valid_references() {
    let directory = TempDir::new().unwrap();
    let cache = open(&directory);
    let digest = Digest::of(b"x");
    cache.remember_tag(&python(), &"3".parse().unwrap(), &digest);
    for name in ["dhi.io/x\n$(reboot)", "dhi.io/\u{1b}[2Jx", "", "-rf x"] {
        cache.remember(&key("tag", name, "1"), &digest);
    }
    assert_eq!(cache.known_references(), [format!("{}:3", python())]);
}

#[tokio::test]
async fn writes_reach_the_registry_and_remove_outdated_lists() {
    let directory = tempfile::tempdir().unwrap();
    let fake = Fake::new("manifest");
    let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
    fake.0.referrers.lock().unwrap().push(descriptor(b"old", 3));
    let cached = online(&directory, &fake);
    for subject in [one, two] {
        cached.referrers(&python(), &subject, Freshness::Now).await.unwrap();
    }
    fake.calls();
    let referrer =
        Referrer { descriptor: descriptor(b"new", 3), subject: one, bytes: Bytes::from_static(b"new") };
    assert_eq!(cached.push_blob(&python(), Bytes::from_static(b"x")).await, Ok(Digest::of(b"x")));
    cached.push_manifest(&python(), &tag(), "text/plain", Bytes::from_static(b"y")).await.unwrap();
    assert_eq!(cached.push_referrer(&python(), &referrer).await, Ok(FoundBy::Api));
    assert_eq!(fake.calls(), ["push blob", "push 1", "push referrer"]);
    // The cached list of the subject is gone; lists of other subjects stay.
    let next = online(&directory, &fake);
    for (subject, asked) in [(one, true), (two, false)] {
        next.referrers(&python(), &subject, Freshness::Cached).await.unwrap();
        assert_eq!(!fake.calls().is_empty(), asked);
    }
    // After a failure the list may have been changed too.
    fake.down();
    assert!(next.push_referrer(&python(), &referrer).await.is_err());
    let offline = offline(&directory);
    let lost = offline.referrers(&python(), &one, Freshness::Cached).await.unwrap_err();
    assert!(matches!(lost, Error::Offline { .. }), "{lost}");
    assert!(offline.referrers(&python(), &two, Freshness::Cached).await.is_ok());

    for error in [
        offline.push_blob(&python(), Bytes::new()).await.unwrap_err(),
        offline.push_manifest(&python(), &tag(), "text/plain", Bytes::new()).await.unwrap_err(),
        offline.push_referrer(&python(), &referrer).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::OfflinePush { .. }), "{error}");
    }
}

#[test]
fn files_with_names_the_cache_does_not_use_stay() {
    let directory = tempfile::tempdir().unwrap();
    let cache = open(&directory);
    cache.store(&Digest::of(b"x"), b"x");
    cache.remember_challenge("dhi.io", "Basic");
    let root = directory.path().join("dhi/v1");
    let hex = "a".repeat(64);
    let foreign = [
        "notes".to_owned(),
        hex.clone(),
        format!("blobs/{hex}"),
        "blobs/sha256/notes".to_owned(),
        format!("blobs/sha256/{}", "A".repeat(64)),
        format!("blobs/sha256/{}.bak", "a".repeat(64)),
        format!("blobs/sha512/{hex}"),
        "hints/.tmp-notes-of-mine".to_owned(),
        "hints/notes".to_owned(),
    ];
    for name in &foreign {
        fs::write(root.join(name), "years of work").unwrap();
        set_age(&root.join(name), CACHE_AGE * 2);
    }
    assert_eq!((cache.usage().objects, cache.usage().answers), (1, 1));
    let removed = cache.prune(0, Duration::ZERO);
    assert_eq!((removed.objects, removed.answers), (1, 1));
    for name in &foreign {
        assert!(root.join(name).exists(), "{name}");
    }
}

#[test]
fn secrets_are_not_stored_in_any_form() {
    let directory = tempfile::tempdir().unwrap();
    let secrets = Secrets::default();
    secrets.add_login("me", "hunter22");
    secrets.add_login("me", "abc");
    let run = CacheOptions { secrets, on_write_failure: None };
    let cache = Cache::open_with(Some(directory.path().join("dhi")), run);
    for secret in ["hunter22", "HUNTER22", "%68unter22", "bWU6aHVudGVyMjI", "abc"] {
        let challenge = format!("Bearer realm=\"https://host/{secret}\"");
        cache.remember_challenge("dhi.io", &challenge);
        assert_eq!(cache.challenge("dhi.io"), None, "{secret}");
    }
    let manifest = br#"{"you":"sent hunter22"}"#;
    cache.remember_manifest(&python(), &Digest::of(manifest), manifest, None);
    cache.remember_manifest(&python(), &Digest::of(b"{}"), b"{}", Some("text/hunter22".to_owned()));
    assert_eq!(cache.bytes(&Digest::of(manifest)), None);
    assert_eq!(cache.manifest(&python(), &Digest::of(b"{}")), None);
    cache.remember_challenge("dhi.io", "Bearer realm=\"https://host/token\"");
    assert!(cache.challenge("dhi.io").is_some());
}

#[cfg(unix)]
#[test]
fn a_failed_write_is_reported_once() {
    let directory = tempfile::tempdir().unwrap();
    let notes = Arc::new(Mutex::new(Vec::new()));
    let heard = notes.clone();
    let note: NotifyUser = Arc::new(move |text| heard.lock().unwrap().push(text.to_owned()));
    let run = CacheOptions { secrets: Secrets::default(), on_write_failure: Some(note) };
    let cache = Cache::open_with(Some(directory.path().join("dhi")), run);
    // A file cannot replace a directory.
    for bytes in [b"one", b"two"] {
        fs::create_dir(blob_file(&directory, bytes)).unwrap();
        cache.store(&Digest::of(bytes), bytes);
        assert_eq!(cache.bytes(&Digest::of(bytes)), None);
    }
    let notes = notes.lock().unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].starts_with("not everything is cached: `"), "{notes:?}");
}
