//! An exception excuses one finding of one image until one day, and only a "no" of a policy: a proof that is bad
//! or missing, and an answer that could not be had, stay what they are. One that excuses nothing is reported.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regex::Regex;
use serde::Deserialize;

use crate::error::{Exit, Explain, Id, Problem};
use crate::evidence::{Check, Outcome, Verdict};
use crate::oci::{Digest, Reference};

/// What may be wrong for a while, in the order of the file.
#[derive(Debug, Default)]
pub struct Exceptions {
    all: Vec<Exception>,
    origin: String,
}

/// One of them.
#[derive(Debug)]
pub struct Exception {
    image: Pattern,
    /// The id of the finding, such as `base/not-dhi`.
    pub check: Id,
    /// Why, for those who read the report.
    pub reason: String,
    /// The last day on which it counts, in UTC.
    pub expires: Date,
}

/// Which images are meant.
#[derive(Debug)]
enum Pattern {
    /// This very content under this name.
    Digest { name: String, digest: Digest },
    /// Names, with or without tag. `*` stands for anything but a slash, `**` for anything.
    Glob { text: String, regex: Regex },
}

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin} holds no exceptions that can be used: {cause}")]
pub struct Error {
    /// The file.
    pub origin: String,
    /// What is wrong, with its place where that is known.
    pub cause: String,
}

impl Explain for Error {
    fn problem(&self) -> Problem {
        Problem::new(Id::PolicyExceptions, self.to_string())
            .hint("each is `- {image: NAME@sha256:… or a glob, check: ID, reason: TEXT, expires: YYYY-MM-DD}`")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    image: String,
    check: String,
    reason: String,
    expires: String,
}

/// What became of an exception in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It excused something.
    Used,
    /// Nothing that it excuses was found.
    Unused,
    /// Its last day is over.
    Expired,
}

impl Use {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::Expired => "expired",
        }
    }
}

impl Exceptions {
    /// Reads a YAML list. Unknown members, ids that are in no catalogue or that are no "no" of a policy, empty reasons and
    /// days that do not exist are errors.
    pub fn from_yaml(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error { origin: origin.to_owned(), cause };
        let text = std::str::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        let entries: Vec<Entry> = serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let mut all = Vec::with_capacity(entries.len());
        for (number, entry) in entries.into_iter().enumerate() {
            let wrong = |cause: String| wrong(format!("exception {}: {cause}", number + 1));
            let check = Id::from_text(&entry.check)
                .ok_or_else(|| wrong(format!("`{}` is no error id", entry.check)))?;
            if check.entry().exit != Exit::Fail {
                let cause = format!("`{check}` is no finding of a policy, and is never excused");
                return Err(wrong(cause));
            }
            if entry.reason.trim().is_empty() {
                return Err(wrong("its reason is empty".to_owned()));
            }
            let expires: Date =
                entry.expires.parse().map_err(|error| wrong(format!("`expires`: {error}")))?;
            all.push(Exception {
                image: Pattern::parse(&entry.image).map_err(wrong)?,
                check,
                reason: entry.reason,
                expires,
            });
        }
        Ok(Self { all, origin: origin.to_owned() })
    }

    /// Turns what is excused at `now` into warnings that say by which exception. Gives the places of those that were
    /// used.
    pub fn apply(
        &self,
        reference: &Reference,
        digest: &Digest,
        verdict: &mut Verdict,
        now: Timestamp,
    ) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        for check in &mut verdict.checks {
            let Some(id) = excusable(check) else { continue };
            let excuse = self.all.iter().enumerate().find(|(_, exception)| {
                exception.check == id
                    && !exception.is_over(now)
                    && exception.image.matches(reference, digest)
            });
            if let Some((place, exception)) = excuse {
                used.insert(place);
                let until = format!("{}, until {}", exception.reason, exception.expires);
                warn(check, "excused", &until);
            }
        }
        verdict.settle();
        used
    }

    /// Every exception with what became of it at `now`, when those at `used` were used.
    pub fn uses(
        &self,
        used: &BTreeSet<usize>,
        now: Timestamp,
    ) -> impl Iterator<Item = (&Exception, Use)> {
        self.all.iter().enumerate().map(move |(place, exception)| {
            let outcome = match (used.contains(&place), exception.is_over(now)) {
                (true, _) => Use::Used,
                (false, true) => Use::Expired,
                (false, false) => Use::Unused,
            };
            (exception, outcome)
        })
    }

    /// Where they came from.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

/// Before `from` nothing that a policy finds counts: all of it becomes warnings.
pub fn enforce_from(from: Timestamp, now: Timestamp, verdict: &mut Verdict) {
    if now >= from {
        return;
    }
    for check in &mut verdict.checks {
        if excusable(check).is_some() {
            warn(check, "enforced from", &from.to_string());
        }
    }
    verdict.settle();
}

/// The id of a finding of a policy; nothing else is ever excused.
fn excusable(check: &Check) -> Option<Id> {
    let problem = check.problem.as_ref()?;
    (check.outcome == Outcome::Fail && problem.exit() == Exit::Fail).then_some(problem.id)
}

fn warn(check: &mut Check, fact: &str, value: &str) {
    check.outcome = Outcome::Warn;
    check.problem = check.problem.take().map(|problem| problem.fact(fact, value));
}

impl Exception {
    fn is_over(&self, now: Timestamp) -> bool {
        now.to_zoned(TimeZone::UTC).date() > self.expires
    }
}

/// The image as it was written.
impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.image {
            Pattern::Digest { name, digest } => write!(f, "{name}@{digest}"),
            Pattern::Glob { text, .. } => f.write_str(text),
        }
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some((_, digest)) = text.split_once('@') {
            let digest: Digest = digest.parse().map_err(|error| format!("`image`: {error}"))?;
            let reference: Reference = text.parse().map_err(|error| format!("`image`: {error}"))?;
            return Ok(Self::Digest { name: reference.repository.to_string(), digest });
        }
        if text.trim().is_empty() {
            return Err("`image` is empty".to_owned());
        }
        let pattern = regex::escape(text).replace(r"\*\*", ".*").replace(r"\*", "[^/]*");
        let regex = Regex::new(&format!(r"\A(?:{pattern})\z")).map_err(|error| error.to_string())?;
        Ok(Self::Glob { text: text.to_owned(), regex })
    }

    fn matches(&self, reference: &Reference, root: &Digest) -> bool {
        let name = reference.repository.to_string();
        match self {
            Self::Digest { name: own, digest } => *own == name && digest == root,
            Self::Glob { regex, .. } => {
                let tagged = reference.tag.as_ref().map(|tag| format!("{name}:{tag}"));
                regex.is_match(&name) || tagged.is_some_and(|tagged| regex.is_match(&tagged))
            }
        }
    }
}
