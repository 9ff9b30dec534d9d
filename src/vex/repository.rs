//! VEX repositories: which documents an index lists for a package (VEX repository specification 0.1).
//!
//! Package URLs are compared by their parts. All repositories are asked: one that lists a package and has nothing to
//! say about a vulnerability hides no other.
//! Invariant: a document is only ever opened inside the directory of its repository ([`DocumentPath`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::value::RawValue;

use super::limits::{REPOSITORY_INDEX, REPOSITORY_PACKAGES};
use super::{Error, ImageFacts, PackageUrl, Profile, Scan};
use crate::limits::Exceeded;
use crate::oci::reference::RemoteName;
use crate::oci::{json, quote_untrusted};

/// A repository: its name and its index.
#[derive(Clone, Debug)]
pub struct Repository {
    name: String,
    /// Each document once, in the order of the index.
    documents: Vec<ListedDocument>,
    /// Positions among the documents, in the order of the index.
    by_package: HashMap<Key, Vec<usize>>,
    /// The document of the last entry with this id.
    by_id: HashMap<String, usize>,
}

/// An entry of an index.
struct Entry {
    id: String,
    location: String,
    format: Option<String>,
}

/// The members of an object of an index, as they are written.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// A document that an index lists for a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDocument {
    /// Where it is, below the directory of the repository. An error if the location leaves that directory.
    pub path: Result<DocumentPath, Error>,
    /// Its format, as the index has it: `openvex`, `csaf`.
    pub format: Option<String>,
}

/// A path below the directory of a repository, with slashes. No part of it is `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentPath(String);

/// What is compared of a package URL: everything but version, qualifiers and subpath; the whole path of an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    kind: String,
    namespace: Option<String>,
    name: String,
}

impl DocumentPath {
    fn parse(location: &str) -> Option<Self> {
        let parts = location.split('/').filter(|part| !matches!(*part, "" | "."));
        let parts: Vec<_> = parts.collect();
        let is_inside = !location.starts_with('/')
            && !location.contains(['\\', '\0'])
            && !parts.is_empty()
            && parts.iter().all(|part| *part != "..");
        is_inside.then(|| Self(parts.join("/")))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Repository {
    /// Reads the `index.json` of a repository. Names of members may differ in case, as Go reads them.
    ///
    /// # Errors
    ///
    /// [`Error::RepositoryIndex`] if it is no index, [`Error::Limit`] if it is too large. A location outside the repository
    /// is the error of its document.
    pub fn read(name: &str, index: &[u8]) -> Result<Self, Error> {
        let fail = |cause: String| Error::RepositoryIndex { repository: quote_untrusted(name), cause };
        if index.len() as u64 > REPOSITORY_INDEX {
            let what = format!("the index of the VEX repository {}", quote_untrusted(name));
            return Err(Error::Limit(Exceeded::new(what, REPOSITORY_INDEX, "bytes")));
        }
        let index: Members<'_> = json::parse(index, "the index").map_err(|error| fail(error.to_string()))?;
        let packages: Option<Vec<&RawValue>> = match member(&index, "packages").map_err(fail)? {
            Some(packages) => json::parse(packages.get().as_bytes(), "the packages")
                .map_err(|_| fail("its `packages` are not a list".to_owned()))?,
            None => None,
        };
        let packages = packages.unwrap_or_default();
        if packages.len() > REPOSITORY_PACKAGES {
            let what = format!("the packages in the index of the VEX repository {}", quote_untrusted(name));
            return Err(Error::Limit(Exceeded::new(what, REPOSITORY_PACKAGES as u64, "packages")));
        }
        let mut repository = Self {
            name: name.to_owned(),
            documents: Vec::new(),
            by_package: HashMap::new(),
            by_id: HashMap::new(),
        };
        let mut known: HashMap<(String, Option<String>), usize> = HashMap::new();
        for package in packages {
            let Entry { id, location, format } = entry(package).map_err(fail)?;
            let path = DocumentPath::parse(&location);
            let written = path.as_ref().map_or(location.as_str(), DocumentPath::as_str).to_owned();
            let position = *known.entry((written, format.clone())).or_insert_with(|| {
                let path = path.ok_or_else(|| Error::LocationOutsideRepository {
                    repository: quote_untrusted(name),
                    location: quote_untrusted(&location),
                });
                repository.documents.push(ListedDocument { path, format });
                repository.documents.len() - 1
            });
            // An id that is not a package URL names nothing.
            for key in PackageUrl::parse(&id).iter().flat_map(keys) {
                repository.by_package.entry(key).or_default().push(position);
            }
            repository.by_id.insert(id, position);
        }
        Ok(repository)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The documents that it lists for a package, each once, in the order of the index.
    fn documents(&self, package: &PackageUrl) -> impl Iterator<Item = &ListedDocument> {
        let positions: BTreeSet<usize> =
            keys(package).iter().flat_map(|key| self.by_package.get(key)).flatten().copied().collect();
        positions.into_iter().filter_map(|position| self.documents.get(position))
    }

    /// All documents that it lists, each once, in the order of the index.
    pub fn all_documents(&self) -> impl Iterator<Item = &ListedDocument> {
        self.documents.iter()
    }

    /// The document that Trivy finds: by the text of the id as it encodes it. Of several, the last.
    fn document_of_trivy(&self, id: &str) -> Option<&ListedDocument> {
        self.documents.get(*self.by_id.get(id)?)
    }
}

/// The documents that the repositories list for a package, in the order of their priority, with the position of the
/// repository. In the profile of Trivy ([`trivy::VERSION`](super::engines::trivy::VERSION)), only the first repository
/// that lists the package is asked.
pub fn documents<'a>(
    repositories: &'a [Repository],
    package: &PackageUrl,
    profile: Profile,
) -> Vec<(usize, &'a ListedDocument)> {
    let numbered = repositories.iter().enumerate();
    if profile == Profile::Trivy {
        let id = id_of_trivy(package);
        let mut listed = numbered.filter_map(|(at, one)| Some((at, one.document_of_trivy(&id)?)));
        return listed.next().into_iter().collect();
    }
    numbered.flat_map(|(at, one)| one.documents(package).map(move |listed| (at, listed))).collect()
}

/// The package URLs that indexes are searched for, so that every document is found that may be about a finding of a scan:
/// the packages of the findings and their source packages, the packages that depend on them, and the scanned image and
/// its proven base under each of their names.
pub fn lookups(scan: &Scan, facts: &ImageFacts) -> Vec<PackageUrl> {
    let mut found = BTreeSet::new();
    let mut lookups = Vec::new();
    let mut add = |purl: PackageUrl| {
        if found.insert(keys(&purl)) {
            lookups.push(purl);
        }
    };
    for finding in &scan.findings {
        let Some(purl) = &finding.package.purl else { continue };
        add(purl.clone());
        let source = |name| PackageUrl::new(purl.kind(), purl.namespace(), name, None);
        let sources = finding.package.sources.iter().filter_map(|one| source(&one.name).ok());
        sources.for_each(&mut add);
    }
    ancestors(scan).into_iter().cloned().for_each(&mut add);
    scan.subject.purl.clone().into_iter().for_each(&mut add);
    image_names(scan, facts).iter().filter_map(|name| image_purl(name)).for_each(&mut add);
    lookups
}

/// The packages that depend on a package with a finding, directly or through others.
fn ancestors(scan: &Scan) -> Vec<&PackageUrl> {
    let Some(graph) = &scan.graph else { return Vec::new() };
    let mut open: Vec<usize> = scan.findings.iter().filter_map(|finding| finding.package.node).collect();
    let mut seen: BTreeSet<usize> = open.iter().copied().collect();
    while let Some(node) = open.pop() {
        let parents = graph.parents.get(node).into_iter().flatten();
        open.extend(parents.filter(|parent| seen.insert(**parent)));
    }
    seen.into_iter().filter_map(|node| graph.nodes.get(node)?.as_ref()).collect()
}

/// The names of the scanned image and of its base. Docker Hub and hardened images have several, and aliases of the user
/// add more.
fn image_names(scan: &Scan, facts: &ImageFacts) -> BTreeSet<String> {
    let subject = &scan.subject;
    let texts = subject.tags.iter().chain(&subject.repo_digests).chain([&subject.name]);
    let texts = texts.chain(&facts.base_references).chain(&facts.signed_as).chain(&facts.base_signed_as);
    let repository = |text: &str| {
        let name = text.split_once('@').map_or(text, |(name, _)| name);
        let name = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => name,
        };
        Some(RemoteName::parse(name).ok()?.to_string())
    };
    let mut names: BTreeSet<String> = texts.filter_map(|text| repository(text)).collect();
    for alias in &facts.aliases {
        if let (Some(mirror), Some(original)) = (repository(&alias.mirror), repository(&alias.original)) {
            if names.contains(&mirror) {
                names.insert(original);
            } else if names.contains(&original) {
                names.insert(mirror);
            }
        }
    }
    let of_hardened = |name: &String| {
        let hardened = name.strip_prefix("docker.io/dhi/").map(|path| format!("dhi.io/{path}"));
        hardened.or_else(|| Some(format!("docker.io/dhi/{}", name.strip_prefix("dhi.io/")?)))
    };
    let others: Vec<String> = names.iter().filter_map(of_hardened).collect();
    names.extend(others);
    let on_hub = |name: &String| Some(format!("index.docker.io/{}", name.strip_prefix("docker.io/")?));
    let others: Vec<String> = names.iter().filter_map(on_hub).collect();
    names.extend(others);
    names
}

/// The package URL of every image of a repository.
fn image_purl(repository: &str) -> Option<PackageUrl> {
    let (_, last) = repository.rsplit_once('/')?;
    PackageUrl::new("oci", None, last, None).ok()?.with_qualifier("repository_url", repository).ok()
}

/// What an index is searched for by Trivy: the package URL without version, qualifiers and subpath, but for the
/// `repository_url` of an image, encoded as packageurl-go does.
fn id_of_trivy(package: &PackageUrl) -> String {
    let id = package.unversioned();
    match package.qualifier("repository_url").filter(|_| package.kind() == "oci") {
        Some(url) => {
            id.with_qualifier("repository_url", url).map_or_else(|_| String::new(), |id| id.to_string())
        }
        None => id.to_string(),
    }
}

/// The keys of a package URL. The `repository_url` of an image may be its whole path, or that of its parent.
fn keys(package: &PackageUrl) -> BTreeSet<Key> {
    let key = |name: String| Key {
        kind: package.kind().to_owned(),
        namespace: package.namespace().map(str::to_owned),
        name,
    };
    match package.qualifier("repository_url").filter(|_| package.kind() == "oci") {
        Some(url) => {
            let parent = format!("{url}/{}", package.name());
            let full = url.ends_with(&format!("/{}", package.name())).then(|| url.to_owned());
            full.into_iter().chain([parent]).map(key).collect()
        }
        None => BTreeSet::from([key(package.name().to_owned())]),
    }
}

fn entry(package: &RawValue) -> Result<Entry, String> {
    let package: Members<'_> = json::parse(package.get().as_bytes(), "a package")
        .map_err(|_| "a package is not an object".to_owned())?;
    let text = |name: &str| match member(&package, name)? {
        Some(text) => json::parse::<Option<String>>(text.get().as_bytes(), name)
            .map_err(|_| format!("the `{name}` of a package is not a text")),
        None => Ok(None),
    };
    let id = text("id")?.ok_or("a package has no `id`")?;
    let location = text("location")?.ok_or("a package has no `location`")?;
    Ok(Entry { id, location, format: text("format")? })
}

/// A member, whatever the case of its name.
fn member<'a>(object: &Members<'a>, name: &str) -> Result<Option<&'a RawValue>, String> {
    let mut found = object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let first = found.next().map(|(_, value)| *value);
    if found.next().is_some() {
        return Err(format!("`{name}` occurs twice, in different case"));
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(packages: &str) -> Repository {
        Repository::read("first", format!(r#"{{"packages": {packages}}}"#).as_bytes()).unwrap()
    }

    fn paths(repositories: &[Repository], package: &str, profile: Profile) -> Vec<(usize, String)> {
        let package = PackageUrl::parse(package).unwrap();
        let found = documents(repositories, &package, profile).into_iter();
        found.map(|(at, listed)| (at, listed.path.as_ref().unwrap().as_str().to_owned())).collect()
    }

    #[test]
    fn finds_packages_by_their_parts_and_trivy_by_text() {
        let lower = repository(r#"[{"id": "pkg:deb/debian/libstdc%2b%2b6", "location": "a.json"}]"#);
        let literal = repository(r#"[{"id": "pkg:deb/debian/libstdc++6", "location": "b.json"}]"#);
        let encoded = repository(r#"[{"ID": "pkg:deb/debian/libstdc%2B%2B6", "Location": "./c//d.json"}]"#);
        let all = [lower, literal, encoded];
        let found = "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64";
        let everything =
            [(0, "a.json"), (1, "b.json"), (2, "c/d.json")].map(|(at, path)| (at, path.to_owned()));
        assert_eq!(paths(&all, found, Profile::Dhi), everything);
        assert_eq!(paths(&all, found, Profile::Trivy), [(2, "c/d.json".to_owned())]);
    }

    #[test]
    fn finds_images_by_full_path_and_by_parent() {
        let full =
            repository(r#"[{"id": "pkg:oci/bash?repository_url=dhi.io%2Fbash", "location": "a.json"}]"#);
        let parent = repository(r#"[{"id": "pkg:oci/bash?repository_url=dhi.io", "location": "b.json"}]"#);
        let all = [parent, full];
        let digest = "a".repeat(64);
        let found = format!("pkg:oci/bash@sha256:{digest}?arch=amd64&repository_url=dhi.io%2Fbash");
        assert_eq!(paths(&all, &found, Profile::Dhi), [(0, "b.json".to_owned()), (1, "a.json".to_owned())]);
        assert_eq!(paths(&all, &found, Profile::Trivy), [(1, "a.json".to_owned())]);
        assert_eq!(paths(&all, "pkg:oci/bash?repository_url=example.com", Profile::Dhi), []);
    }

    #[test]
    fn lists_an_entry_twice_only_if_its_document_differs() {
        let twice = r#"[{"id": "pkg:npm/a", "location": "a.json"}, {"id": "pkg:npm/a", "location": "a.json"},
            {"id": "pkg:npm/a", "location": "b.json"}]"#;
        let all = [repository(twice)];
        assert_eq!(
            paths(&all, "pkg:npm/a@1", Profile::Dhi),
            [(0, "a.json".to_owned()), (0, "b.json".to_owned())]
        );
        assert_eq!(paths(&all, "pkg:npm/a@1", Profile::Trivy), [(0, "b.json".to_owned())]);
    }

    #[test]
    fn a_location_outside_the_repository_is_an_error() {
        for location in
            ["../a.json", "a/../../b.json", "/etc/passwd", "a/..", "", ".", r"..\\a.json", r"a\u0000"]
        {
            let index = format!(r#"[{{"id": "pkg:npm/a", "location": "{location}"}}]"#);
            let all = [repository(&index)];
            let package = PackageUrl::parse("pkg:npm/a").unwrap();
            let found = documents(&all, &package, Profile::Dhi);
            let path = &found[0].1.path;
            assert!(matches!(path, Err(Error::LocationOutsideRepository { .. })), "{location}: {path:?}");
        }
    }

    #[test]
    fn findings_are_looked_up_by_source_package_ancestors_and_image() {
        let purl = |text: &str| PackageUrl::parse(text).unwrap();
        let finding = |text: &str, source: Option<&str>, node| crate::vex::Finding {
            id: "CVE-2026-1".to_owned(),
            aliases: Vec::new(),
            package: crate::vex::FoundPackage {
                purl: Some(purl(text)),
                sources: source
                    .map(|name| crate::vex::SourcePackage { name: name.to_owned(), version: None })
                    .into_iter()
                    .collect(),
                node,
                ..crate::vex::FoundPackage::default()
            },
            severity: crate::vex::Severity::High,
            fix: crate::vex::Fix::Unknown,
            published: None,
            known_exploited: None,
            scores: Vec::new(),
            epss: None,
        };
        let graph = crate::vex::Graph {
            nodes: vec![
                None,
                Some(purl("pkg:npm/app@1")),
                Some(purl("pkg:npm/a@1")),
                Some(purl("pkg:npm/other@1")),
            ],
            parents: vec![vec![], vec![0], vec![1, 2], vec![0]],
            root: 0,
        };
        let subject = crate::vex::Scanned {
            tags: vec!["mirror.example:5000/python:3.13".to_owned()],
            ..crate::vex::Scanned::default()
        };
        let scan = Scan {
            subject,
            findings: vec![
                finding("pkg:deb/debian/libssl3t64@3.5?arch=amd64", Some("openssl"), None),
                finding("pkg:deb/debian/libssl3t64@3.6", Some("openssl"), None),
                finding("pkg:npm/a@1", None, Some(2)),
            ],
            suppressed_before: 0,
            graph: Some(graph),
            not_scanned: None,
        };
        let alias = crate::vex::RepositoryAlias {
            mirror: "mirror.example:5000/python".to_owned(),
            original: "dhi.io/python".to_owned(),
        };
        let with_alias = ImageFacts { aliases: vec![alias], ..ImageFacts::default() };
        let found: Vec<String> =
            lookups(&scan, &with_alias).iter().map(|purl| purl.unversioned().to_string()).collect();
        assert_eq!(
            found,
            ["pkg:deb/debian/libssl3t64", "pkg:deb/debian/openssl", "pkg:npm/a", "pkg:npm/app"]
                .into_iter()
                .chain(["pkg:oci/python"; 4])
                .collect::<Vec<_>>()
        );
        let images: Vec<_> = lookups(&scan, &ImageFacts::default())
            .iter()
            .filter_map(|one| Some(one.qualifier("repository_url")?.to_owned()))
            .collect();
        assert_eq!(images, ["mirror.example:5000/python"]);
        let hardened =
            repository(r#"[{"id": "pkg:oci/python?repository_url=dhi.io", "location": "a.json"}]"#);
        let signed_as = Some("dhi.io/python".to_owned());
        for facts in [
            with_alias,
            ImageFacts { signed_as: signed_as.clone(), ..ImageFacts::default() },
            ImageFacts { base_signed_as: signed_as, ..ImageFacts::default() },
            ImageFacts {
                base_references: vec![format!("dhi.io/python@sha256:{}", "a".repeat(64))],
                ..ImageFacts::default()
            },
        ] {
            let found = lookups(&scan, &facts);
            assert!(found.iter().any(|purl| hardened.documents(purl).next().is_some()), "{facts:?}");
        }
        let found = lookups(&scan, &ImageFacts::default());
        assert!(!found.iter().any(|purl| hardened.documents(purl).next().is_some()));
    }

    #[test]
    fn an_index_with_wrong_types_is_an_error() {
        for index in [
            "[]",
            r#"{"packages": {}}"#,
            r#"{"packages": [1]}"#,
            r#"{"packages": [{"id": "a"}]}"#,
            r#"{"packages": [], "Packages": []}"#,
            r#"{"packages": [{"id": 1, "location": "a"}]}"#,
        ] {
            let read = Repository::read("first", index.as_bytes());
            assert!(matches!(read, Err(Error::RepositoryIndex { .. })), "{index}");
        }
        assert!(Repository::read("first", br#"{"version": 1}"#).unwrap().documents.is_empty());
    }

    #[test]
    fn an_index_is_bounded() {
        let read = |packages: usize| {
            let packages = vec![r#"{"id":"pkg:npm/a","location":"a"}"#; packages].join(",");
            Repository::read("first", format!(r#"{{"packages":[{packages}]}}"#).as_bytes())
        };
        assert!(matches!(read(REPOSITORY_PACKAGES + 1), Err(Error::Limit(_))));
        assert_eq!(read(REPOSITORY_PACKAGES).unwrap().documents.len(), 1);
        let long = vec![b' '; usize::try_from(REPOSITORY_INDEX).unwrap() + 1];
        assert!(matches!(Repository::read("first", &long), Err(Error::Limit(_))));
    }

    #[test]
    fn a_package_of_every_entry_has_each_document_once() {
        let entries = (0..REPOSITORY_PACKAGES).map(|n| format!(r#"{{"id":"pkg:npm/a","location":"{n}"}}"#));
        let all = [repository(&format!("[{}]", entries.collect::<Vec<_>>().join(",")))];
        let package = PackageUrl::parse("pkg:npm/a").unwrap();
        assert_eq!(documents(&all, &package, Profile::Dhi).len(), REPOSITORY_PACKAGES);
    }
}
