//! Round trips of `dhi verify` with the default policy: the exact number of requests, of concurrent ones and of
//! sequential ones.

use dhi::oci::media_type;
use dhi::trust::LogPolicy;

use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, TestEnv, fixture, run, trust};
use crate::support::registry::{InMemoryRegistry, ListedTypes};

const SPDX: &str = "https://spdx.dev/Document";
/// The image of the fixtures in a registry, with token authentication or without.
fn registry(tokens: bool) -> InMemoryRegistry {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "dhi/python");
    if tokens {
        registry.demand_own_tokens();
    }
    registry
}

/// Verifies the image by tag.
fn verify(registry: &InMemoryRegistry, env: &TestEnv, more: &[&str]) {
    registry.clear_log();
    let host = registry.host();
    let reference = format!("{host}/dhi/python:3.13");
    let run = env.verify(
        &[&["--plain-http", &host, "--require-index-signature", "--require-tlog"], more, &[&reference]]
            .concat(),
    );
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

/// That so many requests are sent at once, then so many that wait for answers to those, and so on.
#[track_caller]
fn in_rounds(registry: &InMemoryRegistry, rounds: &[usize], run: impl FnOnce(&InMemoryRegistry)) {
    registry.in_rounds(rounds);
    run(registry);
    assert_eq!(registry.levels(), rounds, "{}", registry.lines().join("\n"));
    registry.in_rounds(&[]);
}

const ONE: [&str; 4] = ["--platform", "linux/amd64", "--predicate-type", SPDX];

/// The policy costs a hardened image nothing.
#[test]
fn the_policy_sends_no_request_for_a_hardened_image() {
    let registry = registry(false);
    let lines = |more: &[&str]| {
        verify(&registry, &TestEnv::new(), more);
        let mut lines = registry.lines();
        lines.sort();
        lines
    };
    assert_eq!(lines(&[]), lines(&ATTESTED_ONLY));
}

#[test]
fn requests_of_a_cold_run_for_one_predicate() {
    // 10 requests, and two more for a token: tag; platform, 2 lists; configuration, attestation and its list, signature of
    // the index; statement, signature.
    for (tokens, rounds) in [(false, &[1, 3, 4, 2][..]), (true, &[1, 1, 1, 3, 4, 2])] {
        let registry = registry(tokens);
        in_rounds(&registry, rounds, |registry| verify(registry, &TestEnv::new(), &ONE));
    }
}

/// 16 requests at once is the limit for each host, and what waits for a place looks like a longer chain. So the
/// chain is counted through the library, where there is a place for all.
#[test]
fn requests_of_a_cold_run_for_all_platforms() {
    // Tag; 2 x (manifest, referrers) and the index's referrers; 2 configurations, the index's signature, and
    // 30 x (manifest, referrers); 30 x (statement, signature).
    let rounds = [1, 5, 63, 60];
    assert!(rounds.iter().sum::<usize>() <= 130);
    in_rounds(&registry(false), &rounds, wide);
    // With the first refusal and the token.
    in_rounds(&registry(true), &[1, 1, 1, 5, 63, 60], wide);
}

/// A registry's artifact type for a referrer is no fact. Whatever it is, the result is the same.
#[test]
fn the_types_in_lists_change_only_the_number_of_requests() {
    for (types, rounds) in [
        (ListedTypes::Declared, &[1, 5, 63, 60][..]),
        (ListedTypes::OfConfigs, &[1, 5, 63, 60]),
        // The signature of the index could be an attestation too, so its referrers are requested.
        (ListedTypes::Missing, &[1, 5, 64, 60]),
        (ListedTypes::Wrong("application/vnd.example.sbom"), &[1, 5, 64, 60]),
        // The lists of signatures are requested when the manifests are known.
        (ListedTypes::Wrong(media_type::COSIGN_SIGNATURE), &[1, 5, 33, 60, 30]),
        (ListedTypes::Wrong(media_type::SIGSTORE_BUNDLE_V03), &[1, 5, 33, 60, 30]),
    ] {
        let registry = registry(false);
        registry.list_types(types);
        in_rounds(&registry, rounds, wide);
    }
}

#[test]
fn fallback_tags_add_one_sequential_request() {
    let registry = registry(true);
    registry.referrers_api(false);
    // The three lists that are asked for first are refused once each.
    in_rounds(&registry, &[1, 1, 1, 5, 3, 63, 60], wide);
}

/// Verifies through the library, with no limit on concurrent requests.
fn wide(registry: &InMemoryRegistry) {
    use dhi::evidence::Requirements;
    use dhi::gate::Gate;
    use dhi::policy::{BuiltIn, Exceptions};
    use dhi::registry::{Credentials, Options as Remote, RemoteRegistry};

    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let limits = dhi::limits::Limits::default().with(|limits| {
        limits.requests_per_host = 1000;
        limits.attestations_at_once = 1000;
    });
    let host = registry.host();
    let remote = RemoteRegistry::new(
        Remote {
            limits: limits.clone(),
            plain_http: vec![host.clone()],
            auth_realms: Vec::new(),
            credentials: Credentials::none(),
            ..Remote::default()
        },
        std::sync::Arc::new(()),
    )
    .unwrap();
    let trust = trust(LogPolicy::Require);
    let reference: dhi::oci::Reference = format!("{host}/dhi/python:3.13").parse().unwrap();
    let options =
        dhi::verify::Options { judge_enveloped: true, limits, ..dhi::verify::Options::of(&reference) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    registry.clear_log();
    let gate = Gate {
        trust: &trust,
        policy: BuiltIn::DhiOrDhiBased,
        rego: &dhi::gate::RegoPolicies::default(),
        findings: &[],
        requirements: Requirements { require_root_signature: true },
        base: dhi::verify::BaseOptions::default(),
        exceptions: &Exceptions::default(),
        enforce_from: None,
        now: trust.effective_time,
        effective_time: None,
        offline: false,
        accept: None,
    };
    let decision = runtime.block_on(gate.decide(&remote, &reference, &options)).unwrap();
    let verdict = decision.verdict();
    assert_eq!(verdict.exit, dhi::diagnostic::Exit::Pass, "{verdict:?}");
}

#[test]
fn a_warm_run_requests_only_what_can_change() {
    for (tokens, rounds) in [(false, &[1, 3][..]), (true, &[1, 1, 3])] {
        let registry = registry(tokens);
        let env = TestEnv::new();
        verify(&registry, &env, &[]);
        // The tag, and the referrers of the index and of both platforms.
        in_rounds(&registry, rounds, |registry| verify(registry, &env, &[]));
        let methods: Vec<String> =
            registry.log().iter().map(|one| format!("{} {}", one.method, one.status)).collect();
        assert!(methods.contains(&"HEAD 200".to_owned()), "{methods:?}");
    }
}

#[test]
fn an_offline_run_sends_no_request_and_prints_the_age() {
    let registry = registry(true);
    let env = TestEnv::new();
    verify(&registry, &env, &[]);
    registry.clear_log();
    let host = registry.host();
    let run = env.verify(&["--offline", &format!("{host}/dhi/python:3.13")]);
    run.assert(0, "from the cache, under a minute old");
    assert_eq!(registry.lines(), [""; 0]);
}

/// `--offline` opens no socket: it works where there is no network interface, not even the loopback.
#[test]
fn an_offline_run_works_without_a_network_interface() {
    let registry = registry(false);
    let env = TestEnv::new();
    verify(&registry, &env, &[]);
    let cached = format!("{}/dhi/python:3.13", registry.host());
    for reference in [cached.as_str(), "oci:fixtures/python:3.13"] {
        let arguments = ["verify", "--key", KEY, "--trusted-root", ROOT, "--offline", reference];
        let Some(mut isolated) = env.without_network(&arguments) else { return };
        run(&mut isolated).assert(0, "pass");
    }
}

#[test]
fn a_predicate_of_another_type_is_not_fetched() {
    let registry = registry(false);
    verify(&registry, &TestEnv::new(), &ONE);
    let (manifests, blobs) =
        (registry.count("/v2/dhi/python/manifests/"), registry.count("/v2/dhi/python/blobs/"));
    // Tag, platform, attestation, two signatures; configuration, statement.
    assert_eq!((manifests, blobs), (5, 2), "{}", registry.lines().join("\n"));
}
