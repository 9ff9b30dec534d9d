//! Findings as policies read them: those of one scan, with the decisions of VEX.
//!
//! They are bound to the digest of an image that this run verified. A report that names no digest, leaves findings out or
//! did not scan gives none: a policy would pass for what it does not hold.

use jiff::Timestamp;

use super::applied::AppliedScan;
use super::decide::binding::bound_image;
use super::decision::{Decision, Outcome};
use super::finding::{Finding, Fix, Severity};
use crate::evidence::{self, Findings};

/// The fixed version if a report says that there is one and does not name it.
const UNNAMED: &str = "a later version";

/// Why the findings of a scan are not for policies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotBound {
    /// No digest tells which image of the reference the scan is about.
    #[error("it names no digest that tells which image was scanned")]
    NoImage,
    /// It leaves findings out that something suppressed already.
    #[error("it leaves out {0} findings that were suppressed before")]
    Suppressed(usize),
    /// Nothing was scanned.
    #[error("nothing was scanned: {0}")]
    NotScanned(String),
}

impl AppliedScan {
    /// The findings for policies. `source` names where they come from, for people.
    ///
    /// # Errors
    ///
    /// [`NotBound`] if they say too little about an image that was verified.
    pub fn for_policies(&self, source: String, scanned_at: Option<Timestamp>) -> Result<Findings, NotBound> {
        if let Some(cause) = &self.scan.not_scanned {
            return Err(NotBound::NotScanned(cause.clone()));
        }
        if self.scan.suppressed_before > 0 {
            return Err(NotBound::Suppressed(self.scan.suppressed_before));
        }
        let image = bound_image(&self.scan.subject, &self.facts).ok_or(NotBound::NoImage)?;
        let all = self.decided().map(|(finding, decision)| for_policy(finding, decision)).collect();
        Ok(Findings { image, source, scanned_at, all })
    }
}

fn for_policy(finding: &Finding, decision: &Decision) -> evidence::Finding {
    let fixed_by = match &finding.fix {
        Fix::Fixed(versions) => Some(versions.first().cloned().unwrap_or_else(|| UNNAMED.to_owned())),
        Fix::NotFixed | Fix::WontFix | Fix::Unknown => None,
    };
    let score = finding.scores.first().filter(|score| score.is_finite());
    evidence::Finding {
        id: finding.id.clone(),
        aliases: finding.aliases.clone(),
        purl: finding.package.purl.as_ref().map(ToString::to_string),
        severity: severity(finding.severity).to_owned(),
        fixed_by,
        // `9.0`, not `9`.
        cvss_score: score.map(|score| format!("{score:?}")),
        published_at: finding.published,
        known_exploited: finding.known_exploited,
        vex_status: decision.ruling.as_ref().map(|ruling| ruling.status.as_str().to_owned()),
        suppressed: decision.outcome == Outcome::Suppressed,
    }
}

/// As Docker Scout writes it.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low | Severity::Negligible => "LOW",
        Severity::Unknown => "UNSPECIFIED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;
    use crate::vex::{FoundPackage, ImageFacts, Origin, Scan, Scanned, VerifiedImage};

    fn finding(id: &str, severity: Severity, fix: Fix) -> Finding {
        let package =
            FoundPackage { name: "tar".to_owned(), origin: Origin::Unproven, ..FoundPackage::default() };
        Finding {
            id: id.to_owned(),
            aliases: vec!["GHSA-1".to_owned()],
            package,
            severity,
            fix,
            published: None,
            known_exploited: None,
            scores: vec![9.0, 5.5],
            epss: None,
        }
    }

    fn decision(outcome: Outcome) -> Decision {
        Decision {
            outcome,
            ruling: None,
            reason: None,
            conflict: false,
            considered: Vec::new(),
            near_miss: None,
            warnings: Vec::new(),
        }
    }

    /// A scan of the image with this content, in a run that verified the image `web`.
    fn applied(of: &str) -> AppliedScan {
        let image = Digest::of(b"web");
        let verified = VerifiedImage { root: image, images: vec![(image, None)], configs: Vec::new() };
        let subject = Scanned {
            repo_digests: vec![format!("registry.example.com/web@{}", Digest::of(of.as_bytes()))],
            ..Scanned::default()
        };
        let findings = vec![
            finding("CVE-1", Severity::Critical, Fix::Fixed(vec!["1.2".to_owned(), "2.0".to_owned()])),
            finding("CVE-2", Severity::Negligible, Fix::Fixed(Vec::new())),
            finding("CVE-3", Severity::Unknown, Fix::WontFix),
        ];
        let decisions = vec![decision(Outcome::Kept), decision(Outcome::Suppressed), decision(Outcome::Kept)];
        AppliedScan {
            scan: Scan { subject, findings, suppressed_before: 0, graph: None, not_scanned: None },
            facts: ImageFacts { verified: Some(verified), ..ImageFacts::default() },
            decisions,
        }
    }

    #[test]
    fn findings_have_the_words_of_scout_and_the_decisions() {
        let findings = applied("web").for_policies("report".to_owned(), None).unwrap();
        assert_eq!((findings.image, findings.all.len()), (Digest::of(b"web"), 3));
        let row = |finding: &evidence::Finding| {
            (finding.severity.clone(), finding.fixed_by.clone(), finding.suppressed)
        };
        let rows: Vec<_> = findings.all.iter().map(row).collect();
        assert_eq!(
            rows,
            [
                ("CRITICAL".to_owned(), Some("1.2".to_owned()), false),
                ("LOW".to_owned(), Some("a later version".to_owned()), true),
                ("UNSPECIFIED".to_owned(), None, false),
            ]
        );
        assert_eq!(findings.all[0].cvss_score.as_deref(), Some("9.0"));
    }

    #[test]
    fn a_scan_that_says_too_little_gives_no_findings() {
        let error = |scan: &AppliedScan| scan.for_policies("report".to_owned(), None).unwrap_err();
        assert_eq!(error(&applied("other")), NotBound::NoImage);
        let mut unbound = applied("web");
        unbound.scan.subject.repo_digests.clear();
        assert_eq!(error(&unbound), NotBound::NoImage);
        let mut suppressed = applied("web");
        suppressed.scan.suppressed_before = 2;
        assert_eq!(error(&suppressed), NotBound::Suppressed(2));
        let mut unscanned = applied("web");
        unscanned.scan.not_scanned = Some("no rights".to_owned());
        assert_eq!(error(&unscanned), NotBound::NotScanned("no rights".to_owned()));
    }
}
