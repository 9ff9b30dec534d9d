//! Scanner reports: read into findings, and written back with the decisions about them.
//!
//! Invariant: a report that is written back differs from the original only where a decision stands. All other bytes are
//! the same: unknown members, their order, numbers, white space, line ends and a byte order mark. Without decisions the
//! report is the same byte for byte, and applying the same decisions to the result changes nothing.

mod attested;
mod cyclonedx;
mod format;
mod grype;
pub(in crate::vex) mod layout;
mod osv_scanner;
mod package_types;
mod parts;
pub(in crate::vex) mod pieces;
mod ratings;
mod sarif;
mod trivy;
mod verdict;

use bytes::Bytes;

pub use attested::{AttestedScan, is_scan, read_attested};
pub use format::ReportFormat;
pub use sarif::vulnerability_of_rule;

use self::format::Shape;
use self::pieces::{Edits, Piece};
use super::json_reader::{Fault, Reader};
use super::limits::REPORT;
use super::{AppliedReport, Decision, Error, Inapplicable, Outcome, Scan, StatementSet};
use crate::limits::Exceeded;
use crate::oci::Encoding;

/// A report of a scanner, with the places of its findings.
#[derive(Clone, Debug)]
pub struct ScanReport {
    name: String,
    text: Bytes,
    places: Places,
}

/// Where the findings of a report are.
#[derive(Clone, Debug)]
enum Places {
    Grype(grype::Places),
    Trivy(trivy::Places),
    TrivyCluster(trivy::Places),
    TrivyList,
    Sarif(sarif::Places),
    CycloneDx(cyclonedx::Places),
    OsvScanner(osv_scanner::Places),
    /// A predicate, which is signed.
    Attested,
}

/// How decisions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Whether suppressed results leave a SARIF report, in place of being marked.
    pub drop: bool,
}

/// A report with the decisions written into it.
#[derive(Clone, Debug)]
pub struct Rewritten {
    text: Bytes,
    pieces: Vec<Piece>,
    overruled: usize,
}

/// Reads a report in any format that is known. `name` names it in errors.
///
/// # Errors
///
/// [`Error::ReportEncoding`] if it is not UTF-8, [`Error::Report`] if it is not valid or a part of it has the wrong type,
/// [`Error::ReportShape`] if it is no report, [`Error::Limit`] if it is too large.
pub fn read(text: Bytes, name: &str) -> Result<(ScanReport, Vec<Scan>), Error> {
    if u64::try_from(text.len()).is_ok_and(|length| length > REPORT) {
        return Err(Exceeded::new(format!("{name} of {} bytes", text.len()), REPORT, "bytes").into());
    }
    // UTF-16 of ASCII text is valid UTF-8.
    if let Some(encoding) = Encoding::of(&text).filter(|encoding| *encoding != Encoding::MarkedUtf8) {
        return Err(Error::ReportEncoding { report: name.to_owned(), encoding });
    }
    let report = std::str::from_utf8(&text).map_err(|error| {
        let valid = String::from_utf8_lossy(text.get(..error.valid_up_to()).unwrap_or_default());
        fault_at(name, &valid, &Fault::new(valid.len(), "it is not UTF-8"))
    })?;
    let fault = |fault: Fault| fault_at(name, report, &fault);
    let format = match format::shape(report).map_err(fault)? {
        Shape::Report(format) => format,
        Shape::Other(cause) => {
            return Err(Error::ReportShape { report: name.to_owned(), cause: cause.to_owned() });
        }
    };
    let mut json = Reader::behind_mark(report);
    let (places, scans) = match format {
        ReportFormat::Grype => grype::read(&mut json).map(|(places, scans)| (Places::Grype(places), scans)),
        ReportFormat::Trivy => trivy::read(&mut json).map(|(places, scans)| (Places::Trivy(places), scans)),
        ReportFormat::TrivyCluster => {
            trivy::read_cluster(&mut json).map(|(places, scans)| (Places::TrivyCluster(places), scans))
        }
        ReportFormat::TrivyList => trivy::read_list(&mut json).map(|scans| (Places::TrivyList, scans)),
        ReportFormat::Sarif => sarif::read(&mut json).map(|(places, scans)| (Places::Sarif(places), scans)),
        ReportFormat::CycloneDx => {
            cyclonedx::read(&mut json).map(|(places, scans)| (Places::CycloneDx(places), scans))
        }
        ReportFormat::OsvScanner => {
            osv_scanner::read(&mut json).map(|(places, scans)| (Places::OsvScanner(places), scans))
        }
        // No shape has this format.
        ReportFormat::Attested => Err(json.fault("it is an attestation")),
    }
    .map_err(fault)?;
    if !json.is_at_end() {
        return Err(fault(json.fault("more text follows the report")));
    }
    Ok((ScanReport { name: name.to_owned(), text, places }, scans))
}

/// A fault at an offset of the text, by line and column.
fn fault_at(name: &str, text: &str, fault: &Fault) -> Error {
    let before = text.get(..fault.at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    Error::Report {
        report: name.to_owned(),
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().filter(|c| *c != '\u{feff}').count() + 1,
        cause: fault.cause.clone(),
    }
}

impl ScanReport {
    /// Its format.
    pub fn format(&self) -> ReportFormat {
        match &self.places {
            Places::Grype(_) => ReportFormat::Grype,
            Places::Trivy(_) => ReportFormat::Trivy,
            Places::TrivyCluster(_) => ReportFormat::TrivyCluster,
            Places::TrivyList => ReportFormat::TrivyList,
            Places::Sarif(_) => ReportFormat::Sarif,
            Places::CycloneDx(_) => ReportFormat::CycloneDx,
            Places::OsvScanner(_) => ReportFormat::OsvScanner,
            Places::Attested => ReportFormat::Attested,
        }
    }

    /// Keeps the findings of the scan at `scan` whose suppression somebody rejected in the report, whatever statements
    /// say. A rejected suppression leaves a result open (SARIF 2.1.0, 3.27.23).
    pub fn keep_rejected(&self, scan: usize, decisions: &mut [Decision]) {
        let Places::Sarif(places) = &self.places else { return };
        for finding in places.rejected(scan) {
            let Some(decision) = decisions.get_mut(finding) else { continue };
            if decision.outcome == Outcome::Suppressed {
                decision.outcome = Outcome::Kept;
                decision.ruling = None;
                decision.reason = Some(Inapplicable::RejectedInReport);
                decision.conflict = false;
            }
        }
    }

    /// Writes the decisions about its findings into it. `report` is the result for this report, with its scans and
    /// findings in the order in which [`read`] gave them.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnlyReport`] if the format has no place for decisions.
    pub fn rewrite(
        &self,
        report: &AppliedReport,
        statements: &StatementSet,
        options: &WriteOptions,
    ) -> Result<Rewritten, Error> {
        let text = std::str::from_utf8(&self.text).unwrap_or_default();
        let mut overruled = 0;
        let edits: Edits = match &self.places {
            Places::Grype(places) => grype::write(places, text, report, statements),
            Places::Trivy(places) | Places::TrivyCluster(places) => {
                trivy::write(places, text, report, statements)
            }
            Places::Sarif(places) => {
                let (edits, count) = sarif::write(places, text, report, statements, options.drop);
                overruled = count;
                edits
            }
            Places::CycloneDx(places) => cyclonedx::write(places, text, report, statements),
            Places::OsvScanner(places) => osv_scanner::write(places, report, statements),
            Places::TrivyList | Places::Attested => {
                let format = self.format().as_str();
                return Err(Error::ReadOnlyReport { report: self.name.clone(), format });
            }
        };
        Ok(Rewritten { text: self.text.clone(), pieces: edits.pieces(0..self.text.len()), overruled })
    }
}

impl Rewritten {
    /// The bytes of the report, in pieces. What did not change is not copied.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().flat_map(|piece| pieces::bytes_of(piece, &self.text))
    }

    /// How many suppressions of others that were under review are set to accepted, so that the result counts as
    /// suppressed (SARIF 2.1.0, 3.27.23). A result with a rejected suppression stays as it is.
    pub fn overruled(&self) -> usize {
        self.overruled
    }

    /// Whether the report differs from the original.
    pub fn is_changed(&self) -> bool {
        self.pieces.iter().any(|piece| !matches!(piece, Piece::Kept(_))) || self.pieces.len() > 1
    }
}

#[cfg(test)]
mod tests;
