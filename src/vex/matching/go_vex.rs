//! The comparisons of the go-vex library (0.2.8), which Grype and Trivy use.

use crate::vex::{Component, Identity, PackageUrl, Product};

/// An identifier that a statement is asked about, as text and as package URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    text: String,
    purl: Option<PackageUrl>,
}

impl Identifier {
    /// Reads an identifier: a package URL, a hash, a CPE, an image reference.
    pub fn new(text: &str) -> Self {
        Self { purl: PackageUrl::parse(text).ok(), text: text.to_owned() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The package URL, if the text is one.
    pub fn purl(&self) -> Option<&PackageUrl> {
        self.purl.as_ref()
    }
}

impl From<&PackageUrl> for Identifier {
    fn from(purl: &PackageUrl) -> Self {
        Self { text: purl.to_string(), purl: Some(purl.clone()) }
    }
}

/// Whether the package URL of a statement matches another (`PurlMatches`): type, namespace and name are equal; the
/// version is equal if the statement has one; each qualifier of the statement is there with an equal value.
pub fn purl_matches(statement: &PackageUrl, target: &PackageUrl) -> bool {
    (statement.kind(), statement.namespace(), statement.name())
        == (target.kind(), target.namespace(), target.name())
        && (statement.version().is_none() || statement.version() == target.version())
        && statement.qualifiers().iter().all(|qualifier| target.qualifiers().contains(qualifier))
}

/// Whether a component matches an identifier (`Component.Matches`): one of its identities is equal as text, or matches
/// as package URL.
pub fn component_matches(component: &Component, identifier: &Identifier) -> bool {
    component.identities.iter().any(|identity| match identity {
        Identity::Purl { text, purl, .. } => {
            *text == identifier.text
                || identifier.purl.as_ref().is_some_and(|target| purl_matches(purl, target))
        }
        Identity::Hash(text) | Identity::Cpe(text) | Identity::Text(text) => *text == identifier.text,
        Identity::BomLink { .. } => false,
    })
}

/// Whether a product matches (`Product.Matches`): the product matches the identifier, and, if it lists subcomponents
/// and one is asked for, one of them matches that.
pub fn product_matches(
    product: &Product,
    identifier: &Identifier,
    subcomponent: Option<&Identifier>,
) -> bool {
    component_matches(&product.component, identifier)
        && subcomponent.is_none_or(|wanted| {
            product.subcomponents.is_empty()
                || product.subcomponents.iter().any(|component| component_matches(component, wanted))
        })
}
