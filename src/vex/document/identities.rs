//! Identities of components, from their text.

use crate::vex::{Identity, PackageUrl};

/// The identity that a text is: a package URL, or a text that is compared as it is.
pub(in crate::vex) fn of_text(text: &str) -> Identity {
    match of_purl(text) {
        Some(purl) => purl,
        None => Identity::Text(text.to_owned()),
    }
}

/// The identity that a package URL is. `None`: it is none.
pub(in crate::vex) fn of_purl(text: &str) -> Option<Identity> {
    let is_purl = text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("pkg:"));
    let purl = is_purl.then(|| PackageUrl::parse(text).ok()).flatten()?;
    Some(Identity::Purl { text: text.to_owned(), purl: Box::new(purl), is_range: false })
}

/// The identity that the hash of a component is. `None`: there is no text.
pub(in crate::vex) fn of_hash(value: &str) -> Option<Identity> {
    (!value.is_empty()).then(|| Identity::Hash(value.to_ascii_lowercase()))
}
