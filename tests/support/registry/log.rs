//! What a registry was asked, and how much of it one after another.

use std::time::Instant;

use super::InMemoryRegistry;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct LoggedRequest {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) status: u16,
    /// When its head had been read.
    pub(crate) start: Instant,
    /// When its answer began to be written.
    pub(crate) end: Instant,
}

impl LoggedRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

impl InMemoryRegistry {
    /// All requests so far.
    pub(crate) fn log(&self) -> Vec<LoggedRequest> {
        self.state.log.lock().unwrap().clone()
    }

    /// Forgets them.
    pub(crate) fn clear_log(&self) {
        self.state.log.lock().unwrap().clear();
    }

    /// `METHOD TARGET STATUS` of each, in the order of their answers.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.log().iter().map(|one| format!("{} {} {}", one.method, one.target, one.status)).collect()
    }

    /// How many requests had a target that begins so.
    pub(crate) fn count(&self, target: &str) -> usize {
        self.log().iter().filter(|one| one.target.starts_with(target)).count()
    }
}

impl InMemoryRegistry {
    /// How many requests came after a longest sequence of none, of one, of two, … of which each starts after the one
    /// before has ended. Without [`InMemoryRegistry::in_rounds`], requests sent at once can look sequential.
    pub(crate) fn levels(&self) -> Vec<usize> {
        let mut logs = self.log();
        logs.sort_by_key(|one| one.end);
        let mut ended: Vec<(Instant, usize)> = Vec::new();
        let mut levels = Vec::new();
        for one in logs {
            let before = ended.iter().filter(|(end, _)| *end <= one.start).map(|(_, level)| level + 1).max();
            let level = before.unwrap_or_default();
            ended.push((one.end, level));
            levels.resize(levels.len().max(level + 1), 0);
            levels[level] += 1;
        }
        levels
    }
}
