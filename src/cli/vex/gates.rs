//! The flags of the gate: which of the findings that remain fail the run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::vex::{Gate, Severity, Status};

#[derive(Debug, Args)]
#[command(next_help_heading = "Gate")]
pub(in crate::cli) struct GateArguments {
    /// Fail if a finding of this severity or above remains
    ///
    /// negligible, low, medium, high, critical. A finding without a known severity is below all of them; `unknown` counts
    /// every finding.
    #[arg(long, value_enum, value_name = "SEVERITY", hide_possible_values = true, ignore_case = true)]
    pub(in crate::cli) fail_on: Option<SeverityName>,

    /// Fail if a finding with this status remains: affected, under_investigation (repeatable)
    #[arg(long, value_enum, value_name = "STATUS", hide_possible_values = true)]
    pub(in crate::cli) fail_on_status: Vec<StatusName>,

    /// Count only findings with a fixed version
    #[arg(long)]
    pub(in crate::cli) only_fixed: bool,

    /// Neither show nor count findings without a fixed version
    ///
    /// Also without a gate. JSON, SARIF and JUnit have them.
    #[arg(long)]
    pub(in crate::cli) ignore_unfixed: bool,

    /// Count only findings that are new since this report
    #[arg(long, value_name = "REPORT", value_hint = clap::ValueHint::FilePath)]
    pub(in crate::cli) baseline: Option<PathBuf>,
}

/// The thresholds of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SeverityName {
    /// All, also those without a known severity
    Unknown,
    /// Negligible and above
    Negligible,
    /// Low and above
    Low,
    /// Medium and above
    Medium,
    /// High and above
    High,
    /// Critical
    Critical,
}

/// The statuses that keep a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum StatusName {
    /// A statement confirms that the product is affected
    #[value(name = "affected")]
    Affected,
    /// A statement is under investigation
    #[value(name = "under_investigation", alias = "under-investigation")]
    UnderInvestigation,
}

impl StatusName {
    /// The status.
    pub(in crate::cli) fn status(self) -> Status {
        match self {
            Self::Affected => Status::Affected,
            Self::UnderInvestigation => Status::UnderInvestigation,
        }
    }
}

impl GateArguments {
    /// Refuses options that only restrict a gate, where no gate is set.
    ///
    /// # Errors
    ///
    /// `usage/arguments`.
    pub(in crate::cli) fn check(&self) -> Result<(), Diagnostic> {
        let restricts = match (self.only_fixed, &self.baseline) {
            (true, _) => "--only-fixed",
            (false, Some(_)) => "--baseline",
            (false, None) => return Ok(()),
        };
        if self.fail_on.is_some() || !self.fail_on_status.is_empty() {
            return Ok(());
        }
        let text = "add `--fail-on SEVERITY`".to_owned();
        let what = format!("`{restricts}` restricts a gate, and none is set");
        Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }))
    }

    /// The gate.
    pub(in crate::cli) fn gate(&self, require_verified: bool) -> Gate {
        Gate {
            fail_on: self.fail_on.map(SeverityName::severity),
            fail_on_status: self.fail_on_status.iter().map(|status| status.status()).collect(),
            only_fixed: self.only_fixed || self.ignore_unfixed,
            require_verified,
            accepts_listed: false,
        }
    }
}

impl SeverityName {
    /// The severity.
    pub(in crate::cli) fn severity(self) -> Severity {
        match self {
            Self::Unknown => Severity::Unknown,
            Self::Negligible => Severity::Negligible,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}
