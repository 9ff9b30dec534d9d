//! The library as other programs see it: the names of the crate's root, decisions that equal those of the command, and a
//! dependency tree without the packages of the command.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use dhi::registry::{Cache, CachedRegistry, LayoutRegistry, Router};
use dhi::{BuiltIn, Decision, Limits, LogPolicy, PublicKey, TrustedRoot, Verifier};
use serde_json::Value;

#[path = "../examples/verify.rs"]
// The example's `main` is not called here.
#[allow(dead_code)]
mod example;

/// The documented names. To add one is a promise: see the crate's documentation.
const NAMES: [&str; 34] = [
    "BuildError",
    "BuiltIn",
    "Check",
    "Code",
    "Decision",
    "Diagnostic",
    "Digest",
    "Evaluator",
    "Evidence",
    "Exit",
    "IdentityRule",
    "Keyring",
    "Limits",
    "LogPolicy",
    "Matcher",
    "Outcome",
    "ParseError",
    "Platform",
    "PredicateType",
    "PublicKey",
    "Reference",
    "Registries",
    "Registry",
    "RegistryError",
    "RegoError",
    "RegoPolicy",
    "Threshold",
    "TrustError",
    "TrustedRoot",
    "Verdict",
    "VerifiedStatement",
    "Verifier",
    "VerifierBuilder",
    "VerifyError",
];

/// Packages that a dependency of the library needs too.
const SHARED: [&str; 1] = ["tempfile"];

/// The packages of the feature, as `Cargo.toml` lists them.
fn of_the_command() -> BTreeSet<String> {
    let manifest = include_str!("../Cargo.toml");
    let (_, feature) = manifest.split_once("\ncli = [").unwrap();
    let (feature, _) = feature.split_once(']').unwrap();
    feature.split('"').filter_map(|part| part.strip_prefix("dep:")).map(str::to_owned).collect()
}

/// The names of all packages that the library is built of.
fn packages(features: &[&str]) -> BTreeSet<String> {
    let tree = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none"])
        .args(features)
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_library_needs_no_package_of_the_command() {
    let command = of_the_command();
    for name in ["clap", "rpassword"] {
        assert!(command.contains(name), "`{name}` is not of the feature `cli`: {command:?}");
    }
    let all = packages(&[]);
    let missing: Vec<&String> = command.difference(&all).collect();
    assert!(missing.is_empty(), "the command does not need {missing:?}");

    let library = packages(&["--no-default-features"]);
    assert!(library.contains("dhi") && library.contains("reqwest"), "the tree was not read: {library:?}");
    let needed: Vec<&String> = command.intersection(&library).collect();
    assert_eq!(needed, SHARED, "packages of the command that the library is built of");
}

/// The names that a `use` brings in.
fn names(tree: &syn::UseTree) -> Vec<String> {
    match tree {
        syn::UseTree::Path(path) => names(&path.tree),
        syn::UseTree::Group(group) => group.items.iter().flat_map(names).collect(),
        syn::UseTree::Name(name) => vec![name.ident.to_string()],
        syn::UseTree::Rename(rename) => vec![rename.rename.to_string()],
        syn::UseTree::Glob(_) => panic!("a glob has names that nobody chose"),
    }
}

#[test]
fn the_root_documents_the_chosen_names_and_hides_the_rest() {
    let root = syn::parse_file(include_str!("../src/lib.rs")).unwrap();
    let is_hidden = |attribute: &syn::Attribute| {
        let list = attribute.meta.require_list();
        list.is_ok_and(|list| {
            list.path.is_ident("cfg_attr") && list.tokens.to_string() == "doc , doc (hidden)"
        })
    };
    let mut documented = Vec::new();
    for item in root.items {
        match item {
            syn::Item::Use(item) => documented.extend(names(&item.tree)),
            syn::Item::Mod(item) => {
                assert!(item.attrs.iter().any(is_hidden), "`{}` is documented", item.ident);
            }
            _ => panic!("the root declares items of its own"),
        }
    }
    documented.sort();
    assert_eq!(documented, NAMES);
}

/// The rows of `fixtures/cases.json`, which `tests/it/fixtures.rs` compares with the command.
fn cases() -> Vec<Value> {
    let cases: Value = serde_json::from_str(include_str!("../fixtures/cases.json")).unwrap();
    cases.as_array().unwrap().clone()
}

fn reference(case: &Value) -> String {
    format!("oci:fixtures/{}:{}", case["layout"].as_str().unwrap(), case["tag"].as_str().unwrap())
}

const KEY: &str = "fixtures/keys/fixture.pub";
const ROOT: &str = "fixtures/trusted_root.json";

/// The verifier that the options of a row describe.
fn verifier(case: &Value) -> Verifier {
    let pem = std::fs::read_to_string(KEY).unwrap();
    let root = std::fs::read(ROOT).unwrap();
    let mut builder = Verifier::builder()
        .key("fixture", PublicKey::from_pem(&pem, KEY).unwrap())
        .trusted_root(TrustedRoot::from_json(&root, ROOT).unwrap());
    let mut options = case["args"].as_array().unwrap().iter().map(|option| option.as_str().unwrap());
    while let Some(option) = options.next() {
        builder = match (option, option == "--policy") {
            ("--require-tlog", _) => builder.log(LogPolicy::Require),
            ("--require-index-signature", _) => builder.require_index_signature(),
            (_, true) if options.next() == Some("attested") => builder.policy(BuiltIn::Attested),
            _ => panic!("{option}"),
        };
    }
    builder.build().unwrap()
}

/// The exit code, and the ids of what counts.
fn outcome(decision: &Decision) -> (u64, BTreeSet<&str>) {
    let counting = decision.verdict().checks.iter().filter(|check| check.counts());
    let ids = counting.map(|check| check.diagnostic.as_ref().unwrap().code.as_str()).collect();
    (decision.verdict().exit.code().into(), ids)
}

#[tokio::test]
async fn the_verifier_decides_as_the_command() {
    // Registries are asked for nothing: base images elsewhere stay unknown.
    let offline = CachedRegistry::<LayoutRegistry>::new(None, Arc::new(Cache::disabled()));
    let registry = Router::new(Box::new(offline), LayoutRegistry::new(Limits::default()));
    let cases = cases();
    assert!(cases.len() > 40);
    for case in &cases {
        let decision = verifier(case).verify(&registry, &reference(case).parse().unwrap()).await.unwrap();
        let ids = case["ids"].as_array().unwrap().iter().map(|id| match id.as_str().unwrap() {
            "registry/unreachable" => "registry/offline",
            id => id,
        });
        let expected = (case["exit"].as_u64().unwrap(), ids.collect());
        assert_eq!(outcome(&decision), expected, "{}", case["name"]);
        assert_eq!(decision.verdict().passed(), expected.0 == 0, "{}", case["name"]);
    }
}

#[tokio::test]
async fn the_example_decides_as_the_command() {
    assert!(include_str!("../examples/verify.rs").lines().count() <= 20);
    let mut decided = BTreeSet::new();
    for case in cases() {
        let exit = case["exit"].as_u64().unwrap();
        // A base image in another registry would be asked for.
        if case["args"] != serde_json::json!([]) || exit == 6 {
            continue;
        }
        let arguments = [reference(&case), KEY.to_owned(), ROOT.to_owned()];
        let decision = example::decide(&arguments).await.unwrap();
        assert_eq!(outcome(&decision).0, exit, "{}", case["name"]);
        decided.insert(exit);
    }
    assert_eq!(decided, [0, 3, 4].into());
}
