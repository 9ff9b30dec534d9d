//! Writes the layers of an image into files, side by side.
//!
//! Invariant: the bytes do not depend on how many are written at once.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::BuildError;
use super::image::BuiltLayer;
use super::phase::{Phase, Steps};
use crate::builder::layers::{Compression, Layering, PlannedLayer, plan, write_layer};
use crate::builder::rootfs::Tree;
use crate::registry::mutex::lock;
use crate::registry::{Cache, Sink as _};

/// How layers are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LayerSettings {
    pub(super) layering: Layering,
    pub(super) compression: Compression,
    /// The number of layers that are written at once.
    pub(super) threads: usize,
}

/// Writes the layers of `tree`. `sources` has the source package of each package.
///
/// # Errors
///
/// The first [`BuildError`].
pub(super) fn write_layers(
    tree: &Tree,
    sources: &BTreeMap<String, String>,
    settings: LayerSettings,
    cache: &Cache,
    steps: Steps<'_>,
) -> Result<Vec<BuiltLayer>, BuildError> {
    let planned = plan(tree, settings.layering, sources);
    // The largest first, so that no thread begins with it when the others are done.
    let mut order: Vec<usize> = (0..planned.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(planned.get(*at).map_or(0, |layer| layer.size)));
    let next = AtomicUsize::new(0);
    let written: Mutex<Vec<(usize, Result<BuiltLayer, BuildError>)>> = Mutex::default();
    let work = || {
        while let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed))
            && let Some(layer) = planned.get(*at)
        {
            let built = write_one(tree, layer, settings.compression, cache);
            let mut written = lock(&written);
            written.push((*at, built));
            steps.at(Phase::Layers { done: written.len(), all: planned.len() });
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..settings.threads.min(planned.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut written = std::mem::take(&mut *lock(&written));
    written.sort_by_key(|(at, _)| *at);
    written.into_iter().map(|(_, built)| built).collect()
}

fn write_one(
    tree: &Tree,
    layer: &PlannedLayer,
    compression: Compression,
    cache: &Cache,
) -> Result<BuiltLayer, BuildError> {
    let mut incoming = Writer(cache.incoming().map_err(BuildError::storage)?);
    let blob = write_layer(tree, layer, compression, &mut incoming)?;
    let (digest, file) = incoming.0.finish().map_err(BuildError::storage)?;
    if digest != blob.digest {
        return Err(BuildError::Storage(format!(
            "the layer {} was changed while it was written",
            blob.digest
        )));
    }
    Ok(BuiltLayer::new(blob, layer.part.to_string(), file))
}

struct Writer<'a>(crate::registry::Incoming<'a>);

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
