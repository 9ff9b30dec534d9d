//! Products of new statements.

use super::CreateError;
use crate::oci::{Digest, Reference, Repository};
use crate::vex::document::identities;
use crate::vex::lint::{FormFault, fault_of};
use crate::vex::{Component, PackageUrl};

/// The `@id` of a product: a package URL as written, or that of an image.
pub(super) fn product(text: &str) -> Result<String, CreateError> {
    if is_package_url(text) { package(text) } else { image(text) }
}

/// The `@id` of a package: its package URL as written.
pub(super) fn package(text: &str) -> Result<String, CreateError> {
    if !is_package_url(text) {
        let cause = "it is not a package URL, which begins with `pkg:`".to_owned();
        return Err(CreateError::Product { text: text.to_owned(), cause });
    }
    // The cause of the parser tells more than that it is none.
    PackageUrl::parse(text)?;
    let component = Component { identities: vec![identities::of_text(text)] };
    match fault_of(&component) {
        Some((fault, _)) => Err(CreateError::Form { text: text.to_owned(), fault }),
        None => Ok(text.to_owned()),
    }
}

/// The package URL of an image: its digest if the reference has one, else its tag.
fn image(text: &str) -> Result<String, CreateError> {
    let refused = |cause: &str| CreateError::Product { text: text.to_owned(), cause: cause.to_owned() };
    if text.parse::<Digest>().is_ok() {
        return Ok(text.to_owned());
    }
    if text.starts_with("cpe:") {
        return Err(CreateError::Form { text: text.to_owned(), fault: FormFault::Cpe });
    }
    // A word alone is rather the name of a package than that of an image on Docker Hub.
    if !text.contains(['/', ':', '@']) {
        return Err(refused("it is neither a package URL nor an image with a repository, a tag or a digest"));
    }
    let reference: Reference =
        text.parse().map_err(|error: crate::oci::Error| refused(&error.to_string()))?;
    let Repository::Remote(repository) = &reference.repository else {
        return Err(refused("it is not an image in a registry"));
    };
    let (host, path) = (repository.host(), repository.path());
    let name = path.rsplit('/').next().unwrap_or(path);
    let digest = reference.digest.map(|digest| digest.to_string());
    let tag = reference.tag.as_ref().filter(|_| digest.is_none());
    let purl = PackageUrl::new("oci", None, name, digest.as_deref())?
        .with_qualifier("repository_url", &format!("{host}/{path}"))?
        .with_qualifier("tag", tag.map(crate::oci::Tag::as_str).unwrap_or_default())?;
    Ok(purl.to_string())
}

fn is_package_url(text: &str) -> bool {
    text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("pkg:"))
}
