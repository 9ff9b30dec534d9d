//! Compares the policy `dhi-or-dhi-based` in Rego with the one in Rust.

use std::sync::LazyLock;

use dhi::evidence::{BaseProof, Check, CheckKind, CheckSubject, Evidence, Outcome, Policy as _, PolicyInput};
use dhi::policy::BuiltIn;
use dhi::policy::facts::ImageFacts;
use dhi::policy::rego::{ImageValues, RegoPolicy, Settings, Verdict, built_in, evaluate};

static POLICY: LazyLock<RegoPolicy> = LazyLock::new(|| {
    let policy = built_in("dhi-or-dhi-based").unwrap();
    RegoPolicy::parse("dhi-or-dhi-based.rego", policy.source).unwrap()
});

/// Checks for each image of `evidence` that both policies pass, or neither. Returns the number of images that pass.
#[track_caller]
pub(crate) fn assert_both_policies_agree(evidence: &Evidence, base: &BaseProof) -> usize {
    let needed = PolicyInput { base: Some(base), ..PolicyInput::default() };
    let checks = BuiltIn::DhiOrDhiBased.decide(evidence, &needed);
    let settings = Settings { now: "2026-11-30T12:00:00Z".parse().unwrap(), prints: false, bindings: true };
    let images = evidence.images().filter(|(key, platform)| {
        let of_image = checks
            .iter()
            .filter(|check| check.kind == CheckKind::Base && check.subject == CheckSubject::Platform(*key));
        let in_rust = of_image.map(Check::outcome).eq([Outcome::Pass]);
        let facts = ImageFacts::of(evidence, *key, &needed).unwrap();
        let evaluation = evaluate(&POLICY, &ImageValues::new(facts), &settings);
        let in_rego = evaluation.verdict == Verdict::Pass;
        assert_eq!(
            in_rego,
            in_rust,
            "{}: {}: {:?} {:#?}\n{:#?}",
            evidence.reference,
            platform.label(),
            evaluation.verdict,
            evaluation.violations,
            checks
        );
        in_rust
    });
    images.count()
}
