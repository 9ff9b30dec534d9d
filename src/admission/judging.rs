//! Each distinct image is judged once, some at a time, over one set of connections.

use std::collections::{BTreeSet, HashMap};

use futures_util::StreamExt;
use futures_util::stream;

use super::{Error, Found, ImageUse};
use crate::evidence::Refused;
use crate::gate::{Decision, Gate};
use crate::limits::{Exceeded, IMAGES, Limits};
use crate::oci::{Reference, Repository, Version};
use crate::registry::Registry;
use crate::report::{Image, Use};
use crate::verify::Options;

/// How images are judged.
pub struct Judge<'a, O> {
    /// Where they come from.
    pub registry: &'a dyn Registry,
    /// What decides.
    pub gate: Gate<'a>,
    /// What is asked about a reference.
    pub options: O,
}

/// The results, each with its uses.
pub struct Judged {
    /// One for each distinct image, in the order of first use.
    pub images: Vec<Image>,
    /// As many, in the same order.
    pub uses: Vec<Vec<Use>>,
    /// Places of the exceptions that were used.
    pub excused: BTreeSet<usize>,
    /// Images of which no summary answered, with the reason, where summaries were welcome.
    pub refused: Vec<(Reference, Refused)>,
}

impl<O: Fn(&Reference) -> Options> Judge<'_, O> {
    /// Judges every image that was found, once.
    pub async fn judge(&self, found: &Found, limits: &Limits) -> Result<Judged, Error> {
        let distinct = distinct(&found.uses);
        if distinct.len() > IMAGES {
            let file = found.uses.first().map(|one| one.used.place.file.clone()).unwrap_or_default();
            return Err(Error::Exceeded {
                file,
                exceeded: Exceeded::new("a run", IMAGES, "different images"),
            });
        }
        let one = |(at, reference): (usize, Reference)| async move { (at, self.one(reference).await) };
        let (references, uses): (Vec<_>, Vec<_>) = distinct.into_iter().unzip();
        let work: Vec<_> = references.into_iter().enumerate().map(one).collect();
        let mut images: Vec<_> = stream::iter(work).buffer_unordered(limits.images_at_once).collect().await;
        images.sort_by_key(|(at, _)| *at);
        let mut judged = Judged { images: Vec::new(), uses, excused: BTreeSet::new(), refused: Vec::new() };
        for (_, (image, excused, refused)) in images {
            judged.excused.extend(excused);
            judged.refused.extend(refused.map(|refused| (image.reference.clone(), refused)));
            judged.images.push(image);
        }
        Ok(judged)
    }

    /// The one call that decides about an image.
    async fn one(&self, reference: Reference) -> (Image, BTreeSet<usize>, Option<Refused>) {
        let options = (self.options)(&reference);
        match self.gate.decide(self.registry, &reference, &options).await {
            Ok(Decision { basis, verdict, excused, refused, .. }) => {
                (Image { reference, result: Ok((basis, verdict)) }, excused, refused)
            }
            Err(error) => {
                let result = Err(error.problem_for(&reference));
                (Image { reference, result }, BTreeSet::new(), None)
            }
        }
    }
}

/// What decides which image it is: a tag beside a digest does not.
pub(super) fn key(reference: &Reference) -> (Repository, Version) {
    (reference.repository.clone(), reference.version())
}

fn distinct(uses: &[ImageUse]) -> Vec<(Reference, Vec<Use>)> {
    let mut known: HashMap<_, usize> = HashMap::new();
    let mut distinct: Vec<(Reference, Vec<Use>)> = Vec::new();
    for one in uses {
        let at = *known.entry(key(&one.reference)).or_insert(distinct.len());
        match distinct.get_mut(at) {
            Some((_, uses)) => uses.push(one.used.clone()),
            None => distinct.push((one.reference.clone(), vec![one.used.clone()])),
        }
    }
    distinct
}
