//! Where the vulnerabilities of a report are, with what is edited in them.

use std::ops::Range;

use crate::vex::scan_report::parts::Parts;

/// Where the vulnerabilities of a report are.
#[derive(Clone, Debug, Default)]
pub(in crate::vex::scan_report) struct Places {
    pub(super) vulnerabilities: Parts,
    /// As long as the list of vulnerabilities.
    pub(super) details: Vec<VulnerabilityPlace>,
}

/// One vulnerability. The positions of its findings follow each other, in the order of `affects`.
#[derive(Clone, Debug, Default)]
pub(super) struct VulnerabilityPlace {
    pub(super) first_finding: usize,
    pub(super) findings: usize,
    pub(super) members: Parts,
    /// The member `bom-ref`.
    pub(super) bom_ref: Option<usize>,
    pub(super) affects: Option<Parts>,
    pub(super) analysis: Option<AnalysisPlace>,
    pub(super) properties: Option<PropertiesPlace>,
}

/// The member `analysis` of a vulnerability.
#[derive(Clone, Debug, Default)]
pub(super) struct AnalysisPlace {
    pub(super) start: usize,
    pub(super) value: Range<usize>,
    /// The members that are known: name, value and its text.
    pub(super) known: Vec<(&'static str, Range<usize>, Option<String>)>,
}

/// The member `properties` of a vulnerability.
#[derive(Clone, Debug, Default)]
pub(super) struct PropertiesPlace {
    pub(super) start: usize,
    pub(super) value: Range<usize>,
    pub(super) list: Option<Parts>,
    /// The properties that this program writes: name, value and its text.
    pub(super) own: Vec<(String, Range<usize>, Option<String>)>,
}
