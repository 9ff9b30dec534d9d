//! The packages that descriptions name, as the documents show them.

use super::licence::Licence;
use super::snippet::{NamedPackage, Snippet};
use crate::vex::PackageUrl;

/// A package that a description names.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) version: Option<String>,
    /// In the form of the specification.
    pub(super) package_url: Option<String>,
    pub(super) licence: Licence,
}

/// The packages of a description. One that lists none is about one package.
pub(super) fn named(snippet: &Snippet) -> Vec<Named> {
    if !snippet.packages.is_empty() {
        return snippet.packages.iter().filter_map(|package| of(package, snippet)).collect();
    }
    of(&NamedPackage::default(), snippet).into_iter().collect()
}

/// The name and the version are its own, those of its package URL, or those of the description.
fn of(package: &NamedPackage, snippet: &Snippet) -> Option<Named> {
    // What is no package URL names nothing that a reader could look up.
    let url = package.package_url.as_deref().and_then(|url| PackageUrl::parse(url).ok());
    let url_name = url.as_ref().map(|url| url.name().to_owned());
    let url_version = url.as_ref().and_then(PackageUrl::version).map(str::to_owned);
    Some(Named {
        name: package.name.clone().or(url_name).or_else(|| snippet.name.clone())?,
        version: package.version.clone().or(url_version).or_else(|| snippet.version.clone()),
        licence: package.licence.as_deref().map(Licence::parse).unwrap_or_default(),
        package_url: url.map(|url| url.to_string()),
    })
}
