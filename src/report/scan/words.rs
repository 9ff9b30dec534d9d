//! What the formats for people say about an image besides its findings.

use jiff::Timestamp;

use super::run::{FindingSource, ScannedImage};
use crate::evidence::{BaseAnswer, Conclusion, ConclusionKind};
use crate::report::vex::table::dated;
use crate::report::vex::wording::count;
use crate::vex::{Decision, Finding, Outcome, Severity};

impl ScannedImage<'_> {
    /// The conclusion about the image.
    pub(in crate::report) fn kind(&self) -> ConclusionKind {
        Conclusion::of(self.exit()).kind()
    }

    /// What is proven about the image, in a line.
    pub(in crate::report) fn claim(&self) -> Option<String> {
        let platforms = &self.base?.platforms;
        let platform = platforms.first()?;
        // One line about several images holds for each of them.
        if platforms.iter().any(|other| other.answer.as_str() != platform.answer.as_str()) {
            return None;
        }
        Some(match &platform.answer {
            BaseAnswer::Dhi(_) => "Docker Hardened Image".to_owned(),
            BaseAnswer::DhiBased(base) => format!("built on {}", base.short_reference()),
            BaseAnswer::ClaimsOnly(_) => "claims to be hardened, which is not proven".to_owned(),
            BaseAnswer::NotDhi(_) => "neither hardened nor built on a hardened image".to_owned(),
            BaseAnswer::Undetermined(_) => "unknown whether it is hardened".to_owned(),
        })
    }

    /// Where its findings come from, in a line.
    pub(in crate::report) fn origin(&self) -> Option<String> {
        let now = self.result.as_ref().ok()?.rules.now;
        Some(self.source.as_ref()?.line(now))
    }

    /// The number of findings that remain and are not shown.
    pub(super) fn not_shown(&self) -> usize {
        self.result.as_ref().map_or(0, |run| run.not_shown().count())
    }

    /// The findings of each severity, the most severe first: before and after statements are applied.
    pub(in crate::report) fn severities(&self) -> [Severities; 2] {
        let mut all = [Severities::default(); 2];
        let Ok(run) = &self.result else { return all };
        for found in run.findings() {
            let [before, after] = &mut all;
            before.add(found.finding);
            if is_kept(found.decision) {
                after.add(found.finding);
            }
        }
        all
    }
}

fn is_kept(decision: &Decision) -> bool {
    decision.outcome == Outcome::Kept
}

/// The number of findings of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::report) struct Severities([usize; Severity::ALL.len()]);

impl<'a> FromIterator<&'a Finding> for Severities {
    fn from_iter<T: IntoIterator<Item = &'a Finding>>(findings: T) -> Self {
        findings.into_iter().fold(Self::default(), |mut all, finding| {
            all.add(finding);
            all
        })
    }
}

impl Severities {
    fn add(&mut self, finding: &Finding) {
        let at = Severity::ALL.iter().position(|severity| *severity == finding.severity);
        if let Some(count) = at.and_then(|at| self.0.get_mut(at)) {
            *count += 1;
        }
    }

    /// The number of findings of this severity.
    pub(in crate::report) fn of(self, severity: Severity) -> usize {
        let at = Severity::ALL.iter().position(|one| *one == severity);
        at.and_then(|at| self.0.get(at)).copied().unwrap_or_default()
    }

    /// The number of all findings.
    pub(in crate::report) fn total(self) -> usize {
        self.0.iter().sum()
    }

    /// `2 critical, 5 high, 9 low`.
    pub(in crate::report) fn words(self) -> String {
        let each = Severity::ALL.iter().rev().filter(|severity| self.of(**severity) > 0);
        let words: Vec<String> =
            each.map(|severity| format!("{} {}", self.of(*severity), severity.id())).collect();
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    }
}

impl FindingSource {
    /// The source in a line.
    fn line(&self, now: Timestamp) -> String {
        match self {
            Self::Scanner { name, version, database } => {
                let database = match database {
                    Some(time) => format!("database of {}", dated(*time, now)),
                    None => "database of unknown age".to_owned(),
                };
                format!("scanned with {name} {version}, {database}")
            }
            Self::File { name } => format!("findings of {name}"),
            Self::Attestation { digest, signers, scanner, time, .. } => {
                let scanner = scanner.as_ref().map_or_else(String::new, |scanner| format!(" of {scanner}"));
                let time = match time {
                    Some(time) => dated(*time, now),
                    None => "it names no time".to_owned(),
                };
                format!("attested scan {}{scanner}, signed by {}: {time}", digest.short(), signers.join(", "))
            }
        }
    }
}

/// The verdict over all images: `1 of 3 images passes; 1 failed, 1 unknown; no gate is set`.
pub(in crate::report) fn summary(images: &[ScannedImage<'_>]) -> String {
    let of = |kind: ConclusionKind| images.iter().filter(|image| image.kind() == kind).count();
    let [passed, failed] = [ConclusionKind::Pass, ConclusionKind::Fail].map(of);
    let unknown = images.len() - passed - failed;
    let verb = if passed == 1 { "passes" } else { "pass" };
    let mut line = format!("{passed} of {} {verb}", count(images.len(), "image"));
    if failed + unknown > 0 {
        line.push_str(&format!("; {failed} failed, {unknown} unknown"));
    }
    let has_gate = |image: &ScannedImage<'_>| image.result.as_ref().is_ok_and(|run| run.result.is_set);
    if images.iter().any(|image| image.result.is_ok()) && !images.iter().any(has_gate) {
        line.push_str("; no gate is set");
    }
    line
}

/// The gravest conclusion.
pub(in crate::report) fn kind(images: &[ScannedImage<'_>]) -> ConclusionKind {
    let exit = images.iter().map(ScannedImage::exit).max().unwrap_or(crate::diagnostic::Exit::Pass);
    Conclusion::of(exit).kind()
}
