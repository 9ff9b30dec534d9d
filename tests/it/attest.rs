//! `dhi attest`: lists, single attestations, and the equivalent cosign commands.

use serde_json::Value;

use crate::snapshots::snapshot;
use crate::support::env::{TestEnv, fixture, read, run};
use crate::support::registry::{InMemoryRegistry, Reply};

const SPDX: &str = "https://spdx.dev/Document";
const AMD64: [&str; 2] = ["--platform", "linux/amd64"];
const IMAGE: &str = "oci:fixtures/python:3.13";

fn trusting(command: &[&str], more: &[&str]) -> crate::support::env::Run {
    let trust = ["--key", crate::support::env::KEY, "--trusted-root", crate::support::env::ROOT];
    TestEnv::new().dhi(&[command, &trust, more].concat())
}

#[test]
fn attest_list_shows_all_attestations() {
    snapshot!("attest-list-image", trusting(&["attest", "list"], &[&AMD64[..], &[IMAGE]].concat()));
    snapshot!("attest-list-chart", trusting(&["attest", "list"], &["oci:fixtures/chart:1.42.0"]));
    snapshot!("attest-list-bundles", trusting(&["attest", "list"], &["oci:fixtures/bundles:1.4"]));
    snapshot!("attest-list-log-shape-2", trusting(&["attestation", "list"], &["oci:fixtures/log-shape-2"]));
    snapshot!("attest-list-mixed", trusting(&["attest", "list"], &["oci:fixtures/bad/wrong-key"]));
    snapshot!("attest-list-none", trusting(&["attest", "list"], &["oci:fixtures/bad/no-attestations"]));
    snapshot!("attest-list-other-key", TestEnv::new().dhi(&["attest", "list", "oci:fixtures/bad/unsigned"]));
    snapshot!(
        "attest-list-broken-image",
        trusting(&["attest", "list"], &["oci:fixtures/bad/tampered-manifest"])
    );
    snapshot!(
        "attest-list-bundles-no-key",
        TestEnv::new().dhi(&["attest", "list", "oci:fixtures/bundles:1.4"])
    );
}

#[test]
fn every_predicate_has_a_page() {
    let list = trusting(&["attest", "list", "--format", "json"], &[&AMD64[..], &[IMAGE]].concat()).json();
    let attestations = list["platforms"][0]["attestations"].as_array().unwrap().clone();
    assert_eq!(attestations.len(), 15);
    for attestation in attestations {
        let digest = attestation["digest"].as_str().unwrap();
        let page = trusting(&["attest", "get", "--format", "table"], &[IMAGE, digest]);
        assert_eq!(page.code, 0, "{}", page.stderr);
        let name =
            attestation["predicateType"].as_str().unwrap().replace("https://", "").replace(['/', '.'], "-");
        snapshot!(format!("attest-page-{name}"), page);
    }
}

#[test]
fn lists_have_the_published_shape() {
    let schema: Value = serde_json::from_str(&read("docs/schemas/attest-list-2.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for layout in [
        "python:3.13",
        "chart:1.42.0",
        "bundles:1.4",
        "bad/wrong-key",
        "bad/no-attestations",
        "bad/tampered-statement",
        "bad/platform-mismatch",
    ] {
        let list = trusting(&["attest", "list", "--format", "json"], &[&format!("oci:fixtures/{layout}")]);
        let errors: Vec<String> = schema.iter_errors(&list.json()).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{layout}");
    }
    let schema: Value = serde_json::from_str(&read("docs/schemas/keys-2.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for keys in [
        TestEnv::new().dhi(&["keys", "list", "--format", "json"]),
        trusting(&["keys", "list", "--format", "json"], &[]),
    ] {
        assert!(schema.is_valid(&keys.json()), "{}", keys.stdout);
    }
}

#[test]
fn attest_get_returns_the_signed_bytes() {
    let list = trusting(&["attest", "list", "--format", "json"], &[&AMD64[..], &[IMAGE]].concat()).json();
    for attestation in list["platforms"][0]["attestations"].as_array().unwrap() {
        let digest = attestation["digest"].as_str().unwrap();
        let blob =
            |digest: &str| std::fs::read(fixture("python/blobs").join(digest.replace(':', "/"))).unwrap();
        let manifest: Value = serde_json::from_slice(&blob(digest)).unwrap();
        let signed = blob(manifest["layers"][0]["digest"].as_str().unwrap());
        let statement = trusting(&["attest", "get"], &[IMAGE, digest]);
        assert_eq!(statement.stdout.as_bytes(), signed);
        let predicate = trusting(&["attest", "get", "--predicate"], &[IMAGE, &digest[..19]]);
        let text = String::from_utf8(signed).unwrap();
        assert!(text.contains(&predicate.stdout), "{digest}");
        assert_eq!(
            serde_json::from_str::<Value>(&predicate.stdout).unwrap(),
            serde_json::from_str::<Value>(&text).unwrap()["predicate"]
        );
    }
}

#[test]
fn attest_get_chooses_one_or_lists_the_choices() {
    snapshot!("attest-get-several", trusting(&["attest", "get"], &[&AMD64[..], &[IMAGE]].concat()));
    snapshot!(
        "attest-get-none",
        trusting(
            &["attest", "get", "--predicate-type", "https://example.com/x"],
            &[&AMD64[..], &[IMAGE]].concat()
        )
    );
    snapshot!("attest-get-no-digest", trusting(&["attest", "get"], &[IMAGE, "0000"]));
    snapshot!("attest-get-bad-digest", trusting(&["attest", "get"], &[IMAGE, "xyz"]));
    snapshot!("attest-get-no-platform", trusting(&["attest", "get", "--platform", "linux/s390x"], &[IMAGE]));
    // The platform of this machine, where nothing else is said.
    let run = trusting(&["attest", "get", "--predicate-type", SPDX], &[IMAGE]);
    run.assert(0, "choose with `--platform`");
}

#[test]
fn attest_get_returns_no_unverified_attestation() {
    let env = TestEnv::new();
    let run = env.dhi(&["attest", "get", "--predicate-type", SPDX, "oci:fixtures/bad/two-signatures"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""));
    run.assert(4, "error[trust/wrong-key]");
    let file = env.path("sbom.json");
    let run = trusting(
        &["attest", "get", "--predicate-type", SPDX, "-o", file.to_str().unwrap()],
        &["oci:fixtures/bad/wrong-key"],
    );
    run.assert(4, "error[trust/wrong-key]");
    assert!(!file.exists());
    let run = trusting(
        &["attest", "get", "--predicate-type", SPDX, "-o", file.to_str().unwrap()],
        &["oci:fixtures/bad/two-signatures"],
    );
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(file.exists());
}

#[test]
fn print_cosign_prints_the_equivalent_commands() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "dhi/python");
    let host = registry.host();
    let image = format!("{host}/dhi/python:3.13");
    let run = trusting(
        &["attest", "get", "--verify", "--plain-http", &host, "--no-cache", "--predicate-type", SPDX],
        &[&AMD64[..], &[&image]].concat(),
    );
    run.assert(0, "note: verified: SPDX SBOM of linux/amd64, signed by fixture");
    let command = format!(
        "cosign verify --key {} --experimental-oci11 --trusted-root {} --allow-http-registry {host}/dhi/python@sha256:",
        crate::support::env::KEY,
        crate::support::env::ROOT
    );
    run.assert(0, &command);
    let run = trusting(&["verify", "--print-cosign", "--plain-http", &host, "--no-cache"], &[&image]);
    assert_eq!(
        run.stdout.lines().filter(|line| line.starts_with("cosign verify ")).count(),
        31,
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("PLATFORM"));
}

#[test]
fn cache_df_and_prune() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("bad/two-signatures"), "team/app");
    let (env, host) = (TestEnv::new(), registry.host());
    let image = format!("{host}/team/app:latest");
    env.verify(&["--plain-http", &host, &image]).assert(0, "pass");
    let usage = env.dhi(&["cache", "df", "--format", "json"]).json();
    assert!(usage["objects"].as_u64().unwrap() > 8 && usage["answers"].as_u64().unwrap() > 3, "{usage}");
    env.dhi(&["cache", "prune", "--older-than", "1d"]).assert(0, "objects         0");
    env.verify(&["--offline", &image]).assert(0, "pass");
    let list = env.dhi(&["attest", "list", "--offline", &image]);
    assert!(list.stderr.contains("from the cache, under a minute old"), "{}", list.stderr);
    // A completing shell gets the references that were verified here.
    let asked = run(env.command(&["--", "dhi", "verify", &format!("{host}/te")]).env("COMPLETE", "fish"));
    assert!(asked.stdout.contains(&image), "{}{}", asked.stdout, asked.stderr);
    env.dhi(&["cache", "prune"]).assert(0, "removed");
    assert_eq!(env.dhi(&["cache", "df", "--format", "json"]).json()["objects"], 0);
    env.verify(&["--offline", &image]).assert(6, "error[registry/offline]");
    env.dhi(&["cache", "prune", "--keep", "lots"]).assert(2, "is not a size");
}

#[test]
fn completions_are_current() {
    for (shell, file) in
        [("bash", "dhi.bash"), ("zsh", "_dhi"), ("fish", "dhi.fish"), ("powershell", "dhi.ps1")]
    {
        let script = TestEnv::new().dhi(&["completion", shell]);
        assert_eq!(script.code, 0, "{}", script.stderr);
        let path = crate::support::env::project().join("completions").join(file);
        if std::env::var_os("DHI_UPDATE").is_some() {
            std::fs::write(&path, &script.stdout).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == script.stdout,
            "completions/{file} is stale: DHI_UPDATE=1 cargo test --test it completions"
        );
    }
    let checked = std::process::Command::new("bash")
        .args(["-n", "completions/dhi.bash"])
        .current_dir(crate::support::env::project())
        .status();
    assert!(checked.is_ok_and(|status| status.success()));
}

#[test]
fn man_pages_and_help() {
    let env = TestEnv::new();
    let page = env.dhi(&["man"]);
    assert!(page.stdout.contains(".TH dhi 1"), "{}", page.stdout);
    assert!(page.stdout.contains("dhi verify dhi.io/python:3.13"), "{}", page.stdout);
    let directory = env.path("man");
    assert_eq!(env.dhi(&["man", "--dir", directory.to_str().unwrap()]).code, 0);
    for page in
        ["dhi.1", "dhi-verify.1", "dhi-attest.1", "dhi-attest-list.1", "dhi-keys-list.1", "dhi-cache-prune.1"]
    {
        assert!(directory.join(page).exists(), "{page}");
    }
    snapshot!("help-error", env.dhi(&["help", "trust/wrong-key"]));
    snapshot!("help-error-misspelled", env.dhi(&["help", "wrong-kei"]));
    snapshot!("help-errors", env.dhi(&["help", "errors"]));
    snapshot!("help", env.dhi(&["help"]));
    snapshot!("help-unknown", env.dhi(&["help", "nothing-like-this"]));
    for topic in ["topics", "exit-codes", "policies", "attested"] {
        snapshot!(format!("help-{topic}"), env.dhi(&["help", topic]));
    }
    assert_eq!(env.dhi(&["help", "attest", "list"]).stdout, env.dhi(&["attest", "list", "--help"]).stdout);
    for id in dhi::cli::CATALOGUE.codes() {
        assert!(env.dhi(&["help", id.as_str()]).stdout.contains(id.title()), "{id}");
    }
}

/// What the index calls `linux/amd64` is an image for another platform: its attestations are good, and are about
/// something that was not asked for.
#[test]
fn a_platform_mismatch_prints_no_attestation() {
    let image = "oci:fixtures/bad/platform-mismatch";
    let list = trusting(&["attest", "list", "--format", "json"], &[image]).json();
    let platform = list["platforms"]
        .as_array()
        .unwrap()
        .iter()
        .find(|platform| !platform["failures"].as_array().unwrap().is_empty())
        .unwrap();
    let attestation = platform["attestations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|attestation| attestation["state"] == "verified")
        .unwrap();
    let digest = attestation["digest"].as_str().unwrap();
    for more in [&[image, digest][..], &[image, digest, "--format", "table"]] {
        let run = trusting(&["attest", "get"], more);
        assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
        assert!(run.stderr.contains("verify/platform-mismatch"), "{}", run.stderr);
    }
}

/// Who reads exit code 3 as "has no SBOM" is not misled by a registry that does not answer.
#[test]
fn an_unavailable_list_is_not_a_missing_attestation() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("bad/single-manifest"), "team/app");
    let image = format!("{}/team/app:latest", registry.host());
    let get = |more: &[&str]| {
        let fixed = ["--no-cache", "--plain-http", "127.0.0.1", "--predicate-type", "spdx", &image];
        trusting(&["attest", "get"], &[more, &fixed].concat())
    };
    get(&[]).assert(0, "spdx");
    let digest = dhi::oci::Digest::of(&registry.tagged("team/app", "latest").unwrap());
    let list = format!("/v2/team/app/referrers/{digest}");
    for (status, code) in [(401, 5), (500, 6)] {
        registry.script(&list, Reply::json(status, "{}"));
        let run = get(&[]);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{status}: {}", run.stderr);
        assert!(!run.stderr.contains("attest/none"), "{status}: {}", run.stderr);
    }
}

#[test]
fn an_unjudged_attestation_is_listed_with_the_reason() {
    for command in [&["attest", "get"][..], &["verify"]] {
        let asked = [command, &["--predicate-type", "cyclonedx", "oci:fixtures/bundles:1.4"]].concat();
        let run = TestEnv::new().dhi(&asked);
        let all = run.stdout + &run.stderr;
        assert_eq!(run.code, 3, "{all}");
        assert!(all.contains("not judged  a Sigstore bundle, and no key"), "{all}");
        assert!(all.contains("hint: "), "{all}");
    }
}
