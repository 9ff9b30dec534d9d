//! How an image was built.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::builder::lock::{Substitution, Waived};
use crate::oci::{Digest, Platform};

/// How the image of one platform was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Who built it, as a URI: what a verifier trusts (SLSA v1, `builder.id`).
    pub builder_id: String,
    /// The version of this program.
    pub builder_version: String,
    /// The definition: its address, or the name of its file, with the digest of its bytes.
    pub definition: Material,
    /// The platform.
    pub platform: Platform,
    /// The variables of the definition that were set from outside, in any order.
    pub arguments: Vec<Parameter>,
    /// What replaced repositories and packages, as the lock states it.
    pub substitutions: Vec<Substitution>,
    /// What the steps of the build could reach.
    pub network: Network,
    /// The digest of the lock.
    pub lock: Digest,
    /// Dependencies that exclusions leave unmet, as the lock states them.
    pub waived: Vec<Waived>,
    /// What the program decided beyond that, such as the compression, in any order.
    pub internal: Vec<Parameter>,
    /// Everything that was taken from elsewhere, in any order: see [`materials`](super::materials).
    pub dependencies: Vec<Material>,
    /// The epoch of the build, in seconds since 1970: the time in the documents.
    pub epoch: i64,
    /// Whether a second build is expected to give the same bytes.
    pub is_reproducible: bool,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What the steps of a build could reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// Nothing. Only files whose digests the lock names were fetched, before any step.
    None,
    /// These hosts.
    Hosts(Vec<String>),
    /// Every host.
    All,
}

/// Something that a build takes from elsewhere (in-toto's `ResourceDescriptor`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Material {
    /// Its URI: an address or a package URL.
    pub uri: String,
    /// Its digests: hexadecimal text by algorithm (`sha256`, `sha512`, `gitCommit`, `sha1`).
    pub digest: BTreeMap<String, String>,
    /// What it is, where the URI does not say so: `lock`, `key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Why provenance cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A time outside the years that a timestamp has.
    #[error("the epoch {0} is no time of the years -9999 to 9999")]
    Time(i64),
    /// A parameter twice: readers would not agree on its value.
    #[error("the parameter `{}` is there twice", .0.escape_debug())]
    Twice(String),
    /// Something without a digest.
    #[error("`{}` has no digest", .0.escape_debug())]
    NoDigest(String),
    /// A name that no package URL can have.
    #[error("`{}` has no package URL", .0.escape_debug())]
    NoPackageUrl(String),
    /// A value that is no JSON. It cannot occur: every value can be serialized.
    #[error("the document cannot be written: {0}")]
    Json(String),
}

impl Material {
    /// A resource with an OCI digest.
    pub fn new(uri: impl Into<String>, digest: &Digest) -> Self {
        let digest = BTreeMap::from([(digest.algorithm().to_owned(), digest.hex())]);
        Self { uri: uri.into(), digest, name: None }
    }

    /// A checkout of a Git repository, which has no digest of its own.
    pub fn of_commit(uri: impl Into<String>, commit: &str) -> Self {
        // BuildKit writes `sha1`, which is the same for all repositories but those of the new format.
        let names: &[&str] = if commit.len() == 40 { &["gitCommit", "sha1"] } else { &["gitCommit"] };
        let digest = names.iter().map(|name| ((*name).to_owned(), commit.to_owned()));
        Self { uri: uri.into(), digest: digest.collect(), name: None }
    }

    /// The resource with a name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }
}

impl Network {
    /// Whether nothing could be reached.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// `none`, `all`, or the hosts.
impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::All => serializer.serialize_str("all"),
            Self::Hosts(hosts) => {
                let mut hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
                hosts.sort_unstable();
                hosts.dedup();
                hosts.serialize(serializer)
            }
        }
    }
}

impl Build {
    /// The time that the documents state.
    pub(super) fn time(&self) -> Result<Timestamp, Error> {
        Timestamp::from_second(self.epoch).map_err(|_| Error::Time(self.epoch))
    }

    /// The identifier of the build: equal inputs have the same.
    pub(super) fn invocation_id(&self) -> String {
        let mut parts = vec![self.lock.to_string(), self.platform.to_string(), self.epoch.to_string()];
        parts.extend(self.definition.digest.values().cloned());
        let mut arguments: Vec<&Parameter> = self.arguments.iter().collect();
        arguments.sort_unstable();
        for Parameter { name, value } in arguments {
            parts.extend([name.clone(), value.clone()]);
        }
        let text = parts.join("\0");
        Digest::of(text.as_bytes()).to_string()
    }

    /// The dependencies, sorted, each once.
    pub(super) fn sorted_dependencies(&self) -> Result<Vec<&Material>, Error> {
        let mut dependencies: Vec<&Material> = self.dependencies.iter().collect();
        dependencies.sort_unstable();
        dependencies.dedup();
        let has_none = |material: &&&Material| !material.digest.values().any(|digest| !digest.is_empty());
        match std::iter::once(&&self.definition).chain(&dependencies).find(has_none) {
            Some(without) => Err(Error::NoDigest(without.uri.clone())),
            None => Ok(dependencies),
        }
    }
}

/// Parameters by name.
pub(super) fn by_name(parameters: &[Parameter]) -> Result<BTreeMap<&str, &str>, Error> {
    let mut named = BTreeMap::new();
    for parameter in parameters {
        if named.insert(parameter.name.as_str(), parameter.value.as_str()).is_some() {
            return Err(Error::Twice(parameter.name.clone()));
        }
    }
    Ok(named)
}
