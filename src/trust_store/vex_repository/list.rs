//! The user's list of VEX repositories, in the order of their priority.
//!
//! It is a file in the data directory, which is replaced atomically by one process at a time.

use serde::{Deserialize, Serialize};

use super::error::RepositoryError;
use super::login::LoginSource;
use super::name::RepositoryName;
use super::url::RepositoryUrl;
use crate::limits::Limits;
use crate::oci::json;
use crate::trust_store::limits::{VEX_LIST, VEX_NAME};
use crate::trust_store::{DataDirectory, DataLock};

/// The file with the list.
const FILE: &str = "vex-repositories.json";
/// The version of its format.
const VERSION: u32 = 1;

/// The user's repositories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryList {
    entries: Vec<RepositoryEntry>,
}

/// One repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryEntry {
    /// Its name.
    pub name: RepositoryName,
    /// Its address.
    pub url: RepositoryUrl,
    /// Where its login comes from.
    pub login: LoginSource,
    /// The keys that its documents may be signed with, in place of those of the run.
    pub keys: Vec<RepositoryKey>,
}

/// A key that signs documents of one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositoryKey {
    /// What users call it.
    pub name: String,
    /// The public key.
    pub pem: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    schema_version: u32,
    repositories: Vec<WireEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEntry {
    name: String,
    url: String,
    #[serde(default)]
    login: LoginSource,
    #[serde(default)]
    keys: Vec<RepositoryKey>,
}

impl RepositoryList {
    /// Reads the list of a data directory. It is empty if there is none.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::List`], [`RepositoryError::Store`]
    pub fn read(directory: &DataDirectory, limits: &Limits) -> Result<Self, RepositoryError> {
        let Some(bytes) = directory.read(FILE, limits)? else { return Ok(Self::default()) };
        let path = directory.file(FILE).display().to_string();
        Self::parse(&bytes).map_err(|cause| RepositoryError::List { path, cause })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let wire: Wire = json::parse(bytes, "the list").map_err(|error| error.to_string())?;
        if wire.schema_version != VERSION {
            return Err(format!("it has version {}, and only {VERSION} is read", wire.schema_version));
        }
        let mut list = Self::default();
        for WireEntry { name, url, login, keys } in wire.repositories {
            let name = RepositoryName::parse(&name).map_err(|error| error.to_string())?;
            let url = RepositoryUrl::parse(&url).map_err(|error| error.to_string())?;
            list.add(RepositoryEntry { name, url, login, keys }).map_err(|error| error.to_string())?;
        }
        Ok(list)
    }

    /// Replaces the list of a data directory.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::Store`]
    pub fn write(&self, directory: &DataDirectory, lock: &DataLock) -> Result<(), RepositoryError> {
        let repositories = self.entries.iter().map(|entry| WireEntry {
            name: entry.name.to_string(),
            url: entry.url.to_string(),
            login: entry.login.clone(),
            keys: entry.keys.clone(),
        });
        let wire = Wire { schema_version: VERSION, repositories: repositories.collect() };
        let mut text = serde_json::to_vec_pretty(&wire).unwrap_or_default();
        text.push(b'\n');
        Ok(directory.write(lock, FILE, &text)?)
    }

    /// Adds a repository behind the others.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::Exists`] if there is one of that name.
    pub fn add(&mut self, entry: RepositoryEntry) -> Result<(), RepositoryError> {
        // Names may be those of directories where case does not count.
        let is_same =
            |other: &&RepositoryEntry| other.name.as_str().eq_ignore_ascii_case(entry.name.as_str());
        if let Some(other) = self.entries.iter().find(is_same) {
            let (name, url) = (other.name.to_string(), other.url.to_string());
            return Err(RepositoryError::Exists { name, url });
        }
        if self.entries.len() >= VEX_LIST {
            let text = entry.name.to_string();
            return Err(RepositoryError::Name { text, cause: "the list is full" });
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Removes a repository, and returns it.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::Unknown`]
    pub fn remove(&mut self, name: &str) -> Result<RepositoryEntry, RepositoryError> {
        match self.entries.iter().position(|entry| entry.name.as_str() == name) {
            Some(at) => Ok(self.entries.remove(at)),
            None => Err(self.unknown(name)),
        }
    }

    /// The repositories of these names, in the order of the list: its order is that of their priority. Every repository
    /// if `names` has `all`.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::Unknown`], and [`RepositoryError::Empty`] for `all` of an empty list.
    pub fn choose(&self, names: &[String]) -> Result<Vec<RepositoryEntry>, RepositoryError> {
        let is_all = |name: &String| name == "all";
        let is_known = |name: &String| self.entries.iter().any(|entry| entry.name.as_str() == name);
        if let Some(name) = names.iter().find(|name| !is_all(name) && !is_known(name)) {
            return Err(self.unknown(name));
        }
        if self.entries.is_empty() && !names.is_empty() {
            return Err(RepositoryError::Empty);
        }
        let is_chosen =
            |entry: &&RepositoryEntry| names.iter().any(|name| is_all(name) || entry.name.as_str() == name);
        Ok(self.entries.iter().filter(is_chosen).cloned().collect())
    }

    /// The repositories.
    pub fn entries(&self) -> &[RepositoryEntry] {
        &self.entries
    }

    fn unknown(&self, name: &str) -> RepositoryError {
        let known = self.entries.iter().map(|entry| entry.name.to_string()).collect();
        RepositoryError::Unknown { name: name.chars().take(VEX_NAME).collect(), known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> RepositoryEntry {
        RepositoryEntry {
            name: RepositoryName::parse(name).unwrap(),
            url: RepositoryUrl::parse("https://example.com/vex").unwrap(),
            login: LoginSource::Token { variable: "VEX_TOKEN".to_owned() },
            keys: vec![RepositoryKey { name: "team".to_owned(), pem: "PEM".to_owned() }],
        }
    }

    #[tokio::test]
    async fn the_list_is_stored_and_read() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = DataDirectory::at(scratch.path().join("dhi"));
        let limits = Limits::default();
        assert_eq!(RepositoryList::read(&directory, &limits), Ok(RepositoryList::default()));
        let mut list = RepositoryList::default();
        list.add(entry("b")).unwrap();
        list.add(entry("a/c")).unwrap();
        let lock = directory.lock(&limits).await.unwrap();
        list.write(&directory, &lock).unwrap();
        assert_eq!(RepositoryList::read(&directory, &limits), Ok(list.clone()));
        assert!(matches!(list.add(entry("B")), Err(RepositoryError::Exists { .. })));
        assert_eq!(list.remove("b").unwrap().name.as_str(), "b");
        assert!(matches!(list.remove("b"), Err(RepositoryError::Unknown { known, .. }) if known == ["a/c"]));
    }

    #[test]
    fn chosen_repositories_have_the_order_of_the_list() {
        let mut list = RepositoryList::default();
        for name in ["b", "a", "c"] {
            list.add(entry(name)).unwrap();
        }
        let names = |names: &[&str]| -> Vec<String> {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            list.choose(&names).unwrap().iter().map(|entry| entry.name.to_string()).collect()
        };
        assert_eq!(names(&["c", "b"]), ["b", "c"]);
        assert_eq!(names(&["all"]), ["b", "a", "c"]);
        assert!(matches!(list.choose(&["d".to_owned()]), Err(RepositoryError::Unknown { .. })));
        let none = RepositoryList::default();
        assert_eq!(none.choose(&["all".to_owned()]), Err(RepositoryError::Empty));
    }

    #[test]
    fn a_list_that_is_not_understood_is_an_error() {
        for text in [
            "",
            "{}",
            r#"{"schemaVersion": 2, "repositories": []}"#,
            r#"{"schemaVersion": 1, "repositories": [{"name": "../a", "url": "https://a"}]}"#,
            r#"{"schemaVersion": 1, "repositories": [{"name": "a", "url": "http://a"}]}"#,
            r#"{"schemaVersion": 1, "repositories": [{"name": "a", "url": "https://a", "token": "x"}]}"#,
        ] {
            assert!(RepositoryList::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
