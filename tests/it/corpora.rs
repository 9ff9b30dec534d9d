//! The fuzz corpora, run through the functions that the fuzzer calls. `docs/fuzzing.md` describes how it is run.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::test_sigstore::cases::{ARTIFACT, Case, Evidence, cases};
use crate::support::test_sigstore::cosign::{BUNDLE, CERTIFICATE, CHAIN, Layer, SIGNATURE, TIMESTAMP};

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is a crate of its own to the fuzzer")]
mod targets;

type Target = fn(&[u8]);

/// The targets by the names of their corpora.
const TARGETS: [(&str, Target); 28] = [
    ("apk_package", targets::apk_package),
    ("bundle", targets::bundle),
    ("deb_package", targets::deb_package),
    ("definition", targets::definition),
    ("definition_expression", targets::definition_expression),
    ("docker_config", targets::docker_config),
    ("exceptions", targets::exceptions),
    ("key_file", targets::key_file),
    ("layer", targets::layer),
    ("lock_file", targets::lock_file),
    ("log_annotation", targets::log_annotation),
    ("manifest", targets::manifest),
    ("manifests", targets::manifests),
    ("package_archive", targets::package_archive),
    ("package_list", targets::package_list),
    ("policy_config", targets::policy_config),
    ("private_key", targets::private_key),
    ("recorded_facts", targets::recorded_facts),
    ("reference", targets::reference),
    ("referrers_index", targets::referrers_index),
    ("rego_policy", targets::rego_policy),
    ("scan_report", targets::scan_report),
    ("signed_index", targets::signed_index),
    ("simple_signing", targets::simple_signing),
    ("sprintf", targets::sprintf),
    ("statement", targets::statement),
    ("vex_document", targets::vex_document),
    ("yaml", targets::yaml),
];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn every_corpus_file_holds_the_assertions_of_its_target() {
    let mut sizes = 0;
    for (name, target) in TARGETS {
        let files = files(&fuzz().join("corpus").join(name));
        assert!((1..=40).contains(&files.len()), "{name} has {} files", files.len());
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            sizes += bytes.len();
            let held = std::panic::catch_unwind(|| target(&bytes));
            assert!(held.is_ok(), "{}", file.display());
        }
    }
    assert!(sizes <= 200 * 1024, "the corpora have {sizes} bytes");
}

#[test]
fn each_fuzz_target_has_a_program_and_a_corpus() {
    let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    for folder in ["corpus", "fuzz_targets"] {
        let found: Vec<String> = files(&fuzz().join(folder))
            .iter()
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, known, "{folder}");
    }
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in known {
        assert!(manifest.contains(&format!("\nname = \"{name}\"\n")), "{name}");
    }
}

/// The fixed signatures must be good, or the targets assert nothing.
#[test]
fn the_corpora_contain_good_signatures() {
    assert!(targets::passes_simple() && targets::passes_logged());
    let bundles = files(&fuzz().join("corpus/bundle"));
    let good = bundles.iter().filter(|file| targets::passes_bundle(&std::fs::read(file).unwrap()));
    assert!(good.count() >= 3);
}

/// Makes `fuzz/fixed` and the first files of the corpora that need signatures. Their keys are not kept.
#[test]
#[ignore = "writes files; docs/fuzzing.md says when"]
fn make_the_fixed_signatures() {
    let cases = cases();
    let write = |path: &str, bytes: &[u8]| {
        let path = fuzz().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let of = |name: &str| cases.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("{name}"));
    let layer = |case: &Case| match &case.evidence {
        Evidence::Layer(layer) => Some(layer.clone()),
        Evidence::Bundle(_) => None,
    };
    let annotation = |layer: &Layer, name: &str| {
        layer.annotations.get(name).and_then(Value::as_str).map(|text| text.as_bytes().to_vec())
    };
    let simple = cases
        .iter()
        .filter(|case| case.is_good() && case.log_demanded && case.name.starts_with("sig-key-"))
        .filter_map(layer)
        .find(|layer| layer.annotations.contains_key(BUNDLE) && !layer.annotations.contains_key(TIMESTAMP))
        .unwrap();
    let entry = annotation(&simple, BUNDLE).unwrap();
    let statement = of("v03-statement-key-rekor1");
    let crate::support::test_sigstore::cases::ExpectedSigner::Key(key) = &statement.authority else {
        panic!("by a key")
    };
    let Evidence::Bundle(bundle) = &statement.evidence else { panic!("a bundle") };
    let bundle: Value = serde_json::from_str(bundle).unwrap();
    let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap();
    let payload = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, payload).unwrap();
    write("fixed/artifact.json", ARTIFACT);
    write("fixed/key.pub", key.as_bytes());
    write("fixed/trusted_root.json", statement.trusted_root.as_bytes());
    write("fixed/payload.json", &simple.payload);
    write("fixed/payload.sig", &annotation(&simple, SIGNATURE).unwrap());
    write("fixed/payload.log.json", &entry);
    write("fixed/statement.json", &payload);
    write("corpus/statement/signed", &payload);
    write("corpus/log_annotation/good", &entry);
    write("corpus/key_file/pem", key.as_bytes());
    write("corpus/key_file/root", statement.trusted_root.as_bytes());
    for (part, bytes) in [(0, simple.payload.clone()), (1, annotation(&simple, SIGNATURE).unwrap())] {
        write(&format!("corpus/simple_signing/part-{part}"), &[&[part], bytes.as_slice()].concat());
    }
    for (part, name) in [(2, CERTIFICATE), (3, CHAIN), (4, TIMESTAMP)] {
        let found = cases.iter().filter_map(layer).find_map(|layer| annotation(&layer, name)).unwrap();
        write(&format!("corpus/simple_signing/part-{part}"), &[&[part], found.as_slice()].concat());
    }
    for name in [
        "v01-message-key-rekor1",
        "v02-statement-key-rekor1-time",
        "v03-statement-key-rekor1",
        "v03-message-keyless-rekor2-time",
        "v03-intoto-entry-key",
    ] {
        let Evidence::Bundle(text) = &of(name).evidence else { panic!("{name} is a bundle") };
        write(&format!("corpus/bundle/{name}"), text.as_bytes());
    }
}
