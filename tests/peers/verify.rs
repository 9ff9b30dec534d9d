//! `dhi verify`, run as a program, and its JSON document.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::cosign::Form;
use crate::support::peers::{PeerEnv, both};

/// What `dhi verify` said.
#[derive(Debug)]
pub(crate) struct Verdict {
    exit: i32,
    document: Value,
    /// Command line and output, for messages.
    story: String,
}

/// Runs `dhi verify` with `arguments`, without cache unless they speak of one.
pub(crate) fn verify(env: &PeerEnv, arguments: &[&str]) -> Verdict {
    Verdict::of(command(env, arguments))
}

/// The same under `attested`: about what is signed, whatever the image is built on.
pub(crate) fn verify_attested(env: &PeerEnv, arguments: &[&str]) -> Verdict {
    verify(env, &[&ATTESTED_ONLY, arguments].concat())
}

/// Flags of [`verify_attested`].
pub(crate) const ATTESTED_ONLY: [&str; 2] = ["--policy", "attested"];

pub(crate) fn command(env: &PeerEnv, arguments: &[&str]) -> Command {
    let mut command = env.dhi(&[]);
    command.args(["verify", "--format", "json", "--plain-http", "127.0.0.1"]);
    if !arguments.iter().any(|argument| matches!(*argument, "--offline" | "--cache-dir")) {
        command.arg("--no-cache");
    }
    command.args(arguments);
    command
}

impl Verdict {
    pub(crate) fn of(mut command: Command) -> Self {
        let output = command.output().unwrap();
        let story = format!("{command:?}\n{}", both(&output));
        let document = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Self { exit: output.status.code().unwrap_or(-1), document, story }
    }

    /// Asserts that the index has a good signature and that exactly `attestations` are there, all verified, all
    /// signed in this form.
    pub(crate) fn passes(&self, attestations: usize, form: Form) {
        assert_eq!(self.exit, 0, "{self}");
        assert_eq!(self.image()["rootSignature"]["outcome"], "good", "{self}");
        assert_eq!(self.image()["rootSignature"]["signature"]["form"], form.word(), "{self}");
        self.attestations_are(attestations, form);
    }

    /// Asserts the same, save that nothing is said about the index.
    pub(crate) fn attestations_are(&self, count: usize, form: Form) {
        assert_eq!(self.exit, 0, "{self}");
        let forms = self.verified(|one| one["signature"]["form"].as_str().unwrap().to_owned());
        assert_eq!(forms, BTreeMap::from([(form.word().to_owned(), count)]), "{self}");
        assert_eq!(self.attestations().count(), count, "{self}");
    }

    /// Asserts the exit code and that these are all errors.
    pub(crate) fn ends(&self, exit: i32, ids: &[&str]) {
        assert_eq!((self.exit, self.errors().as_slice()), (exit, ids), "{self}");
    }

    /// The ids of all errors that count, each once.
    fn errors(&self) -> Vec<&str> {
        let checks = self.image()["checks"].as_array().into_iter().flatten();
        let counting = checks.filter(|check| matches!(check["outcome"].as_str(), Some("fail" | "unknown")));
        let problems = counting.map(|check| &check["failure"]).chain([&self.image()["error"]]);
        let mut ids: Vec<&str> = problems.filter_map(|problem| problem["code"].as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The one image that was asked about.
    pub(crate) fn image(&self) -> &Value {
        &self.document["images"][0]
    }

    fn members<'a>(&'a self, member: &'a str) -> impl Iterator<Item = &'a Value> {
        let platforms = self.image()["platforms"].as_array().into_iter().flatten();
        platforms.flat_map(move |platform| platform[member].as_array().into_iter().flatten())
    }

    /// The judged attestations of all platforms.
    fn attestations(&self) -> impl Iterator<Item = &Value> {
        self.members("attestations")
    }

    /// The referrers of all platforms that were listed and not judged.
    pub(crate) fn not_judged(&self) -> Vec<&Value> {
        self.members("notJudged").collect()
    }

    /// How many attestations verified, by what `class` sees in them.
    pub(crate) fn verified(&self, class: impl Fn(&Value) -> String) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for attestation in self.attestations().filter(|one| one["outcome"] == "verified") {
            *counts.entry(class(attestation)).or_default() += 1;
        }
        counts
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.story)
    }
}
