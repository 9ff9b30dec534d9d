//! Judges each distinct image once, several at a time, over one set of connections.

use std::collections::{BTreeSet, HashMap};
use std::pin::pin;

use futures_util::StreamExt;

use super::limits::IMAGES;
use super::{Error, Found, ImageUse, Use};
use crate::gate::{Decided, Gate};
use crate::limits::{Exceeded, Limits};
use crate::oci::{Platform, Reference, Repository, Version};
use crate::registry::Registry;
use crate::verify::Options;

/// Judges every distinct image and passes each decision with the uses of the image to `done`, in the order of first
/// use.
///
/// `options` returns the verification options of an image; platforms that its uses name are added to them.
///
/// # Errors
///
/// [`Error::Exceeded`] if there are too many distinct images; then nothing is judged.
pub async fn judge(
    found: &Found,
    gate: &Gate<'_>,
    registry: &dyn Registry,
    options: impl Fn(&Reference) -> Options,
    limits: &Limits,
    mut done: impl FnMut(Decided, &[Use]),
) -> Result<(), Error> {
    let distinct = distinct(&found.uses);
    if distinct.len() > IMAGES {
        let file = found.uses.first().map(|one| one.used.place.file.clone()).unwrap_or_default();
        return Err(Error::Exceeded { file, exceeded: Exceeded::new("a run", IMAGES, "different images") });
    }
    let questions = distinct.iter().map(|Distinct { reference, platforms, .. }| {
        let mut options = options(reference);
        options.platforms = platforms.clone().platforms(options.platforms);
        (reference.clone(), options)
    });
    let mut decided = pin!(gate.decide_all(registry, questions, limits.images_at_once));
    for Distinct { uses, .. } in &distinct {
        let Some(decided) = decided.next().await else { break };
        done(decided, uses);
    }
    Ok(())
}

/// The key of a distinct image. A tag is ignored if there is a digest.
pub(super) fn key(reference: &Reference) -> (Repository, Version) {
    (reference.repository.clone(), reference.version())
}

/// A distinct image with its uses and their platforms.
struct Distinct {
    reference: Reference,
    uses: Vec<Use>,
    platforms: UsedPlatforms,
}

/// The platforms of all uses of an image, which is judged once for all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct UsedPlatforms {
    /// The platforms that uses name.
    written: BTreeSet<Platform>,
    /// Whether a use names no platform.
    open: bool,
}

impl UsedPlatforms {
    pub(super) fn add(&mut self, platform: Option<&Platform>) {
        match platform {
            Some(platform) => drop(self.written.insert(platform.clone())),
            None => self.open = true,
        }
    }

    /// The platforms to judge. `general` applies to uses that name no platform; an empty list means all.
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
            distinct.push(Distinct { reference, uses: Vec::new(), platforms: UsedPlatforms::default() });
        }
        if let Some(image) = distinct.get_mut(at) {
            image.uses.push(one.used.clone());
            image.platforms.add(one.platform.as_ref());
        }
    }
    distinct
}
