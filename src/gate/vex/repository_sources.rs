//! The documents of VEX repositories, each with what its signature is worth.
//!
//! A signature counts as one of a file does. The keys of a repository verify its documents alone.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;

use super::error::Error;
use super::file_sources;
use super::loaded::Loaded;
use super::max_age::refuse_if_old;
use super::named_sources::{FoundBy, NamedSources};
use super::options::VexOptions;
use super::problem::Problem;
use super::repository_files::{self, RepositoryFiles, RepositoryLookup};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::gate::Verifier;
use crate::limits::Limits;
use crate::oci::quote_untrusted;
use crate::trust::{Keyring, PublicKey, Threshold, Trust, TrustedKey};
use crate::trust_store::vex_repository::{RepositoryEntry, RepositoryKey};
use crate::vex::repository::lookups;
use crate::vex::{PackageUrl, Scan, SourceKind, SourceTrust, SourcedDocument};

/// The documents of repositories.
#[derive(Debug)]
struct RepositoryDocuments {
    /// Each document, with the name of its repository.
    documents: Vec<(SourcedDocument, String)>,
    problems: Vec<Problem>,
}

impl Verifier {
    /// Adds to `loaded` the documents that the VEX repositories of `options` list for packages of these scans. They are
    /// trusted, ordered and bounded in age as `options` says.
    ///
    /// # Errors
    ///
    /// [`Error::RepositoryKeys`] if the keys of a repository cannot be used.
    pub async fn add_vex_repositories<'a>(
        &self,
        loaded: &mut Loaded,
        options: &VexOptions,
        scans: impl Iterator<Item = &'a Scan>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(lookup) = &options.repositories else { return Ok(()) };
        let packages = packages(scans, loaded);
        let found = load(lookup, &packages, &self.trust_at(now), self.limits()).await?;
        let (documents, of): (Vec<_>, Vec<String>) = found.documents.into_iter().unzip();
        let documents = documents.into_iter().zip(of.iter().cloned().map(FoundBy::Repository)).collect();
        let names = lookup.names();
        let mut named = NamedSources::new(documents, &options.paths, &names);
        named.trust(&options.trust_unsigned);
        named.order(&options.priority);
        let mut documents = named.into_documents();
        loaded.problems.extend(found.problems);
        let of = documents.iter().zip(of.iter().map(String::as_str));
        loaded.problems.extend(unsigned(&lookup.repositories, of));
        if let Some(max_age) = options.max_age {
            for document in &mut documents {
                refuse_if_old(document, max_age, now);
            }
        }
        loaded.documents.extend(documents);
        Ok(())
    }
}

/// The packages that repositories are asked about, each once.
fn packages<'a>(scans: impl Iterator<Item = &'a Scan>, loaded: &Loaded) -> Vec<PackageUrl> {
    let mut seen = HashSet::new();
    let all = scans.flat_map(|scan| lookups(scan, &loaded.facts(&scan.subject)));
    all.filter(|package| seen.insert(package.to_string())).collect()
}

/// Loads the documents that are listed for these packages.
///
/// # Errors
///
/// [`Error::RepositoryKeys`] if the keys of a repository cannot be used.
async fn load(
    lookup: &RepositoryLookup,
    packages: &[PackageUrl],
    trust: &Trust,
    limits: &Limits,
) -> Result<RepositoryDocuments, Error> {
    let RepositoryFiles { files, problems } = repository_files::read(lookup, Some(packages)).await;
    let mut loaded = RepositoryDocuments { documents: Vec::new(), problems };
    for (position, file) in files {
        let Some(entry) = lookup.repositories.get(position) else { continue };
        let trust = repository_trust(entry, trust)?;
        match file_sources::documents(&file, &trust, limits, &mut loaded.problems) {
            Ok(documents) => {
                let name = entry.name.to_string();
                loaded.documents.extend(documents.into_iter().map(|mut document| {
                    document.source.kind = SourceKind::Repository;
                    (document, name.clone())
                }));
            }
            Err(error) => loaded.problems.push(Problem::not_used(error.to_diagnostic())),
        }
    }
    Ok(loaded)
}

/// What the documents of a repository must be signed with: its own keys if it has some, else those of the run.
fn repository_trust(entry: &RepositoryEntry, trust: &Trust) -> Result<Trust, Error> {
    if entry.keys.is_empty() {
        return Ok(trust.clone());
    }
    let key = |key: &RepositoryKey| {
        let origin = format!("a key of the VEX repository `{}`", entry.name);
        let public = PublicKey::from_pem(&key.pem, &origin)?;
        // A key of Docker keeps its dates and name, however it is given.
        Ok::<_, crate::trust::Error>(
            TrustedKey::active(key.name.clone(), public, origin).with_known_dates(&Keyring::dhi()?),
        )
    };
    let keys: Vec<_> = entry.keys.iter().map(key).collect::<Result<_, _>>()?;
    Ok(Trust {
        keys: Keyring::of(keys),
        identities: Vec::new(),
        attestors: Keyring::of([]),
        threshold: Threshold::ONE,
        ..trust.clone()
    })
}

/// The problem that nobody signed documents of a repository, for those of whose `documents` one is neither verified nor
/// trusted by the user.
fn unsigned<'a>(
    repositories: &[RepositoryEntry],
    documents: impl Iterator<Item = (&'a SourcedDocument, &'a str)>,
) -> Vec<Problem> {
    let unverified: Vec<(&str, &str)> = documents
        .filter(|(document, _)| matches!(document.source.trust, SourceTrust::Unverified))
        .map(|(document, repository)| (repository, document.source.name.as_str()))
        .collect();
    let problem = |entry: &RepositoryEntry| {
        let of_it = unverified.iter().filter(|(repository, _)| *repository == entry.name.as_str());
        let names: BTreeSet<&str> = of_it.map(|(_, name)| *name).collect();
        let first = quote_untrusted(names.first()?);
        let count = match names.len() {
            1 => format!("{first} of the VEX repository `{}` is not verified", entry.name),
            many => format!(
                "{many} documents of the VEX repository `{}` are not verified, such as {first}",
                entry.name
            ),
        };
        let remedy = Remedy::TrustUnsignedSource { source: entry.name.to_string() };
        Some(Problem::not_used(Diagnostic::new(Code::VEX_UNSIGNED, count).remedy(remedy)))
    };
    repositories.iter().filter_map(problem).collect()
}
