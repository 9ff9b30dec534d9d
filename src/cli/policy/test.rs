//! `dhi policy test`: evaluates the cases of policies, and compares the results with the expected ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;

use super::super::evaluator::evaluator;
use super::super::limits::CHANGES_AT_ONCE;
use super::super::output::write;
use super::super::printer::{Data, Printer};
use crate::diagnostic::{Code, Diagnostic, Exit, IoCause, Remedy};
use crate::gate::evaluator::Evaluator;
use crate::limits::Limits;
use crate::policy::facts::{ImageFacts, RecordedFacts};
use crate::policy::rego::cases::{Case, CaseFacts, Expected, Sensitivity, mismatches, mutants, read};
use crate::policy::rego::{Evaluation, RegoPolicy, Settings, Stopped};
use crate::report::{CaseFileResult, CaseResult, CasesRun, Style};
use crate::trust_store::Source;

/// The ends of the names of files of cases.
const ENDS: [&str; 3] = ["_test.yaml", "_test.yml", "_test.json"];

#[derive(Debug, Args)]
#[command(after_long_help = "\
A file of cases is a list of `{name, facts, expect}` in YAML or JSON beside its policy: `non-root_test.yaml` beside \
`non-root.rego`. docs/policies/testing.md describes its members.")]
pub(in crate::cli) struct Arguments {
    /// File of cases (`NAME_test.yaml`), Rego file beside one, or directory of them
    #[arg(required = true, value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    files: Vec<PathBuf>,

    /// Also change each fact of each case, and list the facts that never matter
    ///
    /// A case that passes whichever fact is changed fails.
    #[arg(long)]
    mutate: bool,

    /// table, json, junit
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/policy-test-1.json
    Json,
    /// JUnit XML, for Jenkins and GitLab
    Junit,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let run = Run { evaluator: evaluator()?, limits: Limits::default(), now: Timestamp::now() };
    let mut results = CasesRun::default();
    for file in case_files(&arguments.files)? {
        results.files.push(run.file(&file, arguments.mutate).await?);
    }
    let exit = results.exit();
    let file = arguments.output.as_deref();
    match arguments.format {
        Format::Table => write(file, Data::Text(&results.table(style(printer, file))), printer)?,
        Format::Json => write(file, Data::Json(&results.json()), printer)?,
        Format::Junit => write(file, Data::Xml(&results.junit()), printer)?,
    }
    Ok(exit)
}

/// A file has no colors.
fn style(printer: &Printer, file: Option<&Path>) -> Style {
    if file.is_some() { Style::default() } else { printer.style() }
}

fn unusable(path: &Path, cause: &str) -> Diagnostic {
    let what = format!("no cases in `{}`: {cause}", path.display());
    Diagnostic::new(Code::POLICY_CASES, what).remedy(Remedy::WriteCases)
}

/// The files of cases that the arguments name.
fn case_files(arguments: &[PathBuf]) -> Result<Vec<PathBuf>, Diagnostic> {
    let mut files = Vec::new();
    for path in arguments {
        if path.is_dir() {
            let entries = fs::read_dir(path).map_err(|error| unusable(path, &IoCause(&error).to_string()))?;
            let mut found = Vec::new();
            for entry in entries {
                let entry = entry.map_err(|error| unusable(path, &IoCause(&error).to_string()))?.path();
                if stem(&entry).is_some() {
                    found.push(entry);
                }
            }
            if found.is_empty() {
                return Err(unusable(path, "it has no file `NAME_test.yaml`"));
            }
            found.sort();
            files.extend(found);
        } else if path.extension().is_some_and(|extension| extension == "rego") {
            let beside =
                |end: &&str| path.with_extension("").as_os_str().to_string_lossy().into_owned() + end;
            let found = ENDS.iter().map(beside).map(PathBuf::from).find(|file| file.exists());
            files.push(found.ok_or_else(|| unusable(path, "there is no file `NAME_test.yaml` beside it"))?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// The name of a file of cases without its end.
fn stem(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    ENDS.iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned)
}

struct Run {
    evaluator: Evaluator,
    limits: Limits,
    now: Timestamp,
}

impl Run {
    async fn file(&self, file: &Path, mutate: bool) -> Result<CaseFileResult, Diagnostic> {
        let origin = file.display().to_string();
        let text = self.read(file, |cause| unusable(file, cause)).await?;
        let text = String::from_utf8(text).map_err(|_| unusable(file, "it is not UTF-8"))?;
        let mut result = CaseFileResult { file: origin.clone(), cases: Vec::new(), sensitivity: Vec::new() };
        for case in read(&text, &origin)? {
            let policy = self.policy(file, &case).await?;
            let name = policy.metadata().name.clone();
            let images = self.facts(file, &case).await?;
            let is_one = images.len() == 1;
            for facts in images {
                let own = self.evaluate(&policy, &facts, &case).await;
                let platform = (!is_one).then(|| facts.platform.to_string());
                let found = case_result(&case, &name, platform, &own);
                let holds = found.problems.is_empty();
                result.cases.push(found);
                // Changes of a case that does not hold say nothing about its policy.
                if let (true, true, Ok(own)) = (mutate, holds, &own) {
                    let known = result.sensitivity.iter().position(|(known, _)| *known == name);
                    let at = known.unwrap_or_else(|| {
                        result.sensitivity.push((name.clone(), Sensitivity::default()));
                        result.sensitivity.len() - 1
                    });
                    if let Some((_, sensitivity)) = result.sensitivity.get_mut(at) {
                        self.mutate(&policy, &facts, &case, own, sensitivity).await;
                    }
                }
            }
        }
        Ok(result)
    }

    /// Evaluates the changed facts of a case.
    async fn mutate(
        &self,
        policy: &Arc<RegoPolicy>,
        facts: &ImageFacts,
        case: &Case,
        own: &Evaluation,
        sensitivity: &mut Sensitivity,
    ) {
        let changes = mutants(policy, facts, own);
        // Not all at once: each has a copy of the facts.
        let results = stream::iter(&changes.tried).map(|mutant| async move {
            let changed = mutant.facts(facts)?;
            Some(self.evaluate(policy, &changed, case).await.ok())
        });
        let results: Vec<Option<Option<Evaluation>>> = results.buffered(CHANGES_AT_ONCE).collect().await;
        // A change that cannot be made of these facts is not tried.
        let tried = changes.tried.iter().zip(&results);
        let tried = tried.filter_map(|(mutant, result)| Some((mutant, result.as_ref()?.as_ref())));
        sensitivity.add(case, own, tried, changes.left_out);
    }

    async fn evaluate(
        &self,
        policy: &Arc<RegoPolicy>,
        facts: &ImageFacts,
        case: &Case,
    ) -> Result<Evaluation, Stopped> {
        let settings =
            Settings { now: case.effective_time.unwrap_or(self.now), prints: false, bindings: true };
        let policies = std::slice::from_ref(policy);
        let results = self.evaluator.evaluate(policies, facts, &settings, &self.limits).await;
        results.into_iter().next().unwrap_or_else(|| Err(Stopped::Process("no result".to_owned())))
    }

    /// The policy of a case: the file that it names, else the Rego file beside the file of cases.
    async fn policy(&self, file: &Path, case: &Case) -> Result<Arc<RegoPolicy>, Diagnostic> {
        let beside = match (&case.policy, stem(file)) {
            (Some(policy), _) => file.with_file_name(policy),
            (None, Some(stem)) => file.with_file_name(format!("{stem}.rego")),
            (None, None) => {
                let cause = format!(
                    "line {}: `policy` is missing, and the file is not named `NAME_test.yaml`",
                    case.line
                );
                return Err(unusable(file, &cause));
            }
        };
        let bytes = self.read(&beside, |cause| {
            unusable(file, &format!("line {}: `{}` cannot be read: {cause}", case.line, beside.display()))
        });
        let policy = RegoPolicy::parse_bytes(&beside.display().to_string(), &bytes.await?)?;
        Ok(Arc::new(policy.with_config(case.config.clone())))
    }

    async fn facts(&self, file: &Path, case: &Case) -> Result<Vec<ImageFacts>, Diagnostic> {
        match &case.facts {
            CaseFacts::Given(facts) => Ok(vec![(**facts).clone()]),
            CaseFacts::From(name) => {
                let path = file.with_file_name(name);
                let bytes = self.read(&path, |cause| {
                    unusable(
                        file,
                        &format!("line {}: `{}` cannot be read: {cause}", case.line, path.display()),
                    )
                });
                let recorded = RecordedFacts::read(&bytes.await?, &path.display().to_string())?;
                match recorded.images() {
                    [] => {
                        Err(unusable(file, &format!("line {}: `{}` has no image", case.line, path.display())))
                    }
                    images => Ok(images.to_vec()),
                }
            }
        }
    }

    async fn read(&self, path: &Path, failed: impl Fn(&str) -> Diagnostic) -> Result<Vec<u8>, Diagnostic> {
        if let Err(error) = fs::metadata(path) {
            return Err(failed(&IoCause(&error).to_string()));
        }
        Ok(Source::File(path.to_owned()).read(&self.limits, None).await?)
    }
}

fn case_result(
    case: &Case,
    policy: &str,
    platform: Option<String>,
    own: &Result<Evaluation, Stopped>,
) -> CaseResult {
    let problems = match own {
        Ok(evaluation) => mismatches(case, evaluation).iter().map(ToString::to_string).collect(),
        Err(Stopped::Limit(exceeded)) => vec![exceeded.to_string()],
        Err(Stopped::Process(cause)) => vec![cause.clone()],
        Err(Stopped::NotApplicable(reason)) => vec![reason.to_string()],
    };
    CaseResult {
        name: case.name.clone(),
        policy: policy.to_owned(),
        platform,
        line: case.line,
        expected: case.expect,
        found: own.as_ref().ok().map(Expected::of),
        problems,
        is_over_limit: matches!(own, Err(Stopped::Limit(_))),
    }
}
