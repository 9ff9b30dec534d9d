//! Built-in functions and whole policies beside `opa eval`: each result is compared with that of the same text there.

mod documents;
mod functions;
mod generated;
mod whole;

use std::collections::BTreeMap;

use dhi::policy::facts::ImageFacts;
use dhi::policy::rego::builtins::{ANY_NUMBER, OFFERED};
use dhi::policy::rego::{ImageValues, RegoPolicy, Settings, evaluate};
use serde_json::Value;

use crate::support::peers::PeerEnv;

/// Facts of an image that has nothing: the generated modules read no input.
fn no_facts() -> ImageFacts {
    let digest = format!("sha256:{}", "0".repeat(64));
    serde_json::from_value(serde_json::json!({
        "reference": "", "name": "", "tags": [], "digest": digest,
        "platform": {"os": "linux", "architecture": "amd64"}, "kind": "image",
        "config": null, "manifest": null, "index": null,
        "root": {"digest": digest, "signature": {"outcome": "absent"}},
        "standing": "unknown", "base": null, "findings": null,
    }))
    .unwrap()
}

/// The functions whose result OPA may hold as a text that is not UTF-8. There is no answer here then: the text of a
/// policy is UTF-8.
const BYTES: &[&str] =
    &["base64.decode", "base64url.decode", "hex.decode", "replace", "strings.replace_n", "urlquery.decode"];

/// Whether a formatted result of OPA has escapes of single bytes that are no ASCII.
fn has_bytes(formatted: &Value) -> bool {
    let text = formatted.as_str().unwrap_or_default();
    let escapes = text.match_indices("\\x").filter_map(|(at, _)| text.get(at + 2..at + 4));
    escapes.filter_map(|digits| u8::from_str_radix(digits, 16).ok()).any(|byte| byte >= 0x80)
}

#[test]
fn functions_answer_as_opa_does() {
    let Some(env) = PeerEnv::with(&["opa"]) else { return };
    let calls = functions::calls();
    let mut defined = BTreeMap::<&str, usize>::new();
    let mut different = Vec::new();
    // One module for all would make OPA's compiler slow.
    for calls in &calls {
        let name = calls.name;
        let source = generated::module(std::slice::from_ref(calls));
        env.write("module.rego", &source);
        let theirs =
            env.run("opa", ["eval", "--format", "raw", "--data", "module.rego", "data.docker.scout.r0"]);
        let theirs: Value = serde_json::from_str(&theirs).unwrap();
        let policy = RegoPolicy::parse("module.rego", &source).unwrap();
        let settings = Settings { now: jiff::Timestamp::UNIX_EPOCH, prints: false, bindings: true };
        let evaluation = evaluate(&policy, &ImageValues::new(no_facts()), &settings);
        let ours = &evaluation.bindings["r0"];
        assert!(ours.is_object(), "{name}: {:?}", evaluation.verdict);
        for (number, arguments) in calls.arguments.iter().enumerate() {
            let number = number.to_string();
            let (their, our) = (theirs.get(&number), ours.get(&number));
            *defined.entry(name).or_default() += usize::from(our.is_some());
            let bytes = BYTES.contains(&name) && our.is_none() && their.is_some_and(has_bytes);
            if their != our && !bytes {
                different.push(format!("{name}({}): opa {their:?}, here {our:?}", arguments.join(", ")));
            }
        }
    }
    assert!(different.is_empty(), "{} differ\n{}", different.len(), different.join("\n"));
    // Each function has answers, and each that is offered was called.
    for offered in
        OFFERED.iter().filter(|offered| ![ANY_NUMBER, "time.now_ns", "walk"].contains(&offered.name))
    {
        let count = defined.get(offered.name).copied().unwrap_or(0);
        assert!(count >= 10, "{}: {count} calls have an answer", offered.name);
    }
}
