//! What is found in manifests, and the bounds on how much that may be.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::limits::{IMAGE_TEXT, NOT_JUDGED, SEARCHED};
use super::uses::{NotJudged, Place, Use};
use crate::diagnostic::Diagnostic;
use crate::limits::Exceeded;
use crate::oci::{Platform, Reference};

/// What is found in the manifests.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Uses of images, in the order of the manifests.
    pub uses: Vec<ImageUse>,
    /// Uses whose text is not taken for an image.
    pub refused: Vec<(Use, Diagnostic)>,
    /// What was seen and cannot be judged.
    pub not_judged: Vec<NotJudged>,
    /// The first of these that is a document of no kind that is read.
    pub(super) unknown: Option<(Place, String)>,
    /// Texts that are not judged, with their places and where the scalars that have them begin.
    listed: HashSet<(Place, usize, String)>,
    /// Kubernetes objects, and Compose services and jobs.
    pub objects: usize,
    /// How many Compose files and documents have a service of this name.
    pub(super) services: HashMap<String, usize>,
    /// Names of Compose services that others extend.
    pub(super) extended: HashSet<String>,
    /// Bytes of text that were searched for images.
    searched: usize,
    /// The bound that was reached, after which nothing more is taken.
    exceeded: Option<Exceeded>,
}

impl Found {
    /// Lists what is not judged.
    pub(super) fn leave(&mut self, place: Place, reason: impl Into<String>) {
        self.list(NotJudged { place, reason: reason.into(), text: None, excused_until: None });
    }

    /// Lists a text that is not judged, all of the scalar that begins at `start` or a part of it. One that is met in
    /// several ways is listed once for each object.
    pub(super) fn leave_text(&mut self, place: Place, start: usize, text: &str, reason: impl Into<String>) {
        // No exception needs a longer one.
        let text = (text.len() <= IMAGE_TEXT).then(|| text.to_owned());
        if text.clone().is_some_and(|text| !self.listed.insert((place.clone(), start, text))) {
            return;
        }
        self.list(NotJudged { place, reason: reason.into(), text, excused_until: None });
    }

    fn list(&mut self, left: NotJudged) {
        if self.not_judged.len() < NOT_JUDGED {
            self.not_judged.push(left);
        } else {
            self.exceeded = Some(Exceeded::new("a run", NOT_JUDGED, "places that are not judged"));
        }
    }

    /// Lists a document of no kind that is read.
    pub(super) fn leave_unknown(&mut self, place: Place, reason: &str) {
        self.unknown.get_or_insert_with(|| (place.clone(), reason.to_owned()));
        self.leave(place, reason);
    }

    /// Whether a text may be searched too. If not, the bound stays reached.
    pub(super) fn searches(&mut self, text: &str) -> bool {
        self.searched = self.searched.saturating_add(text.len());
        let is_over = self.searched > SEARCHED;
        if is_over {
            self.exceeded = Some(Exceeded::new("text of the manifests with its aliases", SEARCHED, "bytes"));
        }
        !is_over
    }

    /// The bound that was reached.
    pub(super) fn exceeded(&self) -> Option<&Exceeded> {
        self.exceeded.as_ref()
    }

    /// Another document or file can give a service another platform, and so can one that extends it: only one that stands
    /// alone is narrowed to its own.
    pub(super) fn widen(&mut self) {
        for one in self.uses.iter_mut().filter(|one| one.platform.is_some()) {
            let name = &one.used.place.name;
            if self.services.get(name).is_some_and(|count| *count > 1) || self.extended.contains(name) {
                one.platform = None;
            }
        }
    }
}

/// A use of a well-formed image.
#[derive(Clone, Debug)]
pub struct ImageUse {
    /// Where.
    pub used: Use,
    /// What.
    pub reference: Reference,
    /// The only platform that is run, where one is written beside the image.
    pub platform: Option<Platform>,
    /// Which of the inputs it is in.
    pub input: usize,
    /// Its text in that input, quotes included.
    pub range: Range<usize>,
}
