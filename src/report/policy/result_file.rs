//! The file of results that Docker Scout writes.

use serde::Serialize;
use serde_json::{Map, Value};

use super::run::{PolicyProof, PolicyRun};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::evidence::Outcome;

/// The results cannot be written as such a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file of results has one image, and {} were evaluated", .platforms.len())]
pub struct ResultFileError {
    /// The platforms of the images.
    pub platforms: Vec<String>,
}

impl ToDiagnostic for ResultFileError {
    fn to_diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(Code::POLICY_SELECTION, self.to_string());
        let diagnostic = diagnostic.fact("images", self.platforms.join(", "));
        let platform = self.platforms.first().cloned();
        diagnostic.maybe_remedy(platform.map(|platform| Remedy::ChoosePlatform { platform }))
    }
}

/// The result of one policy.
#[derive(Serialize)]
struct ResultEntry<'a> {
    pass: bool,
    violations: Vec<&'a Map<String, Value>>,
    bindings: &'a Value,
    metrics: Map<String, Value>,
    /// `false` if the facts were recorded. Docker Scout has no such member.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
}

impl PolicyRun<'_> {
    /// The results by the names of the policies. `pass` is true only for a policy that passes: neither for one that is
    /// unknown, nor for any if the image does not verify. There are no metrics, so the same input has the same bytes.
    ///
    /// # Errors
    ///
    /// [`ResultFileError`] unless there is exactly one image: the file has no place for others.
    pub fn result_file(&self) -> Result<String, ResultFileError> {
        let [image] = self.images.as_slice() else {
            let platforms = self.images.iter().map(|image| image.platform.clone()).collect();
            return Err(ResultFileError { platforms });
        };
        let verifies = !matches!(self.verification(), Some(Outcome::Fail | Outcome::Unknown));
        let entries = image.rows(self.set).map(|(policy, result)| {
            let evaluation = result.evaluation.as_ref();
            let violations = evaluation.into_iter().flat_map(|evaluation| &evaluation.violations);
            let entry = ResultEntry {
                pass: verifies && result.check.outcome() == Outcome::Pass,
                violations: violations.map(|violation| &violation.detail).collect(),
                bindings: evaluation.map_or(&Value::Null, |evaluation| &evaluation.bindings),
                metrics: Map::new(),
                verified: matches!(self.proof, PolicyProof::Recorded { .. }).then_some(false),
            };
            (policy.name(), serde_json::to_value(entry).unwrap_or_default())
        });
        let entries: Map<String, Value> = entries.map(|(name, entry)| (name.to_owned(), entry)).collect();
        Ok(crate::report::json::text(&entries))
    }
}
