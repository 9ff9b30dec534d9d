//! Listed suites of Debian and the choice among their packages, by the library: a definition implies the
//! release's own suites too, which Debian alone can sign.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use dhi::builder::definition::{TargetPlatform, WebUrl};
use dhi::builder::lock::Key;
use dhi::builder::package_plan::{Distribution, PackagePlan, PlannedRepository};
use dhi::builder::packages::{Request, Selection};
use dhi::builder::repositories::{
    DebianRelease, Fetch, FetchError, Loaded, LoadedRepository, Repositories, RepositoryError,
    RepositoryRequest, VerifiedLists,
};
use dhi::oci::Digest;
use dhi::registry::Cache;
use jiff::Timestamp;
use reqwest::Url;
use tempfile::TempDir;

use crate::support::deb_repository::{ArchiveKey, DebSuite, deb_stanza};

/// A host with files, in memory.
#[derive(Default)]
struct Files {
    files: BTreeMap<String, Vec<u8>>,
    is_offline: bool,
    log: Mutex<Vec<String>>,
}

#[async_trait]
impl Fetch for Files {
    async fn fetch(&self, url: &Url, _bound: u64) -> Result<Option<Bytes>, FetchError> {
        if self.is_offline {
            return Err(FetchError::Offline { url: url.to_string() });
        }
        self.log.lock().unwrap().push(url.path().to_owned());
        Ok(self.files.get(url.path()).map(|bytes| Bytes::from(bytes.clone())))
    }
}

/// Repositories at `https://deb.example`, one key, and a cache.
struct SuitesFixture {
    host: Files,
    key: ArchiveKey,
    cache: Cache,
    _directory: TempDir,
}

impl SuitesFixture {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let cache = Cache::open(Some(directory.path().to_owned()));
        Self { host: Files::default(), key: ArchiveKey::new(1), cache, _directory: directory }
    }

    /// Replaces the files of a repository.
    fn serve(&mut self, folder: &str, files: BTreeMap<String, Vec<u8>>) {
        let below = format!("/{folder}/");
        self.host.files.retain(|path, _| !path.starts_with(&below));
        self.host.files.extend(files.into_iter().map(|(path, bytes)| (format!("{below}{path}"), bytes)));
    }

    fn load(&self, plan: &PackagePlan, now: &str) -> Result<Loaded, RepositoryError> {
        self.load_with(plan, now, &VerifiedLists::default())
    }

    fn load_with(
        &self,
        plan: &PackagePlan,
        now: &str,
        lists: &VerifiedLists,
    ) -> Result<Loaded, RepositoryError> {
        let bytes = self.key.keyring();
        let url: WebUrl = "https://deb.example/test.gpg".parse().unwrap();
        let key = Key { url: url.to_string(), digest: Digest::of(&bytes), fingerprints: Vec::new(), bytes };
        let repositories = Repositories { fetch: &self.host, cache: &self.cache, now: at(now), lists };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(repositories.load(RepositoryRequest {
            plan,
            keys: &[(&url, &key)],
            mirror: None,
            release: Some(DebianRelease::Trixie),
            last: None,
        }))
    }

    fn error(&self, plan: &PackagePlan, now: &str) -> String {
        self.load(plan, now).unwrap_err().to_string()
    }

    /// Removes and returns the requests.
    fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut *self.host.log.lock().unwrap())
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A plan for the suites `FOLDER SUITE`.
fn plan(suites: &[&str], entries: &[&str]) -> PackagePlan {
    let line = |suite: &&str| {
        let line = format!("deb [signed-by=/k.gpg] https://deb.example/{suite} main");
        PlannedRepository::Listed(line.parse().unwrap())
    };
    PackagePlan {
        distribution: Distribution::Debian("13".to_owned()),
        platform: TargetPlatform::LinuxAmd64,
        repositories: suites.iter().map(line).collect(),
        keys: Vec::new(),
        requests: entries.iter().map(|entry| Request::parse(entry).unwrap()).collect(),
        substituted: Vec::new(),
    }
}

/// `NAME VERSION` of each chosen package.
fn chosen(loaded: &Loaded, plan: &PackagePlan, held: &[(&str, &str)]) -> Vec<String> {
    let held: BTreeMap<String, String> =
        held.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect();
    let Selection { packages, .. } = loaded.select(plan, Some(DebianRelease::Trixie), &held).unwrap();
    packages.iter().map(|package| format!("{} {}", package.name, package.version)).collect()
}

fn suite(date: &str) -> DebSuite {
    DebSuite::new("trixie", at(date)).main("amd64", &[deb_stanza("jq", "1-1", "")])
}

const MAIN: [&str; 1] = ["main trixie"];

/// A digest that an entry proves: that of the list, and that of the index.
fn digests(loaded: &Loaded) -> Vec<(Digest, Digest)> {
    let of = |entry: &LoadedRepository| match entry {
        LoadedRepository::Debian { suite, index, .. } => (suite.digest, index.file.digest),
        LoadedRepository::Alpine { .. } => panic!("{entry:?}"),
    };
    loaded.entries.iter().map(of).collect()
}

#[test]
fn a_warm_cache_needs_the_list_alone() {
    let mut fixture = SuitesFixture::new();
    let plan = plan(&MAIN, &["jq"]);
    let good = suite("2025-01-01T00:00:00Z");
    fixture.serve("main", good.files(&fixture.key));
    let (list, index) = ("/main/dists/trixie/InRelease", "/main/dists/trixie/main/binary-amd64/Packages.gz");
    let cold = fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    assert_eq!(fixture.take_log(), [list, index]);
    assert_eq!(chosen(&cold, &plan, &[]), ["jq 1-1"]);
    let warm = fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    assert_eq!(fixture.take_log(), [list]);
    assert_eq!(digests(&warm), digests(&cold));
    assert_eq!(chosen(&warm, &plan, &[]), ["jq 1-1"]);
    // A new list with the same index.
    fixture.serve("main", suite("2025-01-02T00:00:00Z").files(&fixture.key));
    fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    assert_eq!(fixture.take_log(), [list]);
    fixture.host.is_offline = true;
    let offline = fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    assert_eq!(chosen(&offline, &plan, &[]), ["jq 1-1"]);
}

#[test]
fn platforms_share_the_list_and_each_judges_it() {
    let mut fixture = SuitesFixture::new();
    let both = suite("2025-01-01T00:00:00Z").main("arm64", &[deb_stanza("jq", "1-1", "")]);
    fixture.serve("main", both.files(&fixture.key));
    let amd64 = plan(&MAIN, &["jq"]);
    let arm64 = PackagePlan { platform: TargetPlatform::LinuxArm64, ..plan(&MAIN, &["jq"]) };
    let lists = VerifiedLists::default();
    let load = |plan: &PackagePlan| fixture.load_with(plan, "2025-01-02T00:00:00Z", &lists);
    assert_eq!(chosen(&load(&amd64).unwrap(), &amd64, &[]), ["jq 1-1"]);
    assert_eq!(chosen(&load(&arm64).unwrap(), &arm64, &[]), ["jq 1-1"]);
    let index = |architecture: &str| format!("/main/dists/trixie/main/binary-{architecture}/Packages.gz");
    let list = "/main/dists/trixie/InRelease".to_owned();
    assert_eq!(fixture.take_log(), [list, index("amd64"), index("arm64")]);
    // A list that is too old is refused for every platform.
    fixture.serve("main", suite("2024-12-31T00:00:00Z").files(&fixture.key));
    let lists = VerifiedLists::default();
    for plan in [&amd64, &arm64] {
        let refused = fixture.load_with(plan, "2025-01-02T00:00:00Z", &lists);
        assert!(refused.unwrap_err().to_string().contains("was seen before"), "{:?}", plan.platform);
    }
}

#[test]
fn an_index_is_fetched_by_its_hash_where_it_is_offered() {
    let mut fixture = SuitesFixture::new();
    let plan = plan(&MAIN, &["jq"]);
    let suite = DebSuite { by_hash: true, ..suite("2025-01-01T00:00:00Z") };
    let files = suite.files(&fixture.key);
    let index = "dists/trixie/main/binary-amd64/Packages.gz".to_owned();
    let by_hash = files.keys().find(|path| path.contains("/by-hash/")).unwrap().clone();
    // The mirror is being updated: only what has the hash in its name is that of the list.
    let mut moving = files.clone();
    moving.insert(index.clone(), b"newer".to_vec());
    fixture.serve("main", moving);
    fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    assert_eq!(fixture.take_log(), ["/main/dists/trixie/InRelease".to_owned(), format!("/main/{by_hash}")]);
    // A mirror without such files, and one with wrong ones.
    for wrong in [None, Some(b"wrong".to_vec())] {
        let mut fixture = SuitesFixture::new();
        let mut files = files.clone();
        files.remove(&by_hash);
        files.extend(wrong.map(|bytes| (by_hash.clone(), bytes)));
        fixture.serve("main", files);
        fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
        assert_eq!(fixture.take_log().len(), 3);
        fixture.host.files.remove(&format!("/main/{index}")).unwrap();
        // The index is in the cache by now.
        fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    }
}

#[test]
fn a_signature_in_another_file_is_as_good() {
    let mut fixture = SuitesFixture::new();
    let plan = plan(&MAIN, &["jq"]);
    let good = suite("2025-01-01T00:00:00Z");
    fixture.serve("main", good.files_with_detached_signature(&fixture.key));
    let online = fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    fixture.host.is_offline = true;
    let offline = fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    assert_eq!(digests(&offline), digests(&online));
    // Whichever form the older list has.
    fixture.host.is_offline = false;
    fixture.serve("main", suite("2024-12-31T00:00:00Z").files(&fixture.key));
    assert!(fixture.error(&plan, "2025-01-02T00:00:00Z").contains("was seen before"));
}

#[test]
fn lists_are_judged_at_the_time_of_locking() {
    let mut fixture = SuitesFixture::new();
    let plan = plan(&MAIN, &["jq"]);
    let week = DebSuite { valid_until: Some(at("2025-01-08T00:00:00Z")), ..suite("2025-01-01T00:00:00Z") };
    fixture.serve("main", week.files(&fixture.key));
    fixture.load(&plan, "2025-01-03T00:00:00Z").unwrap();
    let expired = fixture.error(&plan, "2025-02-01T00:00:00Z");
    assert!(expired.contains("expired") && expired.contains("2025-01-08"), "{expired}");
    // Without network too.
    fixture.host.is_offline = true;
    assert!(fixture.error(&plan, "2025-02-01T00:00:00Z").contains("expired"));
    fixture.load(&plan, "2025-01-03T00:00:00Z").unwrap();
}

#[test]
fn held_versions_are_kept_while_they_are_there() {
    let mut fixture = SuitesFixture::new();
    let plan = plan(&MAIN, &["app"]);
    let needs = "Depends: lib\n";
    let stanzas = [
        deb_stanza("app", "1-1", needs),
        deb_stanza("app", "2-1", needs),
        deb_stanza("lib", "1-1", ""),
        deb_stanza("lib", "2-1", ""),
    ];
    let suite = DebSuite::new("trixie", at("2025-01-01T00:00:00Z")).main("amd64", &stanzas);
    fixture.serve("main", suite.files(&fixture.key));
    let loaded = fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    assert_eq!(chosen(&loaded, &plan, &[]), ["app 2-1", "lib 2-1"]);
    assert_eq!(chosen(&loaded, &plan, &[("app", "1-1"), ("lib", "1-1")]), ["app 1-1", "lib 1-1"]);
    assert_eq!(chosen(&loaded, &plan, &[("app", "1-1")]), ["app 1-1", "lib 2-1"]);
    assert_eq!(chosen(&loaded, &plan, &[("app", "0-1"), ("lib", "0-1")]), ["app 2-1", "lib 2-1"]);
}

#[test]
fn the_signed_list_ranks_a_suite() {
    let mut fixture = SuitesFixture::new();
    let date = at("2025-01-01T00:00:00Z");
    let main = DebSuite::new("trixie", date).main("amd64", &[deb_stanza("cc", "1-1", "")]);
    let newer = [deb_stanza("cc", "2-1~bpo1", ""), deb_stanza("only", "2-1~bpo1", "Depends: cc\n")];
    let backports = DebSuite {
        fields: "NotAutomatic: yes\nButAutomaticUpgrades: yes\n".to_owned(),
        ..DebSuite::new("trixie-backports", date).main("amd64", &newer)
    };
    fixture.serve("main", main.files(&fixture.key));
    fixture.serve("backports", backports.files(&fixture.key));
    let suites = ["backports trixie-backports", "main trixie"];
    let plan = plan(&suites, &["only"]);
    let loaded = fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    assert_eq!(chosen(&loaded, &plan, &[]), ["cc 1-1", "only 2-1~bpo1"]);
    let plan = self::plan(&suites, &["cc=2-1~bpo1"]);
    assert_eq!(chosen(&loaded, &plan, &[]), ["cc 2-1~bpo1"]);
    // Without the fields, the highest version wins.
    let automatic = DebSuite { fields: String::new(), date: at("2025-01-01T12:00:00Z"), ..backports };
    fixture.serve("backports", automatic.files(&fixture.key));
    let plan = self::plan(&suites, &["only"]);
    let loaded = fixture.load(&plan, "2025-01-02T00:00:00Z").unwrap();
    assert_eq!(chosen(&loaded, &plan, &[]), ["cc 2-1~bpo1", "only 2-1~bpo1"]);
}
