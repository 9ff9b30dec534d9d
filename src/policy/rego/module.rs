//! A policy that was read and checked: source, metadata, configuration and identity.

use serde_json::{Map, Value};

use super::engine;
use super::error::Error;
use super::metadata::Metadata;
use crate::evidence::{AcceptedEvidence, PolicyIdentity, PolicyNeeds};
use crate::oci::Digest;

/// A policy in Rego.
#[derive(Clone, Debug)]
pub struct RegoPolicy {
    origin: String,
    source: String,
    metadata: Metadata,
    config: Map<String, Value>,
}

impl RegoPolicy {
    /// Reads the Rego module `source`. `origin` names it in errors and printed lines.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is not Rego, is no policy of the contract, or calls a function that is not offered.
    pub fn parse(origin: &str, source: &str) -> Result<Self, Error> {
        engine::check(origin, source)?;
        let metadata = Metadata::of_source(origin, source)?;
        Ok(Self { origin: origin.to_owned(), source: source.to_owned(), metadata, config: Map::new() })
    }

    /// The same policy with this `data.config`.
    #[must_use]
    pub fn with_config(self, config: Map<String, Value>) -> Self {
        Self { config, ..self }
    }

    /// The file that it was read from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The Rego module.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its metadata.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// `data.config`.
    pub fn config(&self) -> &Map<String, Value> {
        &self.config
    }

    /// Its name, and the digest of its source and its configuration.
    pub fn identity(&self) -> PolicyIdentity {
        let config = Value::Object(self.config.clone()).to_string();
        let digest = Digest::of(format!("{}\n{config}", Digest::of(self.source.as_bytes())).as_bytes());
        PolicyIdentity { name: self.metadata.name.clone(), digest }
    }

    /// What it needs besides the evidence.
    pub fn needs(&self) -> PolicyNeeds {
        PolicyNeeds { base: true, accepts: AcceptedEvidence::Images, documents: true, findings: true }
    }
}
