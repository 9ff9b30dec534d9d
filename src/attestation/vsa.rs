//! What a verification summary says (SLSA VSA v1). Its result is read exactly: what is not the word PASSED is
//! not a pass.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Predicate type of verification summaries.
pub const VSA: &str = "https://slsa.dev/verification_summary/v1";

/// The members that decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationSummary {
    /// `verifier.id`, where there is one.
    pub verifier: Option<String>,
    /// `timeVerified`. None where it is missing or no time.
    pub time: Option<Timestamp>,
    /// `verificationResult` as written.
    pub result: String,
    /// `verifiedLevels`.
    pub levels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    verifier: Option<Verifier>,
    #[serde(default)]
    time_verified: Option<String>,
    verification_result: String,
    #[serde(default)]
    verified_levels: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Verifier {
    #[serde(default)]
    id: Option<String>,
}

impl VerificationSummary {
    /// Reads the predicate; the error says what is wrong with it.
    pub fn parse(predicate: &RawValue) -> Result<Self, String> {
        let wire: Wire = serde_json::from_str(predicate.get()).map_err(|error| error.to_string())?;
        Ok(Self {
            verifier: wire.verifier.and_then(|verifier| verifier.id),
            time: wire.time_verified.and_then(|text| text.parse().ok()),
            result: wire.verification_result,
            levels: wire.verified_levels.unwrap_or_default(),
        })
    }

    /// Whether the result is a pass.
    pub fn passed(&self) -> bool {
        self.result == "PASSED"
    }
}
