//! What a build shows at its end: packages, files and layers, and the time of each phase.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::builder::build::{BuiltImage, Times};
use crate::builder::definition::{Definition, TargetPlatform};
use crate::builder::lock::Lock;
use crate::builder::locking::oci_platform;
use crate::builder::repositories::Observe;
use crate::cli::definition::load::Loaded;
use crate::cli::progress::Progress;
use crate::oci::Reference;
use crate::report::columns::{Cell, Tone, columns};
use crate::report::style::{Style, file_name};

/// Counts package files that arrive, and shows how many are missing.
pub(super) struct Observed {
    progress: Arc<Progress>,
    all: u64,
    fetched: AtomicU64,
    bytes: AtomicU64,
    cached: AtomicU64,
}

impl Observed {
    /// Counts the packages of the platforms that are built.
    pub(super) fn new(
        lock: &Lock,
        definitions: &[(TargetPlatform, Definition)],
        progress: Arc<Progress>,
    ) -> Self {
        let locked = definitions.iter().filter_map(|(platform, _)| lock.platform(&oci_platform(*platform)));
        let all = locked.map(|locked| locked.packages.len() as u64).sum();
        let (fetched, bytes, cached) = Default::default();
        Self { progress, all, fetched, bytes, cached }
    }
}

impl Observe for Observed {
    fn arrived(&self, bytes: u64, is_fetched: bool) {
        if is_fetched {
            self.fetched.fetch_add(1, Ordering::Relaxed);
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
        } else {
            self.cached.fetch_add(1, Ordering::Relaxed);
        }
        let done = self.fetched.load(Ordering::Relaxed) + self.cached.load(Ordering::Relaxed);
        let text = (done < self.all).then(|| format!("{done} of {} packages", self.all));
        self.progress.program(text);
    }
}

/// The phases of a build.
pub(super) struct Summary {
    head: String,
    phases: Vec<(&'static str, String, Duration)>,
    layers: Vec<[String; 3]>,
    total: Duration,
}

impl Summary {
    pub(super) fn new(
        loaded: &Loaded,
        built: &[(TargetPlatform, Definition)],
        lock: &Lock,
        took: Duration,
    ) -> Self {
        let locked: Vec<_> =
            built.iter().filter_map(|(platform, _)| lock.platform(&oci_platform(*platform))).collect();
        let platforms: Vec<String> = locked.iter().map(|one| one.platform.to_string()).collect();
        let packages: Vec<String> = locked.iter().map(|one| one.packages.len().to_string()).collect();
        let packages = if packages.windows(2).all(|pair| pair.first() == pair.last()) {
            packages.into_iter().next().unwrap_or_default()
        } else {
            packages.join(" and ")
        };
        let head = format!("{}  {}", file_name(&loaded.name), platforms.join(", "));
        Self {
            head,
            layers: Vec::new(),
            phases: vec![("lock", format!("{packages} packages"), took)],
            total: Duration::ZERO,
        }
    }

    pub(super) fn fetched(&mut self, observed: &Observed, took: Duration) {
        let (fetched, cached) =
            (observed.fetched.load(Ordering::Relaxed), observed.cached.load(Ordering::Relaxed));
        let bytes = observed.bytes.load(Ordering::Relaxed);
        let text = match (fetched, cached) {
            (0, 0) => "built before".to_owned(),
            (0, cached) => format!("{cached} cached"),
            (fetched, 0) => format!("{fetched}, {}", megabytes(bytes)),
            (fetched, cached) => format!("{fetched}, {}, and {cached} cached", megabytes(bytes)),
        };
        self.phases.push(("fetch", text, took));
    }

    pub(super) fn built(&mut self, image: &BuiltImage, times: Times) {
        let files: usize = image.platforms.iter().map(|platform| platform.files).sum();
        let layers: usize = image.platforms.iter().map(|platform| platform.layers.len()).sum();
        let bytes: u64 =
            image.platforms.iter().flat_map(|platform| &platform.layers).map(|layer| layer.blob.size).sum();
        self.phases.push(("assemble", format!("{} files", thousands(files)), times.assemble));
        self.phases.push(("layers", format!("{layers}, {}", megabytes(bytes)), times.layers));
        for platform in &image.platforms {
            self.layers.extend(platform.layers.iter().map(|layer| {
                [platform.platform.to_string(), layer.holds.clone(), megabytes(layer.blob.size)]
            }));
        }
    }

    pub(super) fn stored(&mut self, image: &BuiltImage, is_signed: bool, took: Duration, total: Duration) {
        let kinds: Vec<&str> = image
            .platforms
            .first()
            .map(|platform| &platform.evidence)
            .into_iter()
            .flatten()
            .map(|evidence| match evidence.predicate_type {
                "https://spdx.dev/Document" => "SPDX",
                "https://cyclonedx.org/bom/v1.6" => "CycloneDX",
                _ => "provenance",
            })
            .chain([if is_signed { "signed" } else { "unsigned" }])
            .collect();
        self.phases.push(("evidence", kinds.join(", "), took));
        self.total = total;
    }

    /// The table.
    pub(super) fn text(&self, style: Style) -> String {
        let mut text = format!("{}, {}\n", self.head, seconds(self.total));
        let rows = self.phases.iter().map(|(phase, what, took)| {
            vec![
                Cell::new(format!("  {phase}"), Tone::Plain),
                Cell::new(what.clone(), Tone::Plain),
                Cell::new(seconds(*took), Tone::Plain),
            ]
        });
        text += &columns(["  PHASE", "WHAT", "TIME"], rows, style);
        let rows = self.layers.iter().map(|[platform, holds, size]| {
            vec![
                Cell::new(format!("  {platform}"), Tone::Plain),
                Cell::new(holds.clone(), Tone::Plain),
                Cell::new(size.clone(), Tone::Plain),
            ]
        });
        text += &columns(["  LAYER", "HOLDS", "SIZE"], rows, style);
        text
    }
}

/// The file that `--metadata-file` names, as buildx writes it.
pub(super) fn metadata(image: &BuiltImage, names: &[Reference]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let document = serde_json::json!({
        "containerimage.descriptor": {
            "mediaType": image.index.media_type,
            "digest": image.index.digest.to_string(),
            "size": image.index.bytes.len(),
        },
        "containerimage.digest": image.index.digest.to_string(),
        "image.name": names.join(","),
    });
    format!("{document:#}\n")
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [megabytes(0), megabytes(14_149_999), megabytes(14_150_000)],
            ["0.0 MB", "14.1 MB", "14.2 MB"]
        );
        assert_eq!(
            [thousands(7), thousands(999), thousands(1000), thousands(1_234_567)],
            ["7", "999", "1,000", "1,234,567"]
        );
        assert_eq!(seconds(Duration::from_millis(949)), "0.9 s");
    }
}
