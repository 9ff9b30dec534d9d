//! The flags that select what is verified about a reference: platforms, predicate types, names and the repository of
//! attestations.

use std::str::FromStr;

use clap::Args;

use super::facts_file::check_reference;
use super::predicate_types::PredicateTypes;
use crate::attestation::PredicateSelector;
use crate::diagnostic::Diagnostic;
use crate::gate::VerifierBuilder;
use crate::oci::{Platform, Reference, Repository};
use crate::registry::resolve_layout_path;

#[derive(Debug, Args)]
pub(super) struct SelectionArguments {
    /// Only this platform (repeatable; default: all)
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = parsed::<Platform>, value_delimiter = ',')]
    pub(super) platform: Vec<Platform>,

    /// Only attestations of this predicate type
    ///
    /// TYPE is a URI, or a short name such as `spdx` for all versions. Repeatable; by default, all types.
    #[arg(long, value_name = "TYPE", value_parser = PredicateTypes, hide_possible_values = true)]
    pub(super) predicate_type: Vec<PredicateSelector>,

    /// Accept customizations of ORG
    ///
    /// An image that this organisation customized counts as a hardened image. Repeatable.
    #[arg(long, value_name = "ORG", visible_alias = "org", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) namespace: Vec<String>,

    /// Require this name in the signed payloads, such as `dhi/python`
    #[arg(long, value_name = "NAME")]
    signed_name: Option<String>,

    /// Read attestations and signatures only from REPO
    #[arg(long, value_name = "REPO", value_parser = repository)]
    pub(super) attestations: Option<Repository>,
}

/// Parses a platform or a reference in a flag.
pub(super) fn parsed<V: FromStr<Err = crate::oci::Error>>(text: &str) -> Result<V, String> {
    text.parse().map_err(|error: V::Err| error.to_string())
}

/// Parses a repository: a reference without tag and digest.
pub(super) fn repository(text: &str) -> Result<Repository, String> {
    let reference: Reference = parsed(text)?;
    // A missing tag is parsed as `latest`.
    if reference.digest.is_some()
        || reference.name.is_some()
        || reference.tag.is_some_and(|tag| text.ends_with(&format!(":{tag}")))
    {
        return Err("a repository has no tag or digest".to_owned());
    }
    not_local(reference.repository)
}

/// Parses a reference in a flag to a registry, a layout or an archive.
pub(super) fn image(text: &str) -> Result<Reference, String> {
    let reference: Reference = parsed(text)?;
    let repository = not_local(reference.repository)?;
    Ok(Reference { repository, ..reference })
}

/// Refuses images of a local engine, which only the verified reference may name.
fn not_local(repository: Repository) -> Result<Repository, String> {
    match repository {
        Repository::Local(_) => {
            let image = repository.to_string();
            Err(crate::registry::EngineError::NoRepository { image }.to_string())
        }
        other => Ok(other),
    }
}

/// Parses the reference argument of a command.
pub(super) fn reference(text: &str) -> Result<Reference, Diagnostic> {
    check_reference(text)?;
    let reference: Reference = text.parse().map_err(|error: crate::oci::Error| Diagnostic::from(error))?;
    Ok(resolve_layout_path(reference)?)
}

impl SelectionArguments {
    /// Adds the selection to `builder`.
    pub(super) fn add_to(&self, builder: VerifierBuilder) -> VerifierBuilder {
        let builder = self.platform.iter().cloned().fold(builder, VerifierBuilder::platform);
        let builder = self.predicate_type.iter().cloned().fold(builder, VerifierBuilder::predicate_type);
        let builder = self.namespace.iter().cloned().fold(builder, VerifierBuilder::namespace);
        let builder = self.signed_name.iter().cloned().fold(builder, VerifierBuilder::signed_name);
        self.attestations.iter().cloned().fold(builder, VerifierBuilder::attestations)
    }
}
