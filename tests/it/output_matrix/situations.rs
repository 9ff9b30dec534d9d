//! Results of each kind, as values that every renderer takes.

use std::sync::LazyLock;

use dhi::cli::CommandHints;
use dhi::diagnostic::{Code, Diagnostic};
use dhi::evidence::{Evidence, Excused, PolicyInput, Requirements, Tally, VerdictSource, judge};
use dhi::limits::Limits;
use dhi::oci::{Reference, media_type};
use dhi::policy::BuiltIn;
use dhi::registry::{LayoutRegistry, Registry};
use dhi::report::{Image, Run, RunPolicies};
use dhi::trust::{LogPolicy, Trust};
use dhi::verify::{BaseOptions, Options, Scope, base, verify};
use serde_json::json;

use crate::support::base::{APP, BaseFixture, Image as Pushed, SLSA, SPDX, child, python, wait};
use crate::support::env::trust;

/// The results of one run.
pub(crate) struct Situation {
    pub(crate) name: &'static str,
    pub(crate) images: Vec<Image>,
    pub(crate) policies: RunPolicies,
    trust: Trust,
}

impl Situation {
    /// The facts that all results share.
    pub(crate) fn run(&self) -> Run<'_> {
        Run {
            texts: &CommandHints,
            trust: &self.trust,
            policies: &self.policies,
            effective_time: None,
            location: None,
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for image in &self.images {
            tally.add(&image.conclusion(), image.exit());
        }
        tally
    }

    fn of_fixtures(name: &'static str, images: Vec<Image>) -> Self {
        let trust = trust(LogPolicy::VerifyIfPresent);
        Self { name, images, policies: RunPolicies::new(BuiltIn::DhiOrDhiBased, Vec::new()), trust }
    }
}

/// Every situation, each with its own name.
pub(crate) fn situations() -> &'static [Situation] {
    static SITUATIONS: LazyLock<Vec<Situation>> = LazyLock::new(all);
    &SITUATIONS
}

fn all() -> Vec<Situation> {
    vec![
        Situation::of_fixtures("all-pass", vec![fixture("python:3.13", None)]),
        Situation::of_fixtures(
            "one-fails",
            vec![fixture("python:3.13", None), fixture("bad/wrong-key", None)],
        ),
        Situation::of_fixtures("one-unknown", vec![fixture("python:3.13", None), unreachable("app")]),
        Situation::of_fixtures("not-judged", vec![fixture("python:3.13", Some("linux/amd64"))]),
        excused(),
        many(),
        index_attested(),
        two_levels(),
    ]
}

/// Evidence, base and verdict about a reference.
fn judged(
    registry: &dyn Registry,
    trust: &Trust,
    (reference, platform, policy): (&str, Option<&str>, BuiltIn),
) -> Image {
    let reference: Reference = reference.parse().unwrap();
    let mut options =
        Options { keep_statements: dhi::verify::KeepStatements::All, ..Options::of(&reference) };
    options.platforms.extend(platform.map(|platform| platform.parse().unwrap()));
    if policy == BuiltIn::Attested {
        options.scope = Scope::ImagesAndIndex { counts: true };
    }
    let evidence: Evidence = wait(verify(registry, &reference, trust, &options)).unwrap();
    let proof = wait(base(registry, &evidence, trust, &BaseOptions::default()));
    let proof = (policy == BuiltIn::DhiOrDhiBased).then_some(proof);
    let verdict = judge(
        &evidence,
        &Requirements::default(),
        &policy,
        &[],
        &PolicyInput { base: proof.as_ref(), ..PolicyInput::default() },
    );
    let result = Ok((VerdictSource::Evidence(Box::new(evidence)), verdict));
    Image { reference: reference.into(), result, base: proof, place: None }
}

fn fixture(name: &str, platform: Option<&str>) -> Image {
    let registry = LayoutRegistry::new(Limits::default());
    let trust = trust(LogPolicy::VerifyIfPresent);
    judged(&registry, &trust, (&format!("oci:fixtures/{name}"), platform, BuiltIn::DhiOrDhiBased))
}

/// An image of a registry that cannot be reached.
fn unreachable(name: &str) -> Image {
    let reference: Reference = format!("registry.example.com/acme/{name}:1").parse().unwrap();
    let error = Diagnostic::new(Code::REGISTRY_UNREACHABLE, "registry.example.com: name not found in DNS")
        .fact("attempts", "4");
    Image { reference: reference.into(), result: Err(error), base: None, place: None }
}

/// An image that is not hardened, and an exception for it.
fn excused() -> Situation {
    let registry = BaseFixture::empty();
    registry.push(APP, &[Pushed::of("x")]);
    let policy = BuiltIn::DhiOrDhiBased;
    let mut image = judged(&registry.registry, &registry.trust(), (APP, None, policy));
    let (_, verdict) = image.result.as_mut().unwrap();
    for check in &mut verdict.checks {
        if check.denial() == Some(Code::BASE_NOT_DHI) {
            let reason = "rebuilt in December".to_owned();
            check.excused = Some(Excused::Exception { reason, expires: "2026-12-31".parse().unwrap() });
        }
    }
    verdict.update_exit();
    Situation {
        name: "excused",
        images: vec![image],
        policies: RunPolicies::new(policy, Vec::new()),
        trust: registry.trust(),
    }
}

/// 25 images: of every second one a platform fails, and the registry of three others cannot be reached.
fn many() -> Situation {
    let names = ["python:3.13", "bad/wrong-key"];
    let images = (0..25).map(|number| match number {
        20.. if number % 2 == 0 => unreachable(&format!("app-{number}")),
        _ => fixture(names[number % names.len()], None),
    });
    Situation::of_fixtures("many", images.collect())
}

/// An index with attestations of its own, and images without.
fn index_attested() -> Situation {
    let registry = BaseFixture::empty();
    let pushed = registry.push(APP, &[Pushed::of("x"), Pushed::of("y").on("arm64")]);
    let size = registry.registry.tagged(&pushed.repository, "1").unwrap().len();
    let index = json!({ "mediaType": media_type::OCI_INDEX, "digest": pushed.digest, "size": size });
    for kind in [SPDX, SLSA] {
        registry.attest(&pushed.repository, &index, kind, &json!({}), Some((&registry.key, "acme/app")));
    }
    let policy = BuiltIn::Attested;
    let image = judged(&registry.registry, &registry.trust(), (APP, None, policy));
    Situation {
        name: "index-attested",
        images: vec![image],
        policies: RunPolicies::new(policy, Vec::new()),
        trust: registry.trust(),
    }
}

/// An image that is built on an unsigned image, which is built on a hardened one.
fn two_levels() -> Situation {
    let (registry, hardened) = BaseFixture::new();
    let middle = child(&python("ab"), "abc").built_from(&[("dhi.io/python@3.13", &hardened)]);
    let middle = registry.push("registry.example.com/acme/middle:1", &[middle]);
    let app = Pushed::of("abcd").built_from(&[("registry.example.com/acme/middle@1", &middle)]);
    registry.push(APP, &[app]);
    let policy = BuiltIn::DhiOrDhiBased;
    let image = judged(&registry.registry, &registry.trust(), (APP, None, policy));
    Situation {
        name: "two-levels",
        images: vec![image],
        policies: RunPolicies::new(policy, Vec::new()),
        trust: registry.trust(),
    }
}
