//! The flags that set how statements are matched and chosen.

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::vex::{Profile, Rules};

#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct RuleArguments {
    /// Decide as dhi, grype, trivy or openvex (go-vex)
    #[arg(long, value_enum, default_value_t = ProfileName::Dhi, hide_default_value = true, hide_possible_values = true)]
    profile: ProfileName,

    /// Let `not_affected` without a reason suppress
    #[arg(long)]
    lenient: bool,

    /// Treat the scanned image as a hardened image
    ///
    /// Statements of Docker about packages then apply without proof that the image is hardened.
    #[arg(long)]
    pub(super) assume_dhi: bool,

    /// Refuse what rests on something that is not verified
    ///
    /// Statements that apply by the name of a repository alone do not count. The run fails if a finding is suppressed by
    /// an unsigned document, or in a report that names no digest.
    #[arg(long)]
    require_verified: bool,
}

/// The rules by which statements are found and chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileName {
    /// The rules of this program
    Dhi,
    /// Those of Grype 0.110
    Grype,
    /// Those of Trivy
    Trivy,
    /// Those of the go-vex library
    Openvex,
}

impl RuleArguments {
    /// The rules of a run at this time.
    pub(super) fn rules(&self, now: Timestamp) -> Rules {
        Rules {
            profile: match self.profile {
                ProfileName::Dhi => Profile::Dhi,
                ProfileName::Grype => Profile::Grype,
                ProfileName::Trivy => Profile::Trivy,
                ProfileName::Openvex => Profile::OpenVex,
            },
            lenient: self.lenient,
            require_verified: self.require_verified,
            now,
        }
    }
}
