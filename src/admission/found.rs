//! The images and other texts that were found in manifests, within limits.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::limits::{IMAGE_TEXT, NOT_JUDGED, SEARCHED};
use super::uses::{NotJudged, Place, Use};
use crate::diagnostic::Diagnostic;
use crate::limits::Exceeded;
use crate::oci::{Platform, Reference};

/// Everything that was found in the manifests.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Uses of images, in the order of the manifests.
    pub uses: Vec<ImageUse>,
    /// Uses whose text is not a valid image.
    pub refused: Vec<(Use, Diagnostic)>,
    /// Parts that may name images and cannot be judged.
    pub not_judged: Vec<NotJudged>,
    /// The first document that is neither a Kubernetes object nor a Compose file.
    pub(super) unknown: Option<(Place, String)>,
    /// Listed texts, with their places and the start of their scalars: each is listed once.
    listed: HashSet<(Place, usize, String)>,
    /// Kubernetes objects, and Compose services and jobs.
    pub objects: usize,
    /// For each name, the number of Compose documents with a service of this name.
    pub(super) services: HashMap<String, usize>,
    /// Names of Compose services that others extend.
    pub(super) extended: HashSet<String>,
    /// Bytes of text that were searched for images.
    searched: usize,
    /// The limit that was reached. Nothing is added after that.
    exceeded: Option<Exceeded>,
}

impl Found {
    /// Lists what is not judged.
    pub(super) fn list_not_judged(&mut self, place: Place, reason: impl Into<String>) {
        self.list(NotJudged { place, reason: reason.into(), text: None, exception: None });
    }

    /// Lists a text that is not judged: the scalar that begins at `start`, or a part of it. A text that is found in
    /// several ways is listed once for each object.
    pub(super) fn list_text_not_judged(
        &mut self,
        place: Place,
        start: usize,
        text: &str,
        reason: impl Into<String>,
    ) {
        // No exception names a longer text.
        let text = (text.len() <= IMAGE_TEXT).then(|| text.to_owned());
        if text.clone().is_some_and(|text| !self.listed.insert((place.clone(), start, text))) {
            return;
        }
        self.list(NotJudged { place, reason: reason.into(), text, exception: None });
    }

    fn list(&mut self, item: NotJudged) {
        if self.not_judged.len() < NOT_JUDGED {
            self.not_judged.push(item);
        } else {
            self.exceeded = Some(Exceeded::new("a run", NOT_JUDGED, "places that are not judged"));
        }
    }

    /// Lists a document that is neither a Kubernetes object nor a Compose file.
    pub(super) fn list_unknown_document(&mut self, place: Place, reason: &str) {
        self.unknown.get_or_insert_with(|| (place.clone(), reason.to_owned()));
        self.list_not_judged(place, reason);
    }

    /// Counts a text against the limit of searched texts. Returns whether it may be searched.
    pub(super) fn count_searched(&mut self, text: &str) -> bool {
        self.searched = self.searched.saturating_add(text.len());
        let is_over = self.searched > SEARCHED;
        if is_over {
            self.exceeded = Some(Exceeded::new("text of the manifests with its aliases", SEARCHED, "bytes"));
        }
        !is_over
    }

    /// The limit that was reached.
    pub(super) fn exceeded(&self) -> Option<&Exceeded> {
        self.exceeded.as_ref()
    }

    /// Removes the platform of every service that another document also defines or that another service extends:
    /// those can run it on another platform.
    pub(super) fn remove_ambiguous_platforms(&mut self) {
        for image in self.uses.iter_mut().filter(|image| image.platform.is_some()) {
            let name = &image.used.place.name;
            if self.services.get(name).is_some_and(|count| *count > 1) || self.extended.contains(name) {
                image.platform = None;
            }
        }
    }
}

/// A use of a well-formed image.
#[derive(Clone, Debug)]
pub struct ImageUse {
    /// The place and role.
    pub used: Use,
    /// The image.
    pub reference: Reference,
    /// The only platform that is run, if the manifest names one.
    pub platform: Option<Platform>,
    /// The index of its input.
    pub input: usize,
    /// The range of its text in that input, with quotes.
    pub range: Range<usize>,
}
