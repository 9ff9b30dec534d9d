//! The predicate of SLSA provenance v0.2 (slsa.dev/spec/v0.2/provenance), for readers that know no other.

use std::collections::BTreeMap;

use serde::Serialize;

use super::BUILD_TYPE;
use super::record::{Build, Error, Material};
use super::v1::{ExternalParameters, InternalParameters};

/// The predicate type.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v0.2";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'a> {
    builder: Builder<'a>,
    build_type: &'static str,
    invocation: Invocation<'a>,
    metadata: Metadata,
    materials: Vec<Digested<'a>>,
}

#[derive(Serialize)]
struct Builder<'a> {
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    config_source: Digested<'a>,
    parameters: ExternalParameters<'a>,
    environment: Environment<'a>,
}

/// What the build does not need to be repeated, and what describes where it ran.
#[derive(Serialize)]
struct Environment<'a> {
    platform: String,
    version: &'a str,
    #[serde(flatten)]
    parameters: InternalParameters<'a>,
}

/// A material has no name in this version.
#[derive(Serialize)]
struct Digested<'a> {
    uri: &'a str,
    digest: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(rename = "buildInvocationID")]
    build_invocation_id: String,
    build_started_on: String,
    build_finished_on: String,
    completeness: Completeness,
    reproducible: bool,
}

#[derive(Serialize)]
struct Completeness {
    parameters: bool,
    environment: bool,
    materials: bool,
}

impl<'a> From<&'a Material> for Digested<'a> {
    fn from(material: &'a Material) -> Self {
        Self { uri: &material.uri, digest: &material.digest }
    }
}

/// The predicate, as compact JSON.
///
/// # Errors
///
/// [`Error`] if the epoch is no time, a parameter is there twice, or a dependency has no digest.
pub fn write(build: &Build) -> Result<String, Error> {
    let time = build.time()?.to_string();
    let predicate = Predicate {
        builder: Builder { id: &build.builder_id },
        build_type: BUILD_TYPE,
        invocation: Invocation {
            config_source: Digested::from(&build.definition),
            parameters: ExternalParameters::of(build)?,
            environment: Environment {
                platform: build.platform.to_string(),
                version: &build.builder_version,
                parameters: InternalParameters::of(build)?,
            },
        },
        metadata: Metadata {
            build_invocation_id: build.invocation_id(),
            build_started_on: time.clone(),
            build_finished_on: time,
            completeness: Completeness {
                parameters: true,
                environment: true,
                materials: build.network.is_none(),
            },
            reproducible: build.is_reproducible,
        },
        materials: build.sorted_dependencies()?.into_iter().map(Digested::from).collect(),
    };
    serde_json::to_string(&predicate).map_err(|error| Error::Json(error.to_string()))
}
