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

/// One distinct image that was judged.
pub struct Judged<'a> {
    /// The result.
    pub image: Image,
    /// Where it is used.
    pub uses: &'a [Use],
    /// Places of the exceptions that were used.
    pub excused: BTreeSet<usize>,
    /// Why no summary answered, where one was welcome.
    pub refused: Option<Refused>,
}

impl<O: Fn(&Reference) -> Options> Judge<'_, O> {
    /// Judges every image that was found, once, and gives each to `done` in the order of first use, as soon as it and
    /// those before it are judged.
    pub async fn judge(
        &self,
        found: &Found,
        limits: &Limits,
        mut done: impl FnMut(Judged<'_>),
    ) -> Result<(), Error> {
        let distinct = distinct(&found.uses);
        if distinct.len() > IMAGES {
            let file = found.uses.first().map(|one| one.used.place.file.clone()).unwrap_or_default();
            return Err(Error::Exceeded {
                file,
                exceeded: Exceeded::new("a run", IMAGES, "different images"),
            });
        }
        // Each is made when its turn comes: one that waits takes no memory.
        let work = stream::iter(distinct.iter()).map(|(reference, _)| self.one(reference.clone()));
        let mut work = std::pin::pin!(work.buffered(limits.images_at_once));
        for (_, uses) in &distinct {
            let Some((image, excused, refused)) = work.next().await else { break };
            done(Judged { image, uses, excused, refused });
        }
        Ok(())
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
