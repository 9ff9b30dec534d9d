//! The warnings of all decisions, equal ones folded, so that none is lost in a long table.

use std::collections::HashMap;

use super::run::{AppliedRun, DecidedFinding};
use super::wording;

/// The findings that are named for one warning, and the lines that are shown for one kind of warnings.
const SHOWN: usize = 3;

/// The warnings of one kind.
#[derive(Default)]
struct Kind {
    id: &'static str,
    /// Each text, with the findings that it is about.
    texts: Vec<(String, Vec<String>)>,
    known: HashMap<String, usize>,
}

/// The first warnings of each kind with the findings that they are about, and how many more there are.
pub(in crate::report) fn lines(run: &AppliedRun<'_>) -> Vec<String> {
    let mut kinds: Vec<Kind> = Vec::new();
    for found in run.findings() {
        for warning in &found.decision.warnings {
            let at = kinds.iter().position(|kind| kind.id == warning.id()).unwrap_or_else(|| {
                kinds.push(Kind { id: warning.id(), ..Kind::default() });
                kinds.len() - 1
            });
            if let Some(kind) = kinds.get_mut(at) {
                kind.add(wording::warning(warning, run.statements()), name(&found));
            }
        }
    }
    kinds.iter().flat_map(Kind::lines).collect()
}

impl Kind {
    fn add(&mut self, text: String, name: String) {
        let at = *self.known.entry(text.clone()).or_insert(self.texts.len());
        match self.texts.get_mut(at) {
            Some((_, names)) => names.push(name),
            None => self.texts.push((text, vec![name])),
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .texts
            .iter()
            .take(SHOWN)
            .map(|(text, names)| {
                let shown = names.get(..SHOWN).unwrap_or(names).join(", ");
                let more = names.len().saturating_sub(SHOWN);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("warning[{}]: {shown}{more}: {text}", self.id)
            })
            .collect();
        let more = self.texts.len().saturating_sub(SHOWN);
        lines.extend((more > 0).then(|| format!("warning[{}]: and {more} more of this kind", self.id)));
        lines
    }
}

fn name(found: &DecidedFinding<'_>) -> String {
    format!("{} of {}", found.finding.id, found.package())
}
