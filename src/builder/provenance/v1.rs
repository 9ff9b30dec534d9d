//! The predicate of SLSA provenance v1 (slsa.dev/spec/v1.0/provenance).

use std::collections::BTreeMap;

use serde::Serialize;

use super::BUILD_TYPE;
use super::record::{Build, Error, Material, Network, by_name};
use crate::builder::lock::{Substitution, Waived};

/// The predicate type.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'a> {
    build_definition: BuildDefinition<'a>,
    run_details: RunDetails<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition<'a> {
    build_type: &'static str,
    external_parameters: ExternalParameters<'a>,
    internal_parameters: InternalParameters<'a>,
    resolved_dependencies: Vec<&'a Material>,
}

/// What whoever starts the build decides.
#[derive(Serialize)]
pub(super) struct ExternalParameters<'a> {
    definition: &'a Material,
    platform: String,
    arguments: BTreeMap<&'a str, &'a str>,
    substitutions: &'a [Substitution],
    network: &'a Network,
}

/// What the program decides.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InternalParameters<'a> {
    source_date_epoch: i64,
    lock: Lock<'a>,
    waived: &'a [Waived],
    #[serde(flatten)]
    more: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct Lock<'a> {
    digest: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
struct RunDetails<'a> {
    builder: Builder<'a>,
    metadata: Metadata,
}

#[derive(Serialize)]
struct Builder<'a> {
    id: &'a str,
    version: Version<'a>,
}

#[derive(Serialize)]
struct Version<'a> {
    dhi: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    invocation_id: String,
    started_on: String,
    finished_on: String,
}

/// The names of the fixed members of `internalParameters`.
const FIXED: [&str; 3] = ["sourceDateEpoch", "lock", "waived"];

impl<'a> ExternalParameters<'a> {
    pub(super) fn of(build: &'a Build) -> Result<Self, Error> {
        Ok(Self {
            definition: &build.definition,
            platform: build.platform.to_string(),
            arguments: by_name(&build.arguments)?,
            substitutions: &build.substitutions,
            network: &build.network,
        })
    }
}

impl<'a> InternalParameters<'a> {
    pub(super) fn of(build: &'a Build) -> Result<Self, Error> {
        let more = by_name(&build.internal)?;
        if let Some(fixed) = FIXED.into_iter().find(|fixed| more.contains_key(fixed)) {
            return Err(Error::Twice(fixed.to_owned()));
        }
        Ok(Self {
            source_date_epoch: build.epoch,
            lock: Lock { digest: BTreeMap::from([(build.lock.algorithm(), build.lock.hex())]) },
            waived: &build.waived,
            more,
        })
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
        build_definition: BuildDefinition {
            build_type: BUILD_TYPE,
            external_parameters: ExternalParameters::of(build)?,
            internal_parameters: InternalParameters::of(build)?,
            resolved_dependencies: build.sorted_dependencies()?,
        },
        run_details: RunDetails {
            builder: Builder { id: &build.builder_id, version: Version { dhi: &build.builder_version } },
            metadata: Metadata {
                invocation_id: build.invocation_id(),
                started_on: time.clone(),
                finished_on: time,
            },
        },
    };
    serde_json::to_string(&predicate).map_err(|error| Error::Json(error.to_string()))
}
