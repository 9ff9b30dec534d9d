//! Policies in Rego that would run, or grow, without end. Each is stopped by a limit, and a policy beside it has its
//! result.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dhi::diagnostic::{Code, ToDiagnostic as _};
use dhi::gate::Evaluator;
use dhi::limits::Exceeded;
use dhi::policy::rego::{self, Evaluated, RegoPolicy, Stopped};
use dhi::{Limits, PublicKey, Reference, Registries, TrustedRoot, Verifier, VerifierBuilder};

use super::{holds, policy};
use crate::support::env::{DHI, KEY, ROOT, TestEnv, read};

/// Far more than a run needs if the limits hold, also on a machine that does other work.
pub(super) const LONG: Duration = Duration::from_secs(120);

/// The limits of these tests.
fn limits() -> Limits {
    Limits::default().with(|limits| {
        limits.policy_time = Duration::from_secs(4);
        limits.policy_memory = 512 << 20;
        limits.policy_result = 1 << 20;
    })
}

/// The results of these policies for the first image of a fixture.
fn evaluate(evaluator: Evaluator, sources: &[String]) -> Vec<Result<rego::Verdict, Stopped>> {
    let all = evaluate_all(evaluator, sources, "oci:fixtures/log-shape-2:latest", limits());
    all.into_iter().map(|of_images| of_images.into_iter().next().unwrap()).collect()
}

/// The results of these policies for each image.
fn evaluate_all(
    evaluator: Evaluator,
    sources: &[String],
    reference: &str,
    limits: Limits,
) -> Vec<Vec<Result<rego::Verdict, Stopped>>> {
    let builder = Verifier::builder()
        .key("fixture", PublicKey::from_pem(&read(KEY), KEY).unwrap())
        .trusted_root(TrustedRoot::from_json(read(ROOT).as_bytes(), ROOT).unwrap())
        .limits(limits)
        .bindings(true)
        .evaluator(evaluator);
    let policies = sources
        .iter()
        .enumerate()
        .map(|(number, source)| Arc::new(RegoPolicy::parse(&format!("{number}.rego"), source).unwrap()));
    let verifier = policies.fold(builder, VerifierBuilder::rego).build().unwrap();
    let registry = Registries::open(Limits::default()).unwrap();
    let reference: Reference = reference.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let decision = runtime.block_on(verifier.verify(&registry, &reference)).unwrap();
    let of_images = |evaluated: &Evaluated| {
        let results = evaluated.results().iter().map(|(_, result)| {
            result.as_ref().map(|evaluation| evaluation.verdict.clone()).map_err(Clone::clone)
        });
        results.collect()
    };
    decision.evaluated().iter().map(of_images).collect()
}

/// Evaluates a policy between two that hold. Returns which limit stopped it.
fn stopped(body: &str) -> Exceeded {
    let sources = [holds("before"), policy("bad", body), holds("after")];
    let began = Instant::now();
    let results = evaluate(Evaluator::program(DHI), &sources);
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    let [Ok(rego::Verdict::Pass), Err(Stopped::Limit(exceeded)), Ok(rego::Verdict::Pass)] =
        results.as_slice()
    else {
        panic!("{results:?}")
    };
    exceeded.clone()
}

/// A set of violations that this loop would make.
fn violation(body: &str) -> String {
    format!("violation contains v if {{\n\t{body}\n\tv := {{\"message\": \"found\", \"detail\": {{}}}}\n}}\n")
}

#[test]
fn an_endless_loop_ends_with_its_time() {
    let body =
        "some a in range\n\tsome b in range\n\tsome c in range\n\tsome d in range\n\ta + b + c + d == 0";
    let exceeded = stopped(&format!("range := numbers.range(1, 10000)\n\n{}", violation(body)));
    assert_eq!(exceeded.to_string(), "the evaluation is over the limit of 4 s");
}

/// Rules that do not end.
pub(super) fn endless() -> String {
    let body = "some a in range\n\tsome b in range\n\tsome c in range\n\ta + b + c == 0";
    format!("range := numbers.range(1, 10000)\n\n{}", violation(body))
}

/// Rules that take all memory.
pub(super) fn doubling() -> String {
    let doubled = (1..40).map(|n| format!("s{n} := concat(\"\", [s{0}, s{0}])\n", n - 1)).collect::<String>();
    format!("s0 := \"text\"\n\n{doubled}\n{}", violation("count(s39) == 0"))
}

#[test]
fn all_policies_together_end_with_their_time() {
    let sources: Vec<String> = std::iter::once(holds("first"))
        .chain((0..30).map(|number| policy(&format!("endless-{number}"), &endless())))
        .collect();
    let limits = limits().with(|limits| limits.policies_time = Duration::from_secs(2));
    for evaluator in [Evaluator::program(DHI), Evaluator::in_process()] {
        let reference = "oci:fixtures/log-shape-2:latest";
        let results = evaluate_all(evaluator, &sources, reference, limits.clone());
        assert_eq!(results.len(), 31);
        assert_eq!(results[0], [Ok(rego::Verdict::Pass)]);
        for of_images in &results[1..] {
            let [Err(Stopped::Limit(exceeded))] = of_images.as_slice() else { panic!("{of_images:?}") };
            assert_eq!(exceeded.to_string(), "the evaluation of all policies is over the limit of 2 s");
        }
    }
}

#[test]
fn a_stopped_policy_is_not_tried_for_other_images() {
    let sources = [holds("before"), policy("bad", &endless()), holds("after")];
    let limits = limits().with(|limits| limits.policy_time = Duration::from_secs(2));
    let results = evaluate_all(Evaluator::program(DHI), &sources, "oci:fixtures/python:3.13", limits);
    let pass = [Ok(rego::Verdict::Pass), Ok(rego::Verdict::Pass)];
    assert_eq!((results[0].as_slice(), results[2].as_slice()), (&pass[..], &pass[..]));
    let [Err(Stopped::Limit(first)), Err(Stopped::Limit(second))] = results[1].as_slice() else {
        panic!("{results:?}")
    };
    assert_eq!(first.to_string(), "the evaluation is over the limit of 2 s");
    assert_eq!(second.to_string(), "the evaluation for linux/amd64 is over the limit of 2 s");
}

#[test]
fn printed_lines_without_end_end_with_their_time() {
    let body = "some a in range\n\tsome b in range\n\tprint(\"a long line of text that nobody reads\", a, b)\n\ta + b == 0";
    let exceeded = stopped(&format!("range := numbers.range(1, 1000000)\n\n{}", violation(body)));
    assert!(exceeded.measured.starts_with("the "), "{exceeded}");
}

#[test]
fn an_exponential_comprehension_ends_with_its_memory() {
    let all = "[[a, b, c, d] | some a in range; some b in range; some c in range; some d in range]";
    let body = violation(&format!("count({all}) == 0"));
    let exceeded = stopped(&format!("range := numbers.range(1, 200)\n\n{body}"));
    assert!(exceeded.measured.starts_with("the "), "{exceeded}");
}

#[test]
fn a_doubling_string_ends_with_its_memory() {
    let exceeded = stopped(&doubling());
    assert_eq!(exceeded.to_string(), "the memory of the evaluation is over the limit of 536870912 bytes");
}

/// A policy that is evaluated meanwhile loses nothing, whichever of them is first.
#[test]
fn the_policy_that_takes_all_memory_is_named() {
    let body = "some a in range\n\tsome b in range\n\ta + b == 0";
    let rules = format!("range := numbers.range(1, 300)\n\n{}", violation(body));
    for bad in 0..3 {
        let mut sources: Vec<String> = ["a", "b", "c"].map(|name| policy(name, &rules)).into();
        sources[bad] = policy("bad", &doubling());
        let results = evaluate(Evaluator::program(DHI), &sources);
        for (at, result) in results.iter().enumerate() {
            match result {
                Err(Stopped::Limit(exceeded)) if at == bad => {
                    assert!(exceeded.measured.contains("memory"), "{exceeded}");
                }
                result => assert_eq!((at != bad, result), (true, &Ok(rego::Verdict::Pass))),
            }
        }
    }
}

#[test]
fn a_huge_range_ends_with_its_memory() {
    let exceeded = stopped(&violation("count(numbers.range(1, 1000000000)) == 0"));
    assert!(exceeded.measured.starts_with("the "), "{exceeded}");
}

#[test]
fn a_huge_result_ends_with_its_limit() {
    let exceeded =
        stopped("big := [sprintf(\"%d is one of many numbers\", [n]) | some n in numbers.range(1, 50000)]\n");
    assert!(exceeded.measured.starts_with("a result of "), "{exceeded}");
    assert_eq!(exceeded.limit, "1048576 bytes");
}

#[test]
fn a_deeply_nested_result_is_not_read() {
    let nested = (1..60).map(|n| format!("n{n} := [[[n{}]]]\n", n - 1)).collect::<String>();
    let exceeded = stopped(&format!("n0 := []\n\n{nested}"));
    assert_eq!(exceeded.to_string(), "a deeper nested result is over the limit of 100 levels");
}

/// The stack of an evaluation grows with the rules within rules and with nested expressions.
#[test]
fn deep_rules_and_expressions_are_refused_when_they_are_read() {
    let chain = (1..1000).map(|n| format!("n{} := n{n}\n", n - 1)).collect::<String>();
    let functions = (1..1000).map(|n| format!("f{}(x) := f{n}(x)\n", n - 1)).collect::<String>();
    let nested = format!("n := {}1{}\n", "[".repeat(1000), "]".repeat(1000));
    for (rules, code) in [
        (format!("{chain}n999 := 1\n"), Code::LIMITS_EXCEEDED),
        (format!("{functions}f999(x) := x\n"), Code::LIMITS_EXCEEDED),
        (nested, Code::LIMITS_EXCEEDED),
        ("f(x) := f(x + 1)\n\nn := f(1)\n".to_owned(), Code::POLICY_REGO),
        ("n := m\n\nm := n\n".to_owned(), Code::POLICY_REGO),
    ] {
        let error = RegoPolicy::parse("deep.rego", &policy("deep", &rules)).unwrap_err();
        assert_eq!(error.to_diagnostic().code, code, "{error}: {rules:.80}");
    }
}

#[test]
fn a_regex_bomb_is_no_bomb() {
    let text = "a".repeat(30_000);
    let body = violation(&format!("regex.match(`^(([a-z])+.)+[A-Z]([a-z])+$`, \"{text}\")"));
    let results = evaluate(Evaluator::program(DHI), &[policy("bad", &body), holds("after")]);
    assert_eq!(results, [Ok(rego::Verdict::Pass), Ok(rego::Verdict::Pass)]);
}

#[test]
fn an_evaluator_that_is_no_evaluator_gives_no_result() {
    for program in ["/nowhere/dhi", "/bin/true", "/bin/cat"] {
        let results = evaluate(Evaluator::program(program), &[holds("a"), holds("b")]);
        let are_missing = results.iter().all(|result| matches!(result, Err(Stopped::Process(_))));
        assert!(results.len() == 2 && are_missing, "{program}: {results:?}");
    }
}

#[test]
fn a_thread_has_the_same_results_within_its_time() {
    let body = "some a in range\n\tsome b in range\n\tsome c in range\n\ta + b + c == 0";
    let endless = format!("range := numbers.range(1, 500)\n\n{}", violation(body));
    let sources = [holds("before"), policy("bad", &endless), holds("after")];
    let results = evaluate(Evaluator::in_process(), &sources);
    let [Ok(rego::Verdict::Pass), Err(Stopped::Limit(exceeded)), Ok(rego::Verdict::Pass)] =
        results.as_slice()
    else {
        panic!("{results:?}")
    };
    assert_eq!(exceeded.to_string(), "the evaluation is over the limit of 4 s");
}

#[test]
fn the_command_shows_the_other_policies_and_exits_4() {
    let env = TestEnv::new();
    let bad = env.write("bad.rego", policy("bad", &doubling()));
    let good = env.write("good.rego", holds("good"));
    let flags = ["--format", "json", "--policy", &bad, "--policy", &good, "oci:fixtures/log-shape-2:latest"];
    let run = env.verify(&flags);
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert_eq!(run.ids(), ["limits/exceeded"]);
    // A report hides what policies decide, and no limit.
    let eval = ["policy", "eval", "--key", KEY, "--trusted-root", ROOT, "--report-only", "--policy", &bad];
    let report = env.dhi(&[&eval[..], &["oci:fixtures/log-shape-2:latest"]].concat());
    assert_eq!(report.code, 4, "{}{}", report.stdout, report.stderr);
    let checks = run.json()["images"][0]["checks"].clone();
    let of = |name: &str| {
        let mut checks = checks.as_array().unwrap().iter();
        checks.find(|check| check["subject"]["policy"] == name).unwrap()["outcome"].clone()
    };
    assert_eq!((of("bad"), of("good")), ("unknown".into(), "pass".into()));
}
