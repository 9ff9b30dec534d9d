//! Definitions of bug reports, from the signed repositories that they list to the chosen packages. What a
//! definition of Debian implies besides, only Debian can sign, so it is left out.

use std::collections::BTreeMap;
use std::fs;

use async_trait::async_trait;
use bytes::Bytes;
use dhi::builder::definition::{RepositoryLine, TargetPlatform, read};
use dhi::builder::lock::Key;
use dhi::builder::package_plan::{PackagePlan, PlannedRepository};
use dhi::builder::packages::{Selection, Warning};
use dhi::builder::repositories::{
    DebianRelease, Fetch, FetchError, Repositories, RepositoryRequest, VerifiedLists,
};
use dhi::builder::substitution::Substitutions;
use dhi::oci::Digest;
use dhi::registry::Cache;
use jiff::Timestamp;
use reqwest::Url;

use super::apk_repository::{ApkPackage, RepositoryKey, repository};
use super::deb_repository::{ArchiveKey, DebSuite};
use super::{print, shared_data};

/// Files by their addresses.
#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

#[async_trait]
impl Fetch for Files {
    async fn fetch(&self, url: &Url, _bound: u64) -> Result<Option<Bytes>, FetchError> {
        Ok(self.0.get(url.as_str()).map(|bytes| Bytes::from(bytes.clone())))
    }
}

impl Files {
    fn put(&mut self, address: &str, files: BTreeMap<String, Vec<u8>>) {
        self.0.extend(files.into_iter().map(|(path, bytes)| (format!("{address}/{path}"), bytes)));
    }
}

/// When all is signed and locked.
fn now() -> Timestamp {
    "2025-01-03T00:00:00Z".parse().unwrap()
}

/// The definition of a case. `None`, with a line of output, where the data are not there.
fn plan(case: &str) -> Option<PackagePlan> {
    let path = shared_data().join("bugs-builder").join(case).join("definition.yaml");
    let Ok(text) = fs::read_to_string(&path) else {
        print(&format!("skipped: there is no {}", path.display()));
        return None;
    };
    let definition = read(&text, "definition.yaml").unwrap().definition;
    let mut plan =
        PackagePlan::of(&definition, TargetPlatform::LinuxAmd64, &Substitutions::default()).unwrap();
    plan.repositories.retain(|repository| matches!(repository, PlannedRepository::Listed(_)));
    plan.requests.retain(|request| request.name() != "base-files");
    Some(plan)
}

fn select(plan: &PackagePlan, host: &Files, key_file: &[u8]) -> Selection {
    let release = Some(DebianRelease::Trixie);
    let [url] = plan.keys.as_slice() else { panic!("{:?}", plan.keys) };
    let key = Key {
        url: url.to_string(),
        digest: Digest::of(key_file),
        fingerprints: Vec::new(),
        bytes: key_file.to_vec(),
    };
    let cache = Cache::disabled();
    let lists = VerifiedLists::default();
    let repositories = Repositories { fetch: host, cache: &cache, now: now(), lists: &lists };
    let keys = [(url, &key)];
    let request = RepositoryRequest { plan, keys: &keys, mirror: None, release, last: None };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let loaded = runtime.block_on(repositories.load(request)).unwrap();
    loaded.select(plan, release, &BTreeMap::new()).unwrap()
}

/// The packages that a definition of Debian gets. Each repository serves the index that has its name.
fn debian(case: &str) -> Option<Selection> {
    let plan = plan(case)?;
    let (mut host, key) = (Files::default(), ArchiveKey::new(1));
    for repository in &plan.repositories {
        let PlannedRepository::Listed(RepositoryLine::Deb(line)) = repository else {
            panic!("{repository:?}")
        };
        let file = format!("{}.Packages", line.url.file_name());
        let index = fs::read_to_string(shared_data().join("bugs-builder").join(case).join(file)).unwrap();
        let fields = match line.suite.as_str() {
            "trixie-backports" => "NotAutomatic: yes\nButAutomaticUpgrades: yes\n",
            "experimental" => "NotAutomatic: yes\n",
            _ => "",
        };
        let suite = DebSuite {
            fields: fields.to_owned(),
            ..DebSuite::new(&line.suite, "2025-01-01T00:00:00Z".parse().unwrap())
        };
        host.put(line.url.as_str(), suite.main("amd64", &[index]).files(&key));
    }
    Some(select(&plan, &host, &key.keyring()))
}

/// `NAME=VERSION` of each package.
fn chosen(selection: &Selection) -> Vec<String> {
    selection.packages.iter().map(|package| format!("{}={}", package.name, package.version)).collect()
}

#[test]
fn row_01_from_a_signed_repository() {
    let Some(selection) = debian("01-names-and-providers") else { return };
    assert_eq!(
        chosen(&selection),
        ["liballplanes=2-1", "libcodec61=7:7.1-1", "player=7:7.1-1", "tool-small=1-1"]
    );
}

#[test]
fn row_03_from_a_signed_repository() {
    let Some(selection) = debian("03-any-qualifier") else { return };
    let expected = [
        "foreign=2-1",
        "interp=3.13-1",
        "lib1=2-1",
        "prov=2-1",
        "script=1-1",
        "script4=1-1",
        "script5=1-1",
        "script7=1-1",
        "script8=1-1",
    ];
    assert_eq!(chosen(&selection), expected);
}

#[test]
fn row_04_from_signed_repositories() {
    let Some(selection) = debian("04-candidate-and-repository") else { return };
    assert_eq!(
        chosen(&selection),
        ["agent=2.0-1", "builder=1-1", "cc=19-1", "libone=1-1", "onlyhere=3-1~bpo13+1"]
    );
    let of = |name: &str| selection.packages.iter().find(|one| one.name == name).unwrap().repository;
    // In the order of the definition: vendor, main, backports, experimental.
    assert_eq!(["agent", "cc", "onlyhere"].map(of), [0, 1, 2]);
    let is_told = |warning: &Warning| matches!(warning, Warning::OtherBytes { name, .. } if name == "agent");
    assert!(selection.warnings.iter().any(is_told), "{:?}", selection.warnings);
}

#[test]
fn row_06_from_a_signed_repository() {
    let Some(plan) = plan("06-apk-priority-and-version") else { return };
    let key = RepositoryKey::generate("test-1.rsa.pub");
    let packages = [
        ApkPackage::new("bind", "2.13.6-r1").priority(312),
        ApkPackage::new("bind", "3.0.4-r0").priority(310),
        ApkPackage::new("pya", "1-r0").provides(&["py=1"]).priority(20),
        ApkPackage::new("pyb", "1-r0").provides(&["py=2"]).priority(10),
        ApkPackage::new("va", "1-r0").provides(&["virt"]).priority(20),
        ApkPackage::new("vb", "9-r0").provides(&["virt"]).priority(10),
        ApkPackage::new("app", "1-r0").depends(&["bind"]),
    ];
    let mut host = Files::default();
    host.put("http://repo.test/alpine/main", repository("x86_64", &packages, &key));
    let selection = select(&plan, &host, key.public_pem().as_bytes());
    assert_eq!(chosen(&selection), ["app=1-r0", "bind=3.0.4-r0", "pyb=1-r0", "va=1-r0"]);
}

#[test]
fn row_15_from_a_signed_repository() {
    let Some(selection) = debian("15-waived-in-dev-image") else { return };
    assert_eq!(chosen(&selection), ["apt=3.0-1", "dpkg=1.22-1", "libpy=3-1", "script=1-1"]);
    let excluded: Vec<&str> =
        selection.waived.iter().flat_map(|waived| &waived.excluded).map(|(name, _)| name.as_str()).collect();
    assert_eq!(excluded, ["tzdata", "interp"]);
}
