//! Evaluates policies on recorded facts. They prove nothing: there is no verdict and no summary of them.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::super::evaluator::evaluator;
use super::super::super::facts_file::{is_json, is_path};
use super::super::super::hint_texts::CommandHints;
use super::super::super::limits::FACTS_FILE;
use super::super::super::named_policies::NamedPolicies;
use super::super::super::printer::{Printer, STDOUT};
use super::super::one_policy::built_in;
use super::super::sources::Defaults;
use super::Arguments;
use super::findings::of_recorded;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};
use crate::evidence::PlatformKey;
use crate::gate::ImageEvaluations;
use crate::limits::{ReadError, read_whole};
use crate::policy::facts::{ImageFacts, RecordedFacts};
use crate::policy::rego::{self, RegoPolicy, Settings};
use crate::policy::{BuiltIn, PolicySet, PolicySource};
use crate::report::{EvaluatedImage, PolicyProof, PolicyRun, RunPolicies, quoted};

/// The options that have an effect on recorded facts.
const OPTIONS: [&str; 22] = [
    "target",
    "verbose",
    "policy",
    "policy-file",
    "policy-dir",
    "policy-config",
    "policy-bundle",
    "only-policy",
    "report",
    "location",
    "exit-code",
    "facts",
    "report-only",
    "effective-time",
    "format",
    "output",
    "result-file",
    "quiet",
    "offline",
    "locked",
    "bundle-key",
    "policy-lock",
];

/// Whether the argument is a file of recorded facts and not a reference. It is told by its form alone, so it does not
/// depend on which files exist.
pub(super) fn is_file(target: &str) -> bool {
    target == STDOUT || is_json(target) || is_path(target)
}

/// Reads the facts, evaluates the policies, and writes the results.
pub(super) async fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    if let Some(option) = arguments.given.other_than(&OPTIONS) {
        let what = format!("`--{option}` has no effect on recorded facts: nothing is verified");
        let text = "leave it out, or name the image: `dhi policy eval REF`".to_owned();
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }));
    }
    if arguments.target == STDOUT && arguments.report.iter().any(|report| report == STDOUT) {
        let what = "standard input can be read only once";
        let text = "save the facts or the report to a file".to_owned();
        let remedy = Remedy::ChangeCommandLine { text };
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(remedy));
    }
    let (origin, bytes) = read(&arguments.target)?;
    let facts = RecordedFacts::read(&bytes, &origin)?;
    let session = arguments.access.session(printer)?.with_registry(&arguments.access)?;
    let named = NamedPolicies::of(&arguments.policy, printer)?;
    let mut first = arguments.read(&named, &session).await?;
    match named.deciding {
        None => {}
        Some(BuiltIn::DhiOrDhiBased) => {
            if let Some(policy) = rego::built_in(BuiltIn::DhiOrDhiBased.as_str()) {
                first.insert(0, (built_in(policy)?, PolicySource::BuiltIn));
            }
        }
        Some(policy) => {
            let policy = policy.as_str();
            let what = format!("the policy `{policy}` verifies signatures, and recorded facts have none");
            let text = format!("name the image: `dhi policy eval --policy {policy} REF`");
            let diagnostic = Diagnostic::new(Code::USAGE_ARGUMENTS, what);
            return Err(diagnostic.remedy(Remedy::ChangeCommandLine { text }));
        }
    }
    let policies = arguments.sources.load(first, Defaults::default(), &session).await?;
    let prints = policies.debug || printer.is_verbose();
    let effective_time = arguments.trust.effective_time;
    let now = effective_time.unwrap_or_else(Timestamp::now);
    let findings = of_recorded(&arguments.report, &facts, now)?;
    let settings = Settings { now, prints, bindings: arguments.shows_bindings() };
    let evaluator = evaluator()?;
    let selected: Vec<_> = policies.set.policies().iter().map(|selected| selected.policy.clone()).collect();
    let mut evaluations = ImageEvaluations::new(&evaluator, &selected, &settings, &session.limits);
    let mut images = Vec::new();
    for (position, image) in facts.images().iter().enumerate() {
        let image = match findings.is_empty() {
            true => image.clone(),
            false => image.clone().with_findings(&findings),
        };
        images.push(evaluate(position, &image, &policies.set, &selected, &mut evaluations).await);
    }
    images.iter_mut().for_each(correct_hints);
    let identities = policies.set.policies().iter().map(|selected| selected.policy.identity());
    let is_asked =
        |name: &str| images.is_empty() || images.iter().any(|image| image.is_asked(&policies.set, name));
    let run_policies = RunPolicies::recorded(identities.collect()).evaluated(is_asked);
    let run = PolicyRun {
        texts: &CommandHints,
        target: match arguments.target.as_str() {
            STDOUT => origin,
            file => file.to_owned(),
        },
        location: arguments.location.as_ref(),
        proof: PolicyProof::Recorded { policies: &run_policies, unresolved: facts.unresolved() },
        set: &policies.set,
        images,
        bindings: arguments.facts,
        prints,
        effective_time,
    };
    arguments.finish(&run, printer)
}

/// Evaluates all policies for one image.
async fn evaluate(
    position: usize,
    facts: &ImageFacts,
    set: &PolicySet,
    policies: &[Arc<RegoPolicy>],
    evaluations: &mut ImageEvaluations<'_>,
) -> EvaluatedImage {
    // A file may name no platform.
    let platform = match facts.platform.os.is_empty() {
        true => facts.digest.short(),
        false => facts.platform.to_string(),
    };
    let results = evaluations.evaluate(&platform, facts).await;
    let result = |name: &str| {
        let mut of_policies = policies.iter().zip(&results);
        of_policies.find(|(policy, _)| policy.metadata().name == name).map(|(_, result)| result)
    };
    let key = PlatformKey { position, digest: facts.digest };
    EvaluatedImage::recorded(facts.reference.clone(), platform, key, set, result)
}

/// Replaces hints that name a flag of the verification: beside recorded facts it is refused.
fn correct_hints(image: &mut EvaluatedImage) {
    let reference = if image.reference.is_empty() { "REF".to_owned() } else { quoted(&image.reference) };
    let record =
        |key: &str| format!("`dhi verify --format json --facts --output facts.json --{key} {reference}`");
    for diagnostic in image.results.iter_mut().filter_map(|result| result.check.diagnostic.as_mut()) {
        for remedy in &mut diagnostic.remedies {
            let text = match remedy {
                Remedy::GiveTeamKey => {
                    format!(
                        "if your own team signed it, record the facts with its key: {}",
                        record("attestor-key FILE")
                    )
                }
                Remedy::GiveDockerKey => {
                    format!("record the facts with Docker's key too: {}", record("key dhi-2"))
                }
                Remedy::AttestImageItself { .. } => format!(
                    "attach one to the image itself with `dhi attest add {reference}`, and record the facts with its \
                     key: {}",
                    record("attestor-key FILE")
                ),
                _ => continue,
            };
            *remedy = Remedy::ChangeCommandLine { text };
        }
    }
}

/// The name of the file and its bytes.
fn read(target: &str) -> Result<(String, Vec<u8>), Diagnostic> {
    let bytes = |from: &mut dyn Read| read_whole(from, FACTS_FILE);
    let (origin, read) = if target == STDOUT {
        ("standard input".to_owned(), bytes(&mut std::io::stdin().lock()))
    } else {
        let opened = File::open(target).map_err(ReadError::Failed);
        (format!("`{target}`"), opened.and_then(|mut file| bytes(&mut file)))
    };
    match read {
        Ok(bytes) => Ok((origin, bytes)),
        Err(error) => {
            let what = format!("{origin} cannot be read: {error}");
            let remedy = match Path::new(target).is_dir() {
                true => Remedy::ChangeCommandLine {
                    text: format!(
                        "policies of a directory are given with an image or facts: `dhi policy eval REF --policy-dir {}`",
                        quoted(target)
                    ),
                },
                false => Remedy::RecordFacts { reference: None },
            };
            Err(Diagnostic::new(Code::POLICY_FACTS, what).remedy(remedy))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_name_no_option_that_is_refused() {
        let digest = crate::oci::Digest::of(b"a");
        let key = PlatformKey { position: 0, digest };
        let source = built_in(rego::built_in("non-root").unwrap()).unwrap();
        let set = PolicySet::new([(source, PolicySource::BuiltIn)]).unwrap();
        let result = |_: &str| None;
        let mut image =
            EvaluatedImage::recorded("shop/web:1".to_owned(), "linux/amd64".to_owned(), key, &set, result);
        let attest = Remedy::AttestImageItself { reference: "shop/web:1".to_owned() };
        let remedies = vec![Remedy::GiveTeamKey, Remedy::GiveDockerKey, attest, Remedy::GiveFindings];
        let unknown = Diagnostic { remedies, ..Diagnostic::new(Code::POLICY_UNKNOWN, "no") };
        image.results[0].check.diagnostic = Some(unknown);
        correct_hints(&mut image);
        let remedies = &image.results[0].check.diagnostic.as_ref().unwrap().remedies;
        let texts = remedies.iter().filter_map(|remedy| match remedy {
            Remedy::ChangeCommandLine { text } => Some(text.as_str()),
            _ => None,
        });
        let texts: Vec<&str> = texts.collect();
        assert_eq!(texts.len(), 3, "{remedies:?}");
        for (text, option) in texts.iter().zip(["--attestor-key FILE", "--key dhi-2", "--attestor-key FILE"])
        {
            let command = "`dhi verify --format json --facts --output facts.json";
            assert!(text.contains(&format!("{command} {option} shop/web:1`")), "{text}");
        }
        assert_eq!(remedies[3], Remedy::GiveFindings);
    }

    #[test]
    fn a_file_is_told_from_a_reference_by_its_form() {
        for file in ["-", "facts.json", "./facts", "../a/b", "/tmp/facts", "a/b.json"] {
            assert!(is_file(file), "{file}");
        }
        for reference in
            ["python", "python:3.13", "dhi.io/python@sha256:00", "oci:a.json", "a.json:1", "archive:x.json"]
        {
            assert!(!is_file(reference), "{reference}");
        }
    }
}
