//! `--report`: the findings that policies read, from reports of scanners or from the attested scan of the image.
//!
//! The verified VEX of the image decides about each finding. Findings count only for the image whose digest they name.

use jiff::Timestamp;

use super::super::super::scan::{ATTESTATION, attested_scan};
use super::super::super::vex::reports::{self, Report};
use super::super::super::vex::run::{decided, subjects};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic as _};
use crate::evidence::Findings;
use crate::gate::Verifier;
use crate::gate::vex::{Error, Loaded, VexOptions};
use crate::oci::Reference;
use crate::policy::facts::RecordedFacts;
use crate::registry::Registry;
use crate::report::quoted;
use crate::vex::{Profile, Rules};

/// The findings of all reports. `verifier` verifies the image, without policies.
///
/// # Errors
///
/// Why a report cannot be read, is about another image, or says too little for a policy.
pub(super) async fn findings(
    names: &[String],
    reference: &Reference,
    verifier: &Verifier,
    registry: &dyn Registry,
    now: Timestamp,
) -> Result<Vec<Findings>, Diagnostic> {
    let (attested, files): (Vec<String>, Vec<String>) =
        names.iter().cloned().partition(|name| name == ATTESTATION);
    let reports = reports::read_all(&files)?;
    let options = VexOptions { image: Some(reference.clone()), ..VexOptions::default() };
    let mut loaded = verifier
        .load_vex(registry, &options, &subjects(&reports), now)
        .await
        .map_err(|error| of_eval(&error))?;
    let mut named = with_names(reports);
    if !attested.is_empty() {
        named.extend(of_attestations(&loaded, verifier, registry, now).await?);
    }
    bound(named, &mut loaded, now)
}

/// The findings of all reports about images whose facts were recorded in `facts`.
///
/// # Errors
///
/// Those of [`findings`], and `usage/arguments` for a scan that would have to be verified.
pub(super) fn of_recorded(
    names: &[String],
    facts: &RecordedFacts,
    now: Timestamp,
) -> Result<Vec<Findings>, Diagnostic> {
    if names.iter().any(|name| name == ATTESTATION) {
        let what = "`--report attestation` has no effect on recorded facts: nothing is verified";
        let text = "policies read the recorded scan without it; to give its findings too, name the image: \
                    `dhi policy eval REF --report attestation`";
        let remedy = Remedy::ChangeCommandLine { text: text.to_owned() };
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(remedy));
    }
    let reports = reports::read_all(names)?;
    let mut loaded = Loaded::recorded(facts, &subjects(&reports)).map_err(|error| {
        with_remedy(&error, |reference| Remedy::RecordFacts { reference: Some(reference.to_owned()) })
    })?;
    bound(with_names(reports), &mut loaded, now)
}

/// A report with what names its source to people, and the time of its scan.
type Named = (Report, String, Option<Timestamp>);

fn with_names(reports: Vec<Report>) -> Vec<Named> {
    let named = |report: Report| {
        let source = report.name.clone();
        (report, source, None)
    };
    reports.into_iter().map(named).collect()
}

/// The findings after VEX was applied, each scan bound to the image whose digest it names.
fn bound(named: Vec<Named>, loaded: &mut Loaded, now: Timestamp) -> Result<Vec<Findings>, Diagnostic> {
    let (reports, sources): (Vec<Report>, Vec<(String, Option<Timestamp>)>) =
        named.into_iter().map(|(report, source, time)| (report, (source, time))).unzip();
    // Nothing that rests on an unverified name suppresses a finding.
    let rules = Rules { profile: Profile::Dhi, lenient: false, require_verified: true, now };
    let application = decided(reports, loaded, rules);
    let mut all = Vec::new();
    for (report, (source, time)) in application.applied.reports.iter().zip(sources) {
        for scan in &report.scans {
            let findings = scan.for_policies(source.clone(), time).map_err(|error| {
                let what = format!("`{}` is not for policies: {error}", report.name);
                Diagnostic::new(Code::VEX_REPORT, what)
            })?;
            all.push(findings);
        }
    }
    Ok(all)
}

/// The error with the remedy of this command, which names the image by its argument.
fn of_eval(error: &Error) -> Diagnostic {
    with_remedy(error, |reference| Remedy::ChangeCommandLine {
        text: format!("name the image that was scanned: `dhi policy eval {}`", quoted(reference)),
    })
}

/// The error with the remedy that `of_scanned` makes for the image that was scanned.
fn with_remedy(error: &Error, of_scanned: impl Fn(&str) -> Remedy) -> Diagnostic {
    let diagnostic = error.to_diagnostic();
    let remedies = diagnostic.remedies.iter().map(|remedy| match remedy {
        Remedy::NameScannedImage { reference } => of_scanned(reference),
        other => other.clone(),
    });
    Diagnostic { remedies: remedies.collect(), ..diagnostic.clone() }
}

/// The attested scan of each image, as a report.
async fn of_attestations(
    loaded: &Loaded,
    verifier: &Verifier,
    registry: &dyn Registry,
    now: Timestamp,
) -> Result<Vec<Named>, Diagnostic> {
    let mut reports = Vec::new();
    let Some(evidence) = loaded.evidence() else { return Ok(reports) };
    for image in &evidence.platforms {
        let (report, attested) =
            attested_scan(verifier, registry, evidence, loaded.base_proof(), image, None, now).await?;
        // Another scan may be newer, with other findings.
        if let Some(problem) = attested.incomplete.into_iter().next() {
            return Err(problem);
        }
        let source =
            format!("attested scan {}, signed by {}", attested.attestation, attested.signers.join(", "));
        reports.push((report, source, attested.time));
    }
    Ok(reports)
}
