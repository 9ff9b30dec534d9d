//! The flags that write verification summaries, and the writing.
//!
//! A summary is signed only by a key that does not itself prove images, so no run can accept its own result as proof.

use std::fmt::Write;
use std::path::Path;

use clap::Args;

use super::judging::JudgingArguments;
use super::output_argument::file_name;
use super::output_file::write_file;
use super::printer::Data;
use super::session::Session;
use super::signing::{log, signer};
use super::vsa_input::GROUP;
use crate::attestation::VSA_TYPE;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::evidence::verifier_of;
use crate::gate::{Decided, Gate, NoVsa, VsaStatement};
use crate::limits::Limits;
use crate::oci::{Reference, Repository};
use crate::registry::{self, EngineError, Freshness, Push};
use crate::sign::{Form, Log, Prepared, Pushed, SignedStatement, Signer, Signing, push};

/// The value of `--emit-vsa` that means the image itself.
const ATTACH: &str = "attach";

#[derive(Debug, Args)]
#[command(next_help_heading = "Summaries")]
pub(super) struct EmitArguments {
    /// Write a signed verification summary (SLSA VSA) of each image to FILE, or `attach` it to the image (repeatable)
    #[arg(long, value_name = "FILE|attach", requires = "vsa_key", group = GROUP, value_parser = file_name)]
    emit_vsa: Vec<String>,

    /// Private key that signs summaries: FILE or `env://VAR` (password in `COSIGN_PASSWORD`), or `exec:PROGRAM
    /// [ARGUMENT...]`
    #[arg(long, value_name = "KEY", requires = "emit_vsa")]
    vsa_key: Option<String>,

    /// Publish the signatures of summaries in the transparency log at URL (default: no log entry)
    #[arg(long, value_name = "URL", requires = "emit_vsa")]
    rekor_url: Option<String>,
}

/// The destinations and the signer of summaries.
pub(super) struct Emitter {
    files: Vec<String>,
    attach: bool,
    signer: Box<dyn Signer>,
    verifier: String,
    log: Option<Log>,
    decided: Vec<Summarizable>,
}

/// The part of a decision that its summary needs.
struct Summarizable {
    reference: Reference,
    /// The repository that the summary is attached in.
    repository: Repository,
    /// The summary, or the reason why there is none.
    summary: Result<VsaStatement, NoVsa>,
}

impl EmitArguments {
    /// The files that summaries are written to.
    pub(super) fn files(&self) -> Vec<String> {
        self.emit_vsa.iter().filter(|place| *place != ATTACH).cloned().collect()
    }

    /// Opens the key before `references` are verified. `None` if no summary is requested.
    ///
    /// # Errors
    ///
    /// An error if a reference is an image of a local engine, if it cannot be written to, or if the key may not sign
    /// summaries.
    pub(super) async fn open(
        &self,
        references: &[Reference],
        judging: &JudgingArguments,
        session: &Session<'_>,
        gate: &Gate<'_>,
    ) -> Result<Option<Emitter>, Diagnostic> {
        let Some(key) = &self.vsa_key else { return Ok(None) };
        let attach = self.emit_vsa.iter().any(|place| place == ATTACH);
        let mut images = references.iter().map(|reference| &reference.repository);
        if let Some(image) = images.find(|repository| matches!(repository, Repository::Local(_))) {
            return Err(EngineError::NoRepository { image: image.to_string() }.into());
        }
        if attach {
            for reference in references {
                let target = judging.selection.attestations.as_ref().unwrap_or(&reference.repository);
                judging.access.check_writable(target)?;
            }
        }
        let log = log(self.rekor_url.as_deref(), session)?;
        let signer = signer(key, &session.limits).await?;
        let id = signer.public_key().id();
        if !gate.may_summarize(signer.public_key()) {
            return Err(Diagnostic::new(
                Code::USAGE_ARGUMENTS,
                format!("key {} proves images, so it cannot sign summaries too", id.short()),
            )
            .remedy(Remedy::MakeSummaryKey));
        }
        let verifier = judging.policy.accept.verifier_id.clone().unwrap_or_else(|| verifier_of(id));
        Ok(Some(Emitter { files: self.files(), attach, signer, verifier, log, decided: Vec::new() }))
    }
}

impl Emitter {
    /// Keeps the part of a decision that its summary needs.
    pub(super) fn prepare(&mut self, decided: &Decided, gate: &Gate<'_>) {
        let Decided { reference, options, result } = decided;
        let Ok(decision) = result else { return };
        self.decided.push(Summarizable {
            reference: reference.clone(),
            repository: options.attestations.as_ref().unwrap_or(&reference.repository).clone(),
            summary: gate.summarize(reference, options, decision, &self.verifier),
        });
    }

    /// Signs the summary of each decision and writes or attaches it. Prints a note for a decision without summary.
    /// Returns all errors: one error does not stop the other summaries, which may report failed verdicts.
    pub(super) async fn emit(self, session: &Session<'_>, gate: &Gate<'_>) -> Vec<Diagnostic> {
        let Session { limits, printer, registry, .. } = session;
        let signing = Signing {
            signer: &*self.signer,
            name: None,
            form: Form::Bundle,
            log: self.log.as_ref(),
            created: gate.now,
            limits,
        };
        let mut failures = Vec::new();
        let mut signed = Vec::new();
        for Summarizable { reference, repository, summary } in self.decided {
            match summary {
                Ok(summary) => match sign(&signing, &summary).await {
                    Ok(statement) => {
                        signed.push((reference, repository, summary.predicate.passed, statement));
                    }
                    Err(diagnostic) => failures.push(diagnostic),
                },
                Err(refusal) => printer.note(&format!("there is no summary of {reference}: {refusal}")),
            }
        }
        let lines = signed.iter().fold(String::new(), |mut lines, (.., statement)| {
            let _ = writeln!(lines, "{}", String::from_utf8_lossy(&statement.bundle));
            lines
        });
        for file in self.files.iter().filter(|_| !signed.is_empty()) {
            match write_file(Path::new(file), Data::Raw(lines.as_bytes()), printer) {
                Ok(()) => printer.note(&format!("`{file}`: {} by {}", count(signed.len()), self.verifier)),
                Err(diagnostic) => failures.push(diagnostic),
            }
        }
        for (reference, repository, passed, statement) in signed.into_iter().filter(|_| self.attach) {
            for prepared in statement.attached {
                let pushed = match attach_summary(registry, &repository, passed, prepared, limits).await {
                    Ok(pushed) => pushed,
                    Err(diagnostic) => {
                        failures.push(diagnostic);
                        continue;
                    }
                };
                for digest in pushed.iter().filter_map(Pushed::referrer) {
                    let word = if passed { "pass" } else { "fail" };
                    printer.note(&format!("{reference}: summary ({word}) attached as {repository}@{digest}"));
                }
            }
        }
        failures
    }
}

/// Attaches a summary. A passed one is not attached if the image already has so many referrers that verifiers may soon
/// reach their limit. A failed one is always attached, since it revokes an earlier pass.
async fn attach_summary(
    registry: &dyn Push,
    repository: &Repository,
    passed: bool,
    prepared: Prepared,
    limits: &Limits,
) -> Result<Vec<Pushed>, Diagnostic> {
    let subject = *prepared.subject();
    let referrers = registry.referrers(repository, &subject, Freshness::Now).await?;
    if let Some(withheld) = referrers.withheld {
        return Err(registry::Error::from(withheld).into());
    }
    let count = referrers.descriptors.len();
    if passed && count >= limits.referrers / 2 {
        let what = format!("no summary is attached to an image that already has {count} referrers");
        return Err(Diagnostic::new(Code::LIMITS_EXCEEDED, what)
            .fact("image", subject)
            .fact("limit of verifiers", limits.referrers)
            .remedy(Remedy::DeleteSummaries));
    }
    Ok(push(registry, repository, vec![prepared]).await?)
}

fn count(summaries: usize) -> String {
    if summaries == 1 { "a summary".to_owned() } else { format!("{summaries} summaries") }
}

async fn sign(signing: &Signing<'_>, summary: &VsaStatement) -> Result<SignedStatement, Diagnostic> {
    let VsaStatement { subjects, predicate } = summary;
    let text = predicate.to_json().map_err(|cause| Diagnostic::new(Code::SIGN_PREDICATE, cause))?;
    Ok(signing.sign_statement(subjects, &predicate.resource, VSA_TYPE, &text).await?)
}
