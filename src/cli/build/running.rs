//! Runs a build, and shows what it does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::builder::build::{BuildError, BuiltImage, Follow, Inputs, Job, Phase, Times};
use crate::builder::definition::{Keyword as _, TargetPlatform};
use crate::cli::progress::Progress;
use crate::diagnostic::{Code, Diagnostic};
use crate::registry::mutex::lock;

/// Builds on another thread, so that progress is shown meanwhile.
pub(super) async fn built(
    job: &Arc<Job>,
    inputs: Inputs,
    progress: &Arc<Progress>,
) -> Result<Result<(BuiltImage, Times), BuildError>, Diagnostic> {
    let job = Arc::clone(job);
    let followed = Followed { progress: Arc::clone(progress), platforms: Mutex::default() };
    progress.program(Some("building".to_owned()));
    let built = tokio::task::spawn_blocking(move || job.build(inputs, &followed)).await;
    progress.program(None);
    built.map_err(|failed| Diagnostic::new(Code::BUILD_FILES, format!("the build was interrupted: {failed}")))
}

/// Shows the phase of each platform.
struct Followed {
    progress: Arc<Progress>,
    platforms: Mutex<BTreeMap<&'static str, Phase>>,
}

impl Follow for Followed {
    fn phase(&self, platform: TargetPlatform, phase: Phase) {
        let mut platforms = lock(&self.platforms);
        platforms.insert(platform.as_str(), phase);
        self.progress.program(Some(text(&platforms)));
    }
}

/// `linux/amd64: 3 of 8 layers; linux/arm64: 40 of 65 packages unpacked`.
fn text(platforms: &BTreeMap<&'static str, Phase>) -> String {
    let phases: Vec<String> =
        platforms.iter().map(|(platform, phase)| format!("{platform}: {phase}")).collect();
    phases.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_its_phase() {
        let followed = Followed { progress: Arc::default(), platforms: Mutex::default() };
        let at = |platform, phase| {
            followed.phase(platform, phase);
            followed.progress.text().unwrap()
        };
        let arm = at(TargetPlatform::LinuxArm64, Phase::Unpack { done: 40, all: 65 });
        assert_eq!(arm, "linux/arm64: 40 of 65 packages unpacked");
        let both = at(TargetPlatform::LinuxAmd64, Phase::Layers { done: 3, all: 8 });
        assert_eq!(both, "linux/amd64: 3 of 8 layers; linux/arm64: 40 of 65 packages unpacked");
        let later = at(TargetPlatform::LinuxArm64, Phase::Describe);
        assert_eq!(later, "linux/amd64: 3 of 8 layers; linux/arm64: describing");
    }
}
