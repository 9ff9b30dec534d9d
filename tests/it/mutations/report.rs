//! Writes `docs/mutations.md` from the results of all mutations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use dhi::cli::bullet;
use dhi::trust::LogPolicy;

use super::Question;
use super::harmless::RULES;

/// What came of one fixture.
pub(super) struct Line {
    name: String,
    demands: &'static str,
    passes: bool,
    objects: usize,
    /// Mutations under the old digest.
    pub(super) in_place: usize,
    failed: usize,
    ids: BTreeMap<String, usize>,
    harmless: BTreeMap<usize, usize>,
}

impl Line {
    pub(super) fn new(question: &Question, objects: usize) -> Self {
        let demands = match (question.log, question.root) {
            (LogPolicy::Require, true) => "log, index signature",
            (LogPolicy::Require, false) => "log",
            (_, true) => "index signature",
            (_, false) => "nothing",
        };
        Self {
            name: question.layout.clone(),
            demands,
            passes: question.passes,
            objects,
            in_place: 0,
            failed: 0,
            ids: BTreeMap::new(),
            harmless: BTreeMap::new(),
        }
    }

    pub(super) fn failed(&mut self, ids: BTreeSet<String>) {
        self.failed += 1;
        for id in ids {
            *self.ids.entry(id).or_default() += 1;
        }
    }

    pub(super) fn harmless(&mut self, rule: usize) {
        *self.harmless.entry(rule).or_default() += 1;
    }

    fn row(&self, text: &mut String) {
        let harmless: Vec<String> =
            self.harmless.iter().map(|(rule, count)| format!("{count} by {}", rule + 1)).collect();
        let harmless = if harmless.is_empty() { "none".to_owned() } else { harmless.join(", ") };
        let all = self.failed + self.harmless.values().sum::<usize>();
        let Self { name, demands, objects, in_place, failed, .. } = self;
        let _ = writeln!(
            text,
            "| `{name}` | {demands} | {objects} | {in_place} | {all} | {failed} | {harmless} |"
        );
    }

    /// How many mutations failed with each id.
    fn ids(&self, text: &mut String) {
        let mut ids: Vec<(&String, &usize)> = self.ids.iter().collect();
        ids.sort_by_key(|(id, count)| (std::cmp::Reverse(**count), *id));
        let ids: Vec<String> = ids.into_iter().map(|(id, count)| format!("`{id}` {count}")).collect();
        text.push_str(&bullet(&format!("`{}`: {}", self.name, ids.join(", "))));
    }
}

pub(super) fn report(lines: &[Line]) -> String {
    let mut text = "# Mutations\n\n\
        <!-- Made by `DHI_UPDATE=1 cargo test --test it mutations`. -->\n\n\
        This page lists what `dhi` reports when one fact of a fixture is changed. Each test changes one thing and verifies the\n\
        fixture again. The changes are found by walking the JSON of every object that the verification fetches: indexes,\n\
        manifests, configurations, statements, signed payloads, bundles, lists of referrers, and the JSON inside log annotations,\n\
        bodies of log entries and envelopes. A value is replaced (one bit of base64 text is flipped), removed, renamed, changed\n\
        in its type, or repeated.\n\n\
        * *In place*: the object keeps its digest, as when a file or a response is changed.\n\
        * *Relinked*: everything that holds the descriptor of the object is rewritten with the new digest and size, up to the\n  \
        tag. This is what an attacker with write access to the registry can do. Only signed content cannot be rewritten.\n\n\
        Every mutation in place fails; there is one for each object. The tables show the result of the relinked mutations. One\n\
        mutation can fail with several ids.\n\n\
        Each fixture is verified with the strictest options under which it passes. Fixtures that fail are tested for mutations\n\
        that make them pass; there values are only replaced and removed.\n\n"
        .to_owned();
    let head = "| fixture | required | objects | in place | relinked | failed | harmless |\n|---|---|---|---|---|---|---|\n";
    for (title, passes) in [("Fixtures that pass", true), ("Fixtures that fail", false)] {
        let _ = write!(text, "## {title}\n\n{head}");
        lines.iter().filter(|line| line.passes == passes).for_each(|line| line.row(&mut text));
        text.push_str("\nIds of the failures:\n\n");
        lines.iter().filter(|line| line.passes == passes).for_each(|line| line.ids(&mut text));
        text.push('\n');
    }
    text.push_str("## Harmless by design\n\nThe column *harmless* names these rules by their number.\n\n");
    for (number, rule) in RULES.iter().enumerate() {
        text.push_str(&bullet(&format!("Rule {}: {}. Reason: {}.", number + 1, rule.what, rule.why)));
    }
    text
}
