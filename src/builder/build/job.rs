//! One build: its inputs, and the image that they give.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::assemble::{Assembled, Assembly};
use super::error::BuildError;
use super::evidence::{self, Described};
use super::image::{BuiltImage, BuiltPlatform};
use super::inputs::{Fetching, PlatformInputs};
use super::kept;
use super::layer_files::{LayerSettings, write_layers};
use super::phase::{Follow, Phase, Steps};
use super::request::Job;
use super::settings::{self, ImageName};
use super::unpack;
use crate::builder::definition::{self, Definition, Keyword as _, Kind, OutputForm, TargetPlatform};
use crate::builder::layers::{Budget, Compression, Layering};
use crate::builder::lock::{Identity, Lock, PlatformLock};
use crate::builder::locking::oci_platform;
use crate::builder::output::{HistoryEntry, PlatformImage, image_config, image_index, image_manifest};
use crate::builder::package_plan::{Distribution, PlanError};

/// What was fetched for a build.
pub struct Inputs(Vec<(TargetPlatform, Source)>);

/// What the image of a platform is made of.
enum Source {
    /// It was built before.
    Kept(Box<BuiltPlatform>),
    /// Files that were fetched.
    Files(Box<PlatformInputs>),
}

/// How long the phases of a build took. Platforms are built side by side: the longest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// To put the files together.
    pub assemble: Duration,
    /// To write the layers.
    pub layers: Duration,
    /// To describe the image.
    pub evidence: Duration,
}

impl Job {
    /// Refuses what is not built.
    ///
    /// # Errors
    ///
    /// [`BuildError::Kind`] and [`BuildError::Stages`].
    pub fn check(definition: &Definition) -> Result<(), BuildError> {
        match definition.kind() {
            Kind::Image => {}
            Kind::Package => return Err(BuildError::Kind("package")),
            Kind::Chart => return Err(BuildError::Kind("chart")),
        }
        if definition.stages.is_empty() {
            return Ok(());
        }
        let name = |stage: &definition::Stage| {
            stage.name.as_ref().map_or_else(|| "without name".to_owned(), |name| name.value.clone())
        };
        Err(BuildError::Stages(definition.stages.iter().map(name).collect()))
    }

    /// Fetches what the lock names.
    ///
    /// # Errors
    ///
    /// [`BuildError`]
    pub async fn inputs(&self, fetching: &Fetching<'_>) -> Result<Inputs, BuildError> {
        let mut all = Vec::new();
        for (platform, definition) in &self.definitions {
            Self::check(definition)?;
            let locked = self.locked(*platform)?;
            let source = match self.kept(*platform, definition) {
                Some(kept) => Source::Kept(Box::new(kept)),
                None => {
                    let inputs = fetching.inputs(definition, *platform, &self.lock, locked).await?;
                    Source::Files(Box::new(inputs))
                }
            };
            all.push((*platform, source));
        }
        Ok(Inputs(all))
    }

    /// Builds the image, its platforms side by side. It reads files and uses the processor, so it blocks.
    ///
    /// # Errors
    ///
    /// The first [`BuildError`].
    pub fn build(&self, inputs: Inputs, follow: &dyn Follow) -> Result<(BuiltImage, Times), BuildError> {
        let Inputs(inputs) = inputs;
        let one = |(platform, source): (TargetPlatform, Source)| {
            let inputs = match source {
                Source::Kept(kept) => return Ok((*kept, Times::default())),
                Source::Files(inputs) => *inputs,
            };
            let definition = self.definitions.iter().find(|(known, _)| *known == platform);
            let definition = definition.map(|(_, definition)| definition);
            let definition = definition.ok_or_else(|| BuildError::NotLocked {
                what: format!("packages for {}", platform.as_str()),
            })?;
            // All threads for each platform: while one has a single large file left, another uses the processors.
            self.platform(definition, inputs, self.threads.max(1), Steps { follow, platform })
        };
        let results: Vec<Result<(BuiltPlatform, Times), BuildError>> = if self.threads < 2 || inputs.len() < 2
        {
            inputs.into_iter().map(one).collect()
        } else {
            std::thread::scope(|scope| {
                let running: Vec<_> = inputs.into_iter().map(|inputs| scope.spawn(|| one(inputs))).collect();
                let ended = |thread: std::thread::ScopedJoinHandle<'_, _>| match thread.join() {
                    Ok(result) => result,
                    Err(panic) => std::panic::resume_unwind(panic),
                };
                running.into_iter().map(ended).collect()
            })
        };
        let mut times = Times::default();
        let mut platforms = Vec::new();
        for result in results {
            let (platform, took) = result?;
            times = times.longest(took);
            platforms.push(platform);
        }
        let entries: Vec<PlatformImage<'_>> = platforms
            .iter()
            .map(|built| PlatformImage {
                platform: &built.platform,
                manifest: &built.manifest,
                compression: built.compression,
            })
            .collect();
        let annotations = self
            .definitions
            .first()
            .map(|(_, definition)| settings::annotations(definition))
            .unwrap_or_default();
        let index = image_index(&entries, &self.name, &annotations)?;
        Ok((BuiltImage { index, platforms }, times))
    }

    fn locked(&self, platform: TargetPlatform) -> Result<&PlatformLock, BuildError> {
        self.lock
            .platform(&oci_platform(platform))
            .ok_or_else(|| BuildError::NotLocked { what: format!("packages for {}", platform.as_str()) })
    }

    /// The image that was built before from the same inputs.
    fn kept(&self, platform: TargetPlatform, definition: &Definition) -> Option<BuiltPlatform> {
        if !self.reuse {
            return None;
        }
        let compression = self.compression(definition);
        kept::find(self, &kept::key(self, platform, definition, compression)?, platform, compression)
    }

    fn compression(&self, definition: &Definition) -> Compression {
        self.compression.unwrap_or_else(|| compression_of(definition))
    }

    fn platform(
        &self,
        definition: &Definition,
        inputs: PlatformInputs,
        threads: usize,
        steps: Steps<'_>,
    ) -> Result<(BuiltPlatform, Times), BuildError> {
        let platform = steps.platform;
        let locked = self.locked(platform)?;
        let directive = definition.directive.as_ref().ok_or(PlanError::NoDirective)?;
        let distribution = Distribution::of(&directive.value);
        let begun = Instant::now();
        let decoded = unpack::decode(&distribution, locked, &inputs.packages, threads, steps)?;
        steps.at(Phase::Assemble);
        let epoch = self.epoch.or_else(|| newest(locked)).unwrap_or_else(|| decoded.newest_build());
        let lock = with_digests(&self.lock, &oci_platform(platform), &inputs);
        let described = inputs.describe(locked);
        let assembly = Assembly {
            definition,
            platform,
            distribution: &distribution,
            locked,
            repository: &self.repository,
            keys: &self.lock.keys,
            epoch,
        };
        let assembled = assembly.assemble(decoded, inputs)?;
        let assembled_at = Instant::now();
        let compression = self.compression(definition);
        let layer_settings = LayerSettings { layering: layering_of(definition), compression, threads };
        let sources = sources(locked);
        let layers = write_layers(&assembled.tree, &sources, layer_settings, &self.cache, steps)?;
        steps.at(Phase::Describe);
        let layered_at = Instant::now();
        let Assembled { tree, packages, environment, user, remarks } = assembled;
        let image_name = ImageName { path: &self.name, definition: self.path.as_deref() };
        let oci = oci_platform(platform);
        let config = image_config(
            &settings::image(definition, &image_name, &oci, user, &environment, epoch),
            &layers
                .iter()
                .map(|layer| HistoryEntry {
                    diff_id: layer.blob.diff_id,
                    created_by: format!("dhi build: {}", layer.holds),
                    created: epoch,
                })
                .collect::<Vec<_>>(),
        )?;
        let descriptors: Vec<_> = layers.iter().map(|layer| layer.blob.descriptor()).collect();
        let manifest = image_manifest(&config, &descriptors, &settings::annotations(definition))?;
        let evidence = evidence::of_platform(&Described {
            job: self,
            lock: &lock,
            platform: &oci,
            definition,
            tree: &tree,
            packages: &packages,
            inputs: &described,
            manifest: manifest.digest,
            compression,
            epoch,
        })?;
        let built = BuiltPlatform {
            platform: oci,
            manifest,
            config,
            layers,
            compression,
            evidence,
            packages: packages.len(),
            files: tree.len(),
            remarks: remarks
                .iter()
                .filter(|remark| remark.is_surprising())
                .map(ToString::to_string)
                .collect(),
        };
        steps.at(Phase::Done);
        if let Some(key) = kept::key(self, platform, definition, compression) {
            kept::keep(self, &key, &built);
        }
        let times = Times {
            assemble: assembled_at - begun,
            layers: layered_at - assembled_at,
            evidence: layered_at.elapsed(),
        };
        Ok((built, times))
    }
}

impl Times {
    fn longest(self, other: Self) -> Self {
        Self {
            assemble: self.assemble.max(other.assemble),
            layers: self.layers.max(other.layers),
            evidence: self.evidence.max(other.evidence),
        }
    }
}

/// The newest date of the signed lists, in seconds since 1970.
fn newest(locked: &PlatformLock) -> Option<i64> {
    locked
        .repositories
        .iter()
        .filter_map(|repository| repository.suite.as_ref())
        .map(|suite| suite.date.as_second())
        .max()
}

fn compression_of(definition: &Definition) -> Compression {
    match definition.compression.as_ref().map(|compression| compression.value) {
        Some(definition::Compression::Gzip) => Compression::Gzip,
        Some(definition::Compression::Zstd) | None => Compression::Zstd,
    }
}

fn layering_of(definition: &Definition) -> Layering {
    match definition.output.as_ref().map(|output| output.value) {
        Some(OutputForm::Squashed) => Layering::Squashed,
        Some(OutputForm::Layered) | None => Layering::Layered(Budget::default()),
    }
}

/// The source package of each package that has another one.
fn sources(locked: &PlatformLock) -> BTreeMap<String, String> {
    let of = |package: &crate::builder::lock::Package| {
        Some((package.name.clone(), package.source.as_ref()?.name.clone()))
    };
    locked.packages.iter().filter_map(of).collect()
}

/// The lock with the digests of Alpine packages, which are known once their files are there.
fn with_digests(lock: &Lock, platform: &crate::oci::Platform, inputs: &PlatformInputs) -> Lock {
    let mut lock = lock.clone();
    let locked = lock.platforms.iter_mut().find(|one| one.platform.normalized() == platform.normalized());
    let packages = locked.into_iter().flat_map(|locked| &mut locked.packages);
    for (package, file) in packages.zip(&inputs.packages) {
        if let Identity::Apk { digest, .. } = &mut package.identity {
            *digest = Some(file.digest);
        }
    }
    lock
}
