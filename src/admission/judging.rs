//! Each distinct image is judged once, some at a time, over one set of connections.

use std::collections::{BTreeSet, HashMap};

use futures_util::StreamExt;
use futures_util::stream;

use super::{Error, Found, ImageUse, Use};
use crate::evidence::Refused;
use crate::gate::{Decision, Gate};
use crate::limits::{Exceeded, IMAGES, Limits};
use crate::oci::{Platform, Reference, Repository, Version};
use crate::registry::Registry;
use crate::report::Image;
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
        let work = stream::iter(distinct.iter());
        let work = work.map(|one| self.one(one.reference.clone(), one.asked.clone()));
        let mut work = std::pin::pin!(work.buffered(limits.images_at_once));
        for Distinct { uses, .. } in &distinct {
            let Some((image, excused, refused)) = work.next().await else { break };
            done(Judged { image, uses, excused, refused });
        }
        Ok(())
    }

    /// The one call that decides about an image.
    async fn one(&self, reference: Reference, asked: Asked) -> (Image, BTreeSet<usize>, Option<Refused>) {
        let mut options = (self.options)(&reference);
        options.platforms = asked.platforms(options.platforms);
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

/// An image, where it is used, and for which platforms.
struct Distinct {
    reference: Reference,
    uses: Vec<Use>,
    asked: Asked,
}

/// For which platforms an image is used. It is judged once, for those of all its uses together.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// Those that are written beside the image.
    written: BTreeSet<Platform>,
    /// Whether a use names none.
    open: bool,
}

impl Asked {
    pub(super) fn add(&mut self, platform: Option<&Platform>) {
        match platform {
            Some(platform) => drop(self.written.insert(platform.clone())),
            None => self.open = true,
        }
    }

    /// What to ask about the image, where `general` is asked about uses that name no platform; nothing means all.
    pub(super) fn platforms(self, general: Vec<Platform>) -> Vec<Platform> {
        match self.open {
            true if general.is_empty() => general,
            true => {
                let more = self.written.into_iter().filter(|platform| !general.contains(platform));
                let more: Vec<_> = more.collect();
                general.into_iter().chain(more).collect()
            }
            false => self.written.into_iter().collect(),
        }
    }
}

fn distinct(uses: &[ImageUse]) -> Vec<Distinct> {
    let mut known: HashMap<_, usize> = HashMap::new();
    let mut distinct: Vec<Distinct> = Vec::new();
    for one in uses {
        let at = *known.entry(key(&one.reference)).or_insert(distinct.len());
        if at == distinct.len() {
            let reference = one.reference.clone();
            distinct.push(Distinct { reference, uses: Vec::new(), asked: Asked::default() });
        }
        if let Some(image) = distinct.get_mut(at) {
            image.uses.push(one.used.clone());
            image.asked.add(one.platform.as_ref());
        }
    }
    distinct
}
