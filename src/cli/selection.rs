//! The flags that say what is asked about a reference.

use std::str::FromStr;

use clap::Args;

use super::predicate_types::PredicateTypes;
use crate::attestation::PredicateSelector;
use crate::diagnostic::Diagnostic;
use crate::evidence::NameRule;
use crate::oci::{Platform, Reference, Repository};
use crate::registry::located;
use crate::verify::Options;

#[derive(Debug, Args)]
pub(super) struct SelectionArguments {
    /// Only this platform (repeatable; default: all)
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = parsed::<Platform>)]
    pub(super) platform: Vec<Platform>,

    /// Only attestations of this predicate type: a URI, or a name such as `spdx` or `provenance`, which stands for all versions (repeatable; default: all)
    #[arg(long, value_name = "TYPE", value_parser = PredicateTypes, hide_possible_values = true)]
    pub(super) predicate_type: Vec<PredicateSelector>,

    /// Accept customisations of this organisation as hardened images
    #[arg(long, value_name = "ORG", visible_alias = "org", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) namespace: Vec<String>,

    /// Demand this name in the signed payloads, such as `dhi/python`
    #[arg(long, value_name = "NAME")]
    signed_name: Option<String>,

    /// The only repository that attestations and signatures are taken from
    #[arg(long, value_name = "REPO", value_parser = repository)]
    pub(super) attestations: Option<Repository>,
}

/// Reads a platform or a reference in a flag.
pub(super) fn parsed<V: FromStr<Err = crate::oci::Error>>(text: &str) -> Result<V, String> {
    text.parse().map_err(|error: V::Err| error.to_string())
}

/// A repository is a reference without tag and digest.
pub(super) fn repository(text: &str) -> Result<Repository, String> {
    let reference: Reference = parsed(text)?;
    // `latest` is what an absent tag is read as.
    if reference.digest.is_some()
        || reference.name.is_some()
        || reference.tag.is_some_and(|tag| text.ends_with(&format!(":{tag}")))
    {
        return Err("a repository has no tag or digest".to_owned());
    }
    not_local(reference.repository)
}

/// Reads a reference in a flag, to something that holds manifests.
pub(super) fn image(text: &str) -> Result<Reference, String> {
    let reference: Reference = parsed(text)?;
    let repository = not_local(reference.repository)?;
    Ok(Reference { repository, ..reference })
}

/// Only what is asked about may be an image of a local engine.
fn not_local(repository: Repository) -> Result<Repository, String> {
    match repository {
        Repository::Local(_) => {
            let image = repository.to_string();
            Err(crate::registry::EngineError::NoRepository { image }.to_string())
        }
        other => Ok(other),
    }
}

/// Reads a reference argument.
pub(super) fn reference(text: &str) -> Result<Reference, Diagnostic> {
    let reference: Reference = text.parse().map_err(|error: crate::oci::Error| Diagnostic::from(error))?;
    Ok(located(reference)?)
}

impl SelectionArguments {
    /// What to ask about `reference`.
    pub(super) fn options(&self, reference: &Reference) -> Options {
        Options {
            platforms: self.platform.clone(),
            predicate_types: self.predicate_type.clone(),
            names: NameRule::of(reference, self.namespace.clone(), self.signed_name.clone()),
            attestations: self.attestations.clone(),
            ..Options::of(reference)
        }
    }
}
