//! The conclusion of a run in one word, for one image and for all of them.
//!
//! Every output takes the words and the counts from here, so that no output reports a pass for what was not judged,
//! or hides that it passes only by an exception.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::check::{Check, Excused};
use crate::diagnostic::Exit;

/// The conclusion about one image.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conclusion {
    /// Everything that the policy requires holds.
    Pass,
    /// It passes only because these findings are excused. At least one is.
    Excused(Excuses),
    /// Something that the policy requires does not hold.
    Fail,
    /// The result is open: a registry or a login is missing, or a limit was reached.
    Unknown,
    /// It was found and not judged.
    NotJudged,
}

/// The conclusion without the exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ConclusionKind {
    /// It holds, with or without exceptions.
    Pass,
    /// It does not hold.
    Fail,
    /// The result is open.
    Unknown,
    /// It was not judged.
    NotJudged,
}

/// Findings of a policy that do not count, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excuses {
    /// The number of findings that exceptions excuse, and the last day of the first exception to end.
    excepted: Option<(usize, Date)>,
    /// The number of findings of a policy that is not enforced yet, and when it will be.
    not_enforced: Option<(usize, Timestamp)>,
}

/// The conclusions of one run, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    passed: usize,
    failed: usize,
    unknown: usize,
    not_judged: usize,
    excuses: Excuses,
    exit: Exit,
}

impl ConclusionKind {
    /// The text for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotJudged => "not judged",
        }
    }

    /// The text in documents for programs.
    pub fn id(self) -> &'static str {
        match self {
            Self::NotJudged => "not-judged",
            word => word.as_str(),
        }
    }
}

impl Conclusion {
    /// The conclusion of an exit code, if nothing is excused.
    pub fn of(exit: Exit) -> Self {
        match exit {
            Exit::Pass => Self::Pass,
            exit if exit.is_open() => Self::Unknown,
            _ => Self::Fail,
        }
    }

    /// The conclusion with the excused findings, without which it would not pass.
    pub(super) fn with(self, excuses: Excuses) -> Self {
        match self {
            Self::Pass if !excuses.is_empty() => Self::Excused(excuses),
            other => other,
        }
    }

    /// The conclusion without the exceptions.
    pub fn kind(&self) -> ConclusionKind {
        match self {
            Self::Pass | Self::Excused(_) => ConclusionKind::Pass,
            Self::Fail => ConclusionKind::Fail,
            Self::Unknown => ConclusionKind::Unknown,
            Self::NotJudged => ConclusionKind::NotJudged,
        }
    }

    /// The excused findings, if there are any.
    pub fn excuses(&self) -> Option<&Excuses> {
        match self {
            Self::Excused(excuses) => Some(excuses),
            _ => None,
        }
    }
}

/// `pass`, `pass (1 finding excused until 2026-12-31)`, `fail`.
impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().as_str())?;
        self.excuses().map_or(Ok(()), |excuses| write!(f, " ({excuses})"))
    }
}

impl Excuses {
    /// The excused findings in `checks`. Equal findings of several platforms count once, as one exception names them.
    pub fn of(checks: &[Check]) -> Self {
        let mut seen = BTreeSet::new();
        let mut excuses = Self::default();
        for check in checks {
            let (Some(excused), Some(diagnostic)) = (&check.excused, &check.diagnostic) else { continue };
            if check.counts() || !seen.insert(diagnostic.code) {
                continue;
            }
            excuses.merge(&match excused {
                Excused::Exception { expires, .. } => {
                    Self { excepted: Some((1, *expires)), ..Self::default() }
                }
                Excused::NotEnforced { from } => Self { not_enforced: Some((1, *from)), ..Self::default() },
            });
        }
        excuses
    }

    /// One finding that an exception excuses until this day.
    pub fn until(day: Date) -> Self {
        Self { excepted: Some((1, day)), ..Self::default() }
    }

    /// Whether nothing is excused.
    pub fn is_empty(&self) -> bool {
        self.excepted.is_none() && self.not_enforced.is_none()
    }

    /// The number of findings that exceptions excuse, and the last day of the first exception to end.
    pub fn excepted(&self) -> Option<(usize, Date)> {
        self.excepted
    }

    /// The number of findings of a policy that is not enforced yet, and when it will be.
    pub fn not_enforced(&self) -> Option<(usize, Timestamp)> {
        self.not_enforced
    }

    /// Adds the findings of another image. The earliest end counts: after it the run no longer passes.
    fn merge(&mut self, other: &Self) {
        self.excepted = earliest(self.excepted, other.excepted);
        self.not_enforced = earliest(self.not_enforced, other.not_enforced);
    }
}

fn earliest<T: Ord>(one: Option<(usize, T)>, other: Option<(usize, T)>) -> Option<(usize, T)> {
    match (one, other) {
        (Some((count, end)), Some((more, other))) => Some((count + more, end.min(other))),
        (one, other) => one.or(other),
    }
}

/// `1 finding excused until 2026-12-31`, `not enforced until 2026-12-31`.
impl fmt::Display for Excuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((count, until)) = self.excepted {
            write!(f, "{count} finding{} excused until {until}", if count == 1 { "" } else { "s" })?;
        }
        match (self.excepted, self.not_enforced) {
            (_, None) => Ok(()),
            (None, Some((_, from))) => write!(f, "not enforced until {}", day(from)),
            (Some(_), Some((count, from))) => write!(f, ", {count} not enforced until {}", day(from)),
        }
    }
}

/// The day in UTC, or the time if it is not midnight.
fn day(time: Timestamp) -> String {
    let utc = time.to_zoned(TimeZone::UTC);
    if utc.time() == Time::midnight() { utc.date().to_string() } else { time.to_string() }
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            passed: 0,
            failed: 0,
            unknown: 0,
            not_judged: 0,
            excuses: Excuses::default(),
            exit: Exit::Pass,
        }
    }
}

impl Tally {
    /// Counts one conclusion with its exit code.
    pub fn add(&mut self, conclusion: &Conclusion, exit: Exit) {
        match conclusion {
            Conclusion::Pass => self.passed += 1,
            Conclusion::Excused(excuses) => {
                self.passed += 1;
                self.excuses.merge(excuses);
            }
            Conclusion::Fail => self.failed += 1,
            Conclusion::Unknown => self.unknown += 1,
            Conclusion::NotJudged => self.not_judged += 1,
        }
        self.exit = self.exit.max(exit);
    }

    /// Adds excused findings of an object that has no conclusion of its own.
    pub fn excuse(&mut self, excuses: &Excuses) {
        self.excuses.merge(excuses);
    }

    /// The number of images that were judged, or should have been.
    pub fn images(&self) -> usize {
        self.passed + self.failed + self.unknown
    }

    /// The number of images that passed, with or without exceptions.
    pub fn passed(&self) -> usize {
        self.passed
    }

    /// The number of images that failed.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// The number of images with an open result.
    pub fn unknown(&self) -> usize {
        self.unknown
    }

    /// The number of parts that were not judged.
    pub fn not_judged(&self) -> usize {
        self.not_judged
    }

    /// The excused findings of the images that passed.
    pub fn excuses(&self) -> &Excuses {
        &self.excuses
    }

    /// The most severe exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The conclusion over all: that of the most severe exit code. If nothing failed, and something is unknown, it is
    /// `Unknown`; if nothing but unjudged parts was found, `NotJudged`.
    pub fn conclusion(&self) -> Conclusion {
        match Conclusion::of(self.exit) {
            Conclusion::Pass if self.images() == 0 && self.not_judged > 0 => Conclusion::NotJudged,
            Conclusion::Fail if self.failed == 0 && self.unknown > 0 => Conclusion::Unknown,
            other => other.with(self.excuses.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Diagnostic};
    use crate::evidence::{CheckKind, CheckSubject, Outcome};

    const EXITS: [(Exit, ConclusionKind); 9] = [
        (Exit::Pass, ConclusionKind::Pass),
        (Exit::Fail, ConclusionKind::Fail),
        (Exit::Usage, ConclusionKind::Fail),
        (Exit::Missing, ConclusionKind::Fail),
        (Exit::Unavailable, ConclusionKind::Unknown),
        (Exit::Denied, ConclusionKind::Unknown),
        (Exit::Limit, ConclusionKind::Unknown),
        (Exit::BadProof, ConclusionKind::Fail),
        (Exit::Bug, ConclusionKind::Fail),
    ];

    fn excused(code: Code, by: Excused) -> Check {
        let diagnostic = Diagnostic::new(code, "no");
        let check = Check::noted(CheckKind::Base, CheckSubject::Root, "index", Outcome::Fail, diagnostic);
        Check { excused: Some(by), ..check }
    }

    fn until(day: &str) -> Excused {
        Excused::Exception { reason: "rebuild".to_owned(), expires: day.parse().unwrap() }
    }

    fn from(time: &str) -> Excused {
        Excused::NotEnforced { from: time.parse().unwrap() }
    }

    #[test]
    fn the_most_severe_exit_code_decides_the_conclusion() {
        for (exit, word) in EXITS {
            assert_eq!(Conclusion::of(exit).kind(), word, "{exit:?}");
            for (other, of_other) in EXITS {
                let mut tally = Tally::default();
                tally.add(&Conclusion::of(exit), exit);
                tally.add(&Conclusion::of(other), other);
                let worst = if exit > other { word } else { of_other };
                assert_eq!(tally.conclusion().kind(), worst, "{exit:?} {other:?}");
                assert_eq!(tally.images(), 2);
                let passed =
                    [word, of_other].into_iter().filter(|word| *word == ConclusionKind::Pass).count();
                assert_eq!(tally.passed(), passed, "{exit:?} {other:?}");
            }
        }
    }

    #[test]
    fn unjudged_parts_are_counted_and_never_pass() {
        let mut tally = Tally::default();
        tally.add(&Conclusion::NotJudged, Exit::Pass);
        assert_eq!(
            (tally.conclusion(), tally.images(), tally.exit()),
            (Conclusion::NotJudged, 0, Exit::Pass)
        );
        tally.add(&Conclusion::Pass, Exit::Pass);
        assert_eq!((tally.conclusion(), tally.images(), tally.not_judged()), (Conclusion::Pass, 1, 1));
        tally.add(&Conclusion::NotJudged, Exit::Fail);
        assert_eq!(tally.conclusion(), Conclusion::Fail);
    }

    #[test]
    fn excused_findings_are_counted_and_the_first_end_counts() {
        let text = |checks: &[Check]| Conclusion::Pass.with(Excuses::of(checks)).to_string();
        let (not_dhi, claims) = (Code::BASE_NOT_DHI, Code::BASE_CLAIMS_ONLY);
        assert_eq!(text(&[]), "pass");
        // Two platforms with one finding.
        let one = excused(not_dhi, until("2026-12-31"));
        assert_eq!(text(&[one.clone(), one.clone()]), "pass (1 finding excused until 2026-12-31)");
        let other = excused(claims, until("2026-11-30"));
        assert_eq!(text(&[one.clone(), other]), "pass (2 findings excused until 2026-11-30)");
        let later = excused(claims, from("2027-01-31T00:00:00Z"));
        assert_eq!(text(std::slice::from_ref(&later)), "pass (not enforced until 2027-01-31)");
        assert_eq!(
            text(&[one.clone(), later]),
            "pass (1 finding excused until 2026-12-31, 1 not enforced until 2027-01-31)"
        );
        let noon = excused(claims, from("2027-01-31T12:00:00Z"));
        assert_eq!(text(&[noon]), "pass (not enforced until 2027-01-31T12:00:00Z)");
        // An exception on a failure that is not a policy's excuses nothing.
        let bad = excused(Code::TRUST_TAMPERED, until("2026-12-31"));
        assert!(bad.counts() && Excuses::of(&[bad]).is_empty());
        // A failure is not a pass, whatever else is excused.
        assert_eq!(Conclusion::Fail.with(Excuses::of(&[one])), Conclusion::Fail);
    }

    #[test]
    fn what_is_unknown_is_no_failure() {
        let mut tally = Tally::default();
        tally.add(&Conclusion::Pass, Exit::Pass);
        tally.add(&Conclusion::Unknown, Exit::Fail);
        assert_eq!((tally.conclusion(), tally.exit()), (Conclusion::Unknown, Exit::Fail));
        tally.add(&Conclusion::Fail, Exit::Fail);
        assert_eq!(tally.conclusion(), Conclusion::Fail);
    }
}
