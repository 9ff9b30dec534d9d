//! One fact at a time is changed in an image, and everything that holds it is rewritten with the right digests and
//! sizes, as an attacker with write access to the registry would do. The places are found in the JSON of every object
//! that a run fetches. No mutation of a signed or binding fact may pass. A mutation that passes has its reason in
//! [`harmless`].
//!
//! `docs/mutations.md` is the report: `DHI_UPDATE=1 cargo test --test it mutations` writes it.

mod graph;
mod harmless;
pub(crate) mod mutants;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use dhi::attestation::PredicateSelector;
use dhi::diagnostic::Exit;
use dhi::evidence::{BaseProof, Evidence, NameRule, PolicyInput, Requirements, judge};
use dhi::gate::Gate;
use dhi::oci::Reference;
use dhi::policy::{BuiltIn, Exceptions};
use dhi::trust::{LogPolicy, Trust};
use dhi::verify::{BaseOptions, KeepStatements, Options, base, verify};
use serde_json::{Value, json};

use crate::support::env::{ATTESTED_ONLY, project, read, trust};
use crate::support::registry::InMemoryRegistry;
use crate::support::rego::assert_both_policies_agree;
use graph::{Graph, asked};
use mutants::{Change, Mutant};
use report::{Line, report};

const SPDX: &str = "https://spdx.dev/Document";
const SLSA: &str = "https://slsa.dev/provenance/v1";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";
const VSA: &str = "https://slsa.dev/verification_summary/v1";

/// A fixture and what is demanded of it.
struct Question {
    layout: String,
    /// Whether its case passes without further requirements.
    passes: bool,
    /// Whether a log proof of every signature is demanded.
    log: LogPolicy,
    /// Whether a signature of the index is demanded.
    root: bool,
    trust: Trust,
    options: Options,
    reference: Reference,
}

impl Question {
    fn of(layout: &str, passes: bool, log: LogPolicy, root: bool) -> Self {
        let reference: Reference = "registry.example.com/image:1".parse().unwrap();
        // What is demanded cannot be taken away unnoticed. One type, and of several platforms one, stand for the
        // others, which have the same form.
        let predicate_types: &[&str] = match layout {
            "bundles" => &[SLSA, CYCLONEDX],
            "bad/no-attestations" => &[],
            _ => &[SPDX],
        };
        let platforms: &[&str] = match layout {
            "python" | "bundles" => &["linux/amd64"],
            _ => &[],
        };
        let options = Options {
            platforms: platforms.iter().map(|platform| platform.parse().unwrap()).collect(),
            predicate_types: exact(predicate_types),
            names: NameRule::of(&reference, Vec::new(), None),
            judge_enveloped: true,
            ..Options::of(&reference)
        };
        Self { layout: layout.to_owned(), passes, log, root, trust: trust(log), options, reference }
    }

    /// The most demanding question about a fixture that it still answers; of one that answers none, the least
    /// demanding, which is the easiest to get right.
    fn about(layout: &str, passes: bool, graph: &Graph) -> Self {
        let demands = [
            (LogPolicy::Require, true),
            (LogPolicy::VerifyIfPresent, true),
            (LogPolicy::Require, false),
            (LogPolicy::VerifyIfPresent, false),
        ];
        let mut questions = demands.map(|(log, root)| Self::of(layout, passes, log, root)).into_iter();
        let last = questions.next_back().unwrap();
        let untouched = graph.untouched();
        questions.find(|question| question.answer(&untouched).code == 0).unwrap_or(last)
    }

    /// All fixtures, and what comes of them when as little is demanded as their cases do.
    fn all() -> BTreeMap<String, bool> {
        let cases: Value = serde_json::from_str(&read("fixtures/cases.json")).unwrap();
        let is_easy = |case: &&Value| [json!([]), json!(ATTESTED_ONLY)].contains(&case["args"]);
        // Of two rows about one layout the later is the one under `attested`.
        let easiest = cases.as_array().unwrap().iter().filter(is_easy);
        easiest.map(|case| (case["layout"].as_str().unwrap().to_owned(), case["exit"] == 0)).collect()
    }

    /// The exit code by the default policy, where every registry holds what was changed.
    fn decided(&self, registry: &InMemoryRegistry) -> Option<Exit> {
        let gate = Gate {
            trust: &self.trust,
            policy: BuiltIn::DhiOrDhiBased,
            rego: &dhi::gate::RegoPolicies::default(),
            findings: &[],
            requirements: Requirements { require_root_signature: self.root },
            base: BaseOptions { judge_enveloped: true, ..BaseOptions::default() },
            exceptions: &Exceptions::default(),
            enforce_from: None,
            now: self.trust.effective_time,
            effective_time: None,
            offline: false,
            accept: None,
        };
        let decision = block_on(gate.decide(registry, &self.reference, &self.options)).ok()?;
        Some(decision.verdict().exit)
    }

    /// Checks that the default policy in Rego agrees with the one in Rust. Returns the number of images that pass.
    ///
    /// `of` is what is compared. An image that failed is denied whatever its base is, and whatever else is attached to
    /// it: then the evidence of the answer is enough, which costs no second verification.
    fn compare_policies(&self, registry: &InMemoryRegistry, answer: &Answer, of: Compared) -> usize {
        let has_failed = |evidence: &Evidence| {
            !evidence.platforms.is_empty()
                && evidence.platforms.iter().all(|platform| platform.has_failed(evidence.root.digest))
        };
        if let (Compared::Deciding, Some(evidence)) = (of, &answer.evidence)
            && has_failed(evidence)
        {
            let none = BaseProof { platforms: Vec::new(), failures: Vec::new(), registries: Vec::new() };
            return assert_both_policies_agree(evidence, &none);
        }
        let options = Options {
            predicate_types: match of {
                Compared::All => Vec::new(),
                Compared::Deciding => exact(&[SPDX, SLSA, CYCLONEDX, VSA]),
            },
            keep_statements: KeepStatements::All,
            keep_documents: true,
            ..self.options.clone()
        };
        let result = block_on(verify(registry, &self.reference, &self.trust, &options));
        result.map_or(0, |evidence| {
            let options = BaseOptions { judge_enveloped: true, ..BaseOptions::default() };
            let base = block_on(base(registry, &evidence, &self.trust, &options));
            assert_both_policies_agree(&evidence, &base)
        })
    }

    fn answer(&self, registry: &InMemoryRegistry) -> Answer {
        registry.clear_log();
        let result = block_on(verify(registry, &self.reference, &self.trust, &self.options));
        let asked = asked(registry);
        let (exit, ids, evidence) = match result {
            Ok(evidence) => {
                let verdict = judge(
                    &evidence,
                    &Requirements { require_root_signature: self.root },
                    &BuiltIn::Attested,
                    &[],
                    &PolicyInput::default(),
                );
                let counting = verdict.checks.iter().filter(|check| check.counts());
                let ids =
                    counting.filter_map(|check| Some(check.diagnostic.as_ref()?.code.as_str().to_owned()));
                (verdict.exit, ids.collect(), Some(evidence))
            }
            Err(error) => {
                let problem = dhi::diagnostic::ToDiagnostic::to_diagnostic(&error);
                (problem.exit(), BTreeSet::from([problem.code.as_str().to_owned()]), None)
            }
        };
        assert_eq!(exit == Exit::Pass, ids.is_empty());
        // The one finding that a policy takes back: a base must not answer for what was changed.
        if ids.contains("attest/none") {
            assert_ne!(self.decided(registry), Some(Exit::Pass));
        }
        Answer { code: exit.code(), ids, asked, evidence }
    }
}

/// The answer to a question.
struct Answer {
    /// The exit code.
    code: u8,
    /// The ids of what is wrong.
    ids: BTreeSet<String>,
    /// What was asked for.
    asked: BTreeSet<String>,
    /// What was found, of the requested types.
    evidence: Option<Evidence>,
}

/// The evidence on which the default policy in Rego is compared with the one in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    /// All attestations, and the base of whatever the image is.
    All,
    /// The attestations that can decide.
    Deciding,
}

fn exact(predicate_types: &[&str]) -> Vec<PredicateSelector> {
    predicate_types.iter().map(|uri| PredicateSelector::exact(uri)).collect()
}

/// Runs what waits for nothing but timers.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// What is done to one document of one fixture.
struct Job<'a> {
    question: &'a Question,
    graph: &'a Graph,
    name: &'a str,
    mutant: Mutant,
    /// Whether it is made in place too.
    in_place: bool,
    /// Whether the fixture passes without the object too.
    is_redundant: bool,
    /// On what the default policy in Rego is compared with the one in Rust.
    compared: Compared,
}

/// What a mutation came to: with all that holds the object rewritten, and in place.
struct Outcome {
    relinked: (u8, BTreeSet<String>),
    in_place: Option<u8>,
}

impl Job<'_> {
    fn run(&self) -> Outcome {
        let text = self.mutant.apply(&self.graph.documents[self.name]);
        let relinked = self.graph.relinked(self.name, text.clone());
        let answer = self.question.answer(&relinked);
        self.question.compare_policies(&relinked, &answer, self.compared);
        let in_place = self.in_place.then(|| {
            let changed = self.graph.in_place(self.name, text);
            let answer = self.question.answer(&changed);
            self.question.compare_policies(&changed, &answer, Compared::Deciding);
            answer.code
        });
        Outcome { relinked: (answer.code, answer.ids), in_place }
    }
}

/// Fixtures of which all is done to every place; the others repeat their forms, and of them values are changed and
/// taken away.
const WHOLE: [&str; 4] = ["bad/buildkit-attestation", "bad/index-unsigned", "bundles", "log-shape-2"];

/// Which mutants of a document are made. A predicate is one text under one digest: of one fixture all of its values
/// are changed, and nothing else is done to them.
fn is_made(question: &Question, kind: &str, mutant: &Mutant) -> bool {
    let place = mutant.place();
    let in_predicate = kind == "statement" && place.starts_with("/predicate/");
    // What fails already is only asked whether it can be made to pass.
    let in_body = place.contains("/base64/") && !question.passes;
    match mutant.change {
        Change::Changed if in_predicate => question.layout == "python",
        Change::Changed | Change::Dropped => !in_predicate && !in_body,
        _ => !in_predicate && WHOLE.contains(&question.layout.as_str()),
    }
}

#[test]
fn every_mutation_of_a_signed_or_binding_fact_fails() {
    let fixtures: Vec<(Question, Graph, BTreeSet<String>)> = Question::all()
        .into_iter()
        .map(|(layout, passes)| {
            let graph = Graph::read(&layout);
            let question = Question::about(&layout, passes, &graph);
            let untouched = graph.untouched();
            let answer = question.answer(&untouched);
            assert_eq!(answer.code == 0, passes, "{layout}: {:?}", answer.ids);
            let passing = question.compare_policies(&untouched, &answer, Compared::All);
            assert!(passing != 0 || layout != "python", "{layout}");
            (question, graph, answer.asked)
        })
        .collect();
    let mut jobs = Vec::new();
    // Of mutations that change one fact in one way, that of the first fixture that passes is compared on all evidence.
    let mut first: BTreeSet<(&str, String, Change)> = BTreeSet::new();
    for (question, graph, asked) in &fixtures {
        let redundant = graph.redundant(|registry| question.answer(registry).code == 0);
        for name in graph.documents.keys().filter(|name| asked.contains(*name)) {
            let mutants = mutants::all(&graph.documents[name]).into_iter();
            let made = mutants.filter(|mutant| is_made(question, graph.kind(name), mutant));
            // A list has no digest. Of all else any change in place is the same to a hash, so one is enough.
            let mut in_place = !name.starts_with("list");
            for mutant in made {
                let is_redundant = redundant.contains(name) || redundant.contains(&mutant.entry_of(name));
                let is_first =
                    question.passes && first.insert((graph.kind(name), mutant.place(), mutant.change));
                let compared = if is_first { Compared::All } else { Compared::Deciding };
                jobs.push(Job { question, graph, name, mutant, in_place, is_redundant, compared });
                in_place = false;
            }
        }
    }
    let outcomes: Vec<Mutex<Option<Outcome>>> = jobs.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, job)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(at).map(|job| (at, job))
                } {
                    *outcomes[at].lock().unwrap() = Some(job.run());
                }
            });
        }
    });

    let mut lines: BTreeMap<&str, Line> = BTreeMap::new();
    for (question, _, asked) in &fixtures {
        lines.insert(&question.layout, Line::new(question, asked.len()));
    }
    let mut unexplained: BTreeMap<String, usize> = BTreeMap::new();
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        let outcome = outcome.into_inner().unwrap().unwrap();
        let line = lines.get_mut(job.question.layout.as_str()).unwrap();
        let (kind, place) = (job.graph.kind(job.name), job.mutant.place());
        if let Some(code) = outcome.in_place {
            line.in_place += 1;
            if code == 0 && !job.is_redundant {
                *unexplained.entry(format!("in place: {kind} {place}")).or_default() += 1;
            }
        }
        let (code, ids) = outcome.relinked;
        if code != 0 {
            line.failed(ids);
        } else if let Some(rule) = harmless::rule(&job, kind, &place) {
            line.harmless(rule);
        } else {
            let what = format!("{}: {kind} {place} {:?}", job.question.layout, job.mutant.change);
            *unexplained.entry(what).or_default() += 1;
        }
    }
    let unexplained: Vec<String> =
        unexplained.into_iter().map(|(what, count)| format!("{count} x {what}")).collect();
    assert!(unexplained.is_empty(), "these mutations pass:\n{}", unexplained.join("\n"));

    let current = report(&lines.into_values().collect::<Vec<_>>());
    let path = project().join("docs/mutations.md");
    if std::env::var_os("DHI_UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == current, "docs/mutations.md is stale: DHI_UPDATE=1 cargo test --test it mutations");
}
