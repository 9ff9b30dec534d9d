//! The images that products are compared with, and the results so far: many statements repeat a product.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::vex::matching::{ImageIdentity, ImageMatch};
use crate::vex::{Component, Identity, NearMissPart};

/// What a product is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// The scanned image or source.
    Scanned,
    /// The proven base image.
    Base,
    /// The scanned image, also as what the DHI key signed it. Only for documents that this key signed.
    SignedImage,
    /// The same for the proven base image.
    SignedBase,
    /// The subject of the attestation that is the document at this position.
    Subject(usize),
}

/// The images, and how products matched them before.
pub(super) struct ImageMatches<'a> {
    scanned: Signed,
    base: Option<Signed>,
    /// The subject of each document that is an attestation about the scanned image or its base.
    subjects: Vec<Option<ImageIdentity>>,
    known: RefCell<HashMap<(Place, &'a str), Compared>>,
}

/// An image for documents of the DHI key, and for others.
pub(super) struct Signed {
    pub(super) by_dhi: ImageIdentity,
    pub(super) by_others: ImageIdentity,
}

impl Signed {
    /// `signed_as` is the repository as which the DHI key signed the image.
    pub(super) fn new(image: ImageIdentity, signed_as: Option<&String>) -> Self {
        let by_dhi = image.clone();
        Self {
            by_dhi: signed_as.into_iter().fold(by_dhi, |image, name| image.signed_as(name)),
            by_others: image,
        }
    }
}

type Compared = Result<ImageMatch, NearMissPart>;

impl<'a> ImageMatches<'a> {
    pub(super) fn new(scanned: Signed, base: Option<Signed>, subjects: Vec<Option<ImageIdentity>>) -> Self {
        Self { scanned, base, subjects, known: RefCell::default() }
    }

    /// Whether there is a proven base image.
    pub(super) fn has_base(&self) -> bool {
        self.base.is_some()
    }

    /// Compares a component with an image.
    pub(super) fn compare(&self, component: &'a Component, place: Place) -> Compared {
        let text = match component.identities.as_slice() {
            // A range matches by other rules than a package URL of the same text.
            [Identity::Purl { text, is_range: false, .. } | Identity::Text(text)] => Some(text.as_str()),
            _ => None,
        };
        let Some(text) = text else { return self.compare_anew(component, place) };
        if let Some(known) = self.known.borrow().get(&(place, text)) {
            return known.clone();
        }
        let found = self.compare_anew(component, place);
        self.known.borrow_mut().insert((place, text), found.clone());
        found
    }

    fn compare_anew(&self, component: &Component, place: Place) -> Compared {
        let identity = match place {
            Place::Scanned => Some(&self.scanned.by_others),
            Place::SignedImage => Some(&self.scanned.by_dhi),
            Place::Base => self.base.as_ref().map(|base| &base.by_others),
            Place::SignedBase => self.base.as_ref().map(|base| &base.by_dhi),
            Place::Subject(document) => self.subjects.get(document).and_then(Option::as_ref),
        };
        identity.map_or(Err(NearMissPart::ProductsWithoutSubject), |identity| identity.compare(component))
    }
}
