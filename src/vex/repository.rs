//! VEX repositories: which documents an index lists for a package (VEX repository specification 0.1).
//!
//! Package URLs are compared by their parts. All repositories are asked: one that lists a package and has nothing to
//! say about a vulnerability hides no other.
//! Invariant: a document is only ever opened inside the directory of its repository ([`DocumentPath`]).

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{Error, PackageUrl, Profile};
use crate::oci::{json, quote_untrusted};

/// A repository: its name and its index.
#[derive(Clone, Debug)]
pub struct Repository {
    name: String,
    entries: Vec<Entry>,
    by_package: HashMap<Key, Vec<usize>>,
}

#[derive(Clone, Debug)]
struct Entry {
    id: String,
    listed: ListedDocument,
}

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
    /// [`Error::RepositoryIndex`] if it is no index. A location outside the repository is the error of its entry.
    pub fn read(name: &str, index: &[u8]) -> Result<Self, Error> {
        let fail = |cause: String| Error::RepositoryIndex { repository: quote_untrusted(name), cause };
        let index: Map<String, Value> =
            json::parse(index, "the index").map_err(|error| fail(error.to_string()))?;
        let packages = match member(&index, "packages").map_err(fail)? {
            Some(Value::Array(packages)) => packages.as_slice(),
            None | Some(Value::Null) => &[],
            Some(_) => return Err(fail("its `packages` are not a list".to_owned())),
        };
        let entries: Vec<_> =
            packages.iter().map(|package| entry(name, package)).collect::<Result<_, _>>().map_err(fail)?;
        let mut by_package: HashMap<Key, Vec<usize>> = HashMap::new();
        for (position, entry) in entries.iter().enumerate() {
            // An id that is not a package URL names nothing.
            for key in PackageUrl::parse(&entry.id).iter().flat_map(keys) {
                by_package.entry(key).or_default().push(position);
            }
        }
        Ok(Self { name: name.to_owned(), entries, by_package })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The documents that it lists for a package, each once, in the order of the index.
    fn documents(&self, package: &PackageUrl) -> impl Iterator<Item = &ListedDocument> {
        let positions: BTreeSet<usize> =
            keys(package).iter().flat_map(|key| self.by_package.get(key)).flatten().copied().collect();
        let entries: Vec<_> =
            positions.into_iter().filter_map(|position| self.entries.get(position)).collect();
        let mut seen = Vec::new();
        entries.into_iter().map(|entry| &entry.listed).filter(move |listed| {
            let is_new = !seen.contains(listed);
            seen.push(*listed);
            is_new
        })
    }

    /// The document that Trivy finds: by the text of the id as it encodes it. Of several, the last.
    fn document_of_trivy(&self, id: &str) -> Option<&ListedDocument> {
        self.entries.iter().rev().find(|entry| entry.id == id).map(|entry| &entry.listed)
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

fn entry(repository: &str, package: &Value) -> Result<Entry, String> {
    let Value::Object(package) = package else { return Err("a package is not an object".to_owned()) };
    let text = |name: &str| match member(package, name)? {
        Some(Value::String(text)) => Ok(Some(text.clone())),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(format!("the `{name}` of a package is not a text")),
    };
    let id = text("id")?.ok_or("a package has no `id`")?;
    let location = text("location")?.ok_or("a package has no `location`")?;
    let path = DocumentPath::parse(&location).ok_or_else(|| Error::LocationOutsideRepository {
        repository: quote_untrusted(repository),
        location: quote_untrusted(&location),
    });
    Ok(Entry { id, listed: ListedDocument { path, format: text("format")? } })
}

/// A member, whatever the case of its name.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Value>, String> {
    let mut found = object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let first = found.next().map(|(_, value)| value);
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
        assert!(Repository::read("first", br#"{"version": 1}"#).unwrap().entries.is_empty());
    }
}
