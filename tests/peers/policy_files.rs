//! The built-in policies beside `opa`: formatted as `opa fmt` does, and accepted by `opa check` with the host functions
//! declared.

use std::path::PathBuf;

use dhi::policy::rego::host_functions;
use serde_json::{Value, json};

use crate::support::env::project;
use crate::support::peers::{PeerEnv, succeed};

/// The built-in policies, and those of the tests of the contract.
fn files() -> Vec<PathBuf> {
    let folders = ["policies", "tests/it/rego/contract"];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(project().join(folder)).unwrap());
    let files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rego"))
        .collect();
    assert!(files.len() >= 24, "{files:?}");
    files
}

#[test]
fn policies_are_formatted_as_opa_formats_them() {
    let Some(env) = PeerEnv::with(&["opa"]) else { return };
    let different = succeed(env.peer("opa").args(["fmt", "--list"]).args(files()));
    assert_eq!(different, "");
}

#[test]
fn opa_accepts_the_policies() {
    let Some(env) = PeerEnv::with(&["opa"]) else { return };
    let text = succeed(env.peer("opa").args(["capabilities", "--current"]));
    let mut capabilities: Value = serde_json::from_str(&text).unwrap();
    let builtins = capabilities["builtins"].as_array_mut().unwrap();
    for function in host_functions() {
        let any = json!({"type": "any"});
        let arguments = vec![any.clone(); function.arity.unwrap().into()];
        let declaration = json!({"type": "function", "args": arguments, "result": any});
        builtins.push(json!({"name": function.name, "decl": declaration}));
    }
    let declared = env.write("capabilities.json", &capabilities.to_string());
    // Each is a module of its own: their packages have one name.
    for file in files() {
        succeed(env.peer("opa").args(["check", "--strict", "--capabilities"]).arg(&declared).arg(file));
    }
}
