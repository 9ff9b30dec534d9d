//! Which facts a policy asks for or reads: by its questions, and by the members of `input` in its text.
//!
//! A fact that it does not read has the same result whatever its value is, which tells nothing about a case.

use crate::policy::facts::AttestationFacts;
use crate::policy::rego::host::{InputReads, OPEN_VEX, SBOM, VULNERABILITIES};
use crate::policy::rego::{Answer, Evaluation, Question, RegoPolicy};

/// The reads of one policy in one evaluation.
pub(super) struct Reads<'a> {
    input: InputReads,
    questions: &'a [Question],
}

impl<'a> Reads<'a> {
    pub(super) fn of(policy: &RegoPolicy, evaluation: &'a Evaluation) -> Self {
        Self { input: InputReads::of_source(policy.source()), questions: &evaluation.questions }
    }

    /// Whether it reads a member of `input`, a part of it, or an object that has it.
    pub(super) fn member(&self, path: &[&str]) -> bool {
        self.input.reads_path(path)
    }

    /// Whether it reads the base of the image.
    pub(super) fn base(&self) -> bool {
        self.member(&["input", "dhi", "base"]) || self.calls("scout.base_image(")
    }

    /// Whether it reads the findings of a scan, which some attestations are made of.
    pub(super) fn findings(&self) -> bool {
        self.member(&["input", "dhi", "findings"])
            || self.names(VULNERABILITIES)
            || self.names(OPEN_VEX)
            || self.calls("scout.vulnerabilities(")
    }

    /// Whether it asks for an attestation or lists it.
    pub(super) fn attestation(&self, attestation: &AttestationFacts) -> bool {
        let is_asked = attestation.predicate_type.as_deref().is_some_and(|name| self.asks_for(name));
        is_asked
            || self.names(&attestation.image)
            || self.names(&attestation.digest.to_string())
            || self.member(&["input", "dhi", "attestations"])
            || self.calls("oci.referrer_index(")
    }

    /// Whether it gets the statement of an attestation.
    pub(super) fn statement(&self, attestation: &AttestationFacts) -> bool {
        let is_given = |text: &str| {
            let mut given = self.questions.iter().filter(|question| question.answer == Answer::Given);
            given.any(|question| question.call.contains(&quoted(text)))
        };
        let name = attestation.predicate_type.as_deref();
        name.is_some_and(|name| is_given(name) || (self.is_of_scout(name) && self.asks_for(name)))
            || is_given(&attestation.digest.to_string())
    }

    fn asks_for(&self, predicate_type: &str) -> bool {
        self.names(predicate_type) || self.is_of_scout(predicate_type)
    }

    /// Whether it reads an attestation of Scout through `input` or a function for it.
    fn is_of_scout(&self, predicate_type: &str) -> bool {
        match predicate_type {
            SBOM => {
                self.input.other(&["source", "dhi"]).is_some()
                    || self.calls("scout.base_image(")
                    || self.calls("scout.package_provenance(")
            }
            VULNERABILITIES => self.calls("scout.vulnerabilities("),
            _ => false,
        }
    }

    /// Whether a question has this text.
    fn names(&self, text: &str) -> bool {
        self.questions.iter().any(|question| question.call.contains(&quoted(text)))
    }

    fn calls(&self, function: &str) -> bool {
        self.questions.iter().any(|question| question.call.starts_with(function))
    }
}

/// A text as an argument of a call.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}
