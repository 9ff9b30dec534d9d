//! The report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

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
            (_, false) => "nothing more",
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
        let mut ids: Vec<(&String, &usize)> = self.ids.iter().collect();
        ids.sort_by_key(|(id, count)| (std::cmp::Reverse(**count), *id));
        let ids: Vec<String> = ids.into_iter().map(|(id, count)| format!("`{id}` {count}")).collect();
        let harmless: Vec<String> =
            self.harmless.iter().map(|(rule, count)| format!("{count} by {}", rule + 1)).collect();
        let harmless = if harmless.is_empty() { "none".to_owned() } else { harmless.join(", ") };
        let all = self.failed + self.harmless.values().sum::<usize>();
        let Self { name, demands, objects, in_place, failed, .. } = self;
        let ids = ids.join(", ");
        let _ = writeln!(
            text,
            "| `{name}` | {demands} | {objects} | {in_place} | {all} | {failed} | {ids} | {harmless} |"
        );
    }
}

pub(super) fn report(lines: &[Line]) -> String {
    let mut text = "# Mutations\n\n\
        <!-- Made by `DHI_UPDATE=1 cargo test --test it mutations`. -->\n\n\
        One thing at a time is changed in a fixture and the fixture is verified again. What is changed is found by walking the JSON of\n\
        every object that the verification fetches: indexes, manifests, configurations, statements, signed payloads, bundles, lists of\n\
        referrers, and the JSON inside log annotations, bodies of log entries and envelopes. A value becomes another one (of base64 one\n\
        bit), is taken away, gets another name, another type, or stands twice.\n\n\
        *In place* the object keeps its digest, as when somebody changes a file or an answer. *Relinked* everything that holds its\n\
        descriptor is rewritten with right digests and sizes up to the tag, as by somebody with write access to the registry; only what\n\
        is signed cannot follow. Every mutation in place fails, one for each object; of the relinked ones this is what became. A\n\
        mutation can fail with several ids.\n\n\
        Each fixture is asked the most demanding question that it answers. Of fixtures that fail, the question is whether a mutation\n\
        makes them pass; those are made by changing values and taking them away.\n\n"
        .to_owned();
    let head = "| fixture | demanded | objects | in place | relinked | failed | with | harmless |\n|---|---|---|---|---|---|---|---|\n";
    for (title, passes) in [("Fixtures that pass", true), ("Fixtures that fail", false)] {
        let _ = write!(text, "## {title}\n\n{head}");
        lines.iter().filter(|line| line.passes == passes).for_each(|line| line.row(&mut text));
        text.push('\n');
    }
    text.push_str("## Harmless by design\n\n| rule | what | why |\n|---|---|---|\n");
    for (number, rule) in RULES.iter().enumerate() {
        let _ = writeln!(text, "| {} | {} | {} |", number + 1, rule.what, rule.why);
    }
    text
}
