//! Reads exceptions and applies them to verdicts.
//!
//! An exception excuses one finding about one image, or about one text of a manifest that is not judged, until a
//! given day. It excuses only a failure of a policy; a bad or missing proof, and a result that is unknown, stay as
//! they are. An exception that excuses nothing is reported.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regex::Regex;

use crate::diagnostic::{Catalogue, Code, Diagnostic, Exit, Remedy, ToDiagnostic};
use crate::evidence::{Excused, Verdict};
use crate::oci::{Digest, Reference};
use crate::yaml::{self, Document, Value};

/// A list of exceptions, in the order of the file.
#[derive(Debug, Default)]
pub struct Exceptions {
    all: Vec<Exception>,
    origin: String,
}

/// One exception.
#[derive(Debug)]
pub struct Exception {
    target: Target,
    /// The id of the finding, such as `base/not-dhi`.
    pub check: Code,
    /// The policy in Rego whose violations it excuses; only with `policy/violation`, and always with it.
    pub policy: Option<String>,
    /// The reason, for readers of the report.
    pub reason: String,
    /// The last day on which it is valid, in UTC.
    pub expires: Date,
}

/// What an exception is about.
#[derive(Debug)]
enum Target {
    /// Images.
    Image(ImagePattern),
    /// Exactly this text of a manifest.
    Text(String),
}

/// The images that an exception is about.
#[derive(Debug)]
enum ImagePattern {
    /// This content under this name.
    Digest { name: String, digest: Digest },
    /// Names, with or without the tag. `*` matches anything but a slash, `**` matches anything.
    Glob { text: String, regex: Regex },
}

/// A file of exceptions that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin} is not a valid file of exceptions: {cause}")]
pub struct Error {
    /// The file.
    pub origin: String,
    /// What is wrong, with its position if it is known.
    pub cause: String,
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::new(Code::POLICY_EXCEPTIONS, self.to_string()).remedy(Remedy::WriteException)
    }
}

/// The status of an exception in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExceptionStatus {
    /// It excused something.
    Used,
    /// It matched no finding.
    Unused,
    /// Its last day is over.
    Expired,
}

impl ExceptionStatus {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::Expired => "expired",
        }
    }
}

impl Exceptions {
    /// Reads a YAML list of exceptions. `known` holds the codes that may be named, `origin` names the file in errors.
    ///
    /// # Errors
    ///
    /// [`Error`] for text that is not a YAML list, unknown members, codes that are unknown or not findings of a
    /// policy, empty reasons, and dates that do not exist.
    pub fn from_yaml(bytes: &[u8], origin: &str, known: Catalogue) -> Result<Self, Error> {
        let wrong = |cause: String| Error { origin: origin.to_owned(), cause };
        let text = std::str::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        let documents: Vec<Document> = yaml::documents(text, origin)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        let [document] = documents.as_slice() else {
            return Err(wrong(format!("{} documents, not one list", documents.len())));
        };
        let list =
            document.root().and_then(Value::items).ok_or_else(|| wrong("it is not a list".to_owned()))?;
        let all = list.map(|entry| {
            Exception::read(entry, known).map_err(|cause| wrong(format!("line {}: {cause}", entry.line())))
        });
        Ok(Self { all: all.collect::<Result<_, _>>()?, origin: origin.to_owned() })
    }

    /// Excuses the findings that an exception matches at `now`. Returns the indexes of the exceptions that were used.
    pub fn apply(
        &self,
        reference: &Reference,
        digest: &Digest,
        verdict: &mut Verdict,
        now: Timestamp,
    ) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        for check in &mut verdict.checks {
            let Some(code) = check.denial() else { continue };
            let matching = self.all.iter().enumerate().find(|(_, exception)| {
                exception.check == code
                    && exception.policy.as_deref() == check.subject.policy()
                    && !exception.is_over(now)
                    && exception.is_for(reference, digest)
            });
            if let Some((index, exception)) = matching {
                used.insert(index);
                let reason = exception.reason.clone();
                check.excused = Some(Excused::Exception { reason, expires: exception.expires });
            }
        }
        verdict.update_exit();
        used
    }

    /// The exception for exactly this text that is valid at `now`, and its index.
    pub fn of_text(&self, text: &str, now: Timestamp) -> Option<(usize, &Exception)> {
        self.all.iter().enumerate().find(|(_, exception)| {
            let is_target = matches!(&exception.target, Target::Text(target) if target == text);
            is_target && !exception.is_over(now)
        })
    }

    /// Every exception with its status at `now`. `used` holds the indexes of those that were used.
    pub fn statuses(
        &self,
        used: &BTreeSet<usize>,
        now: Timestamp,
    ) -> impl Iterator<Item = (&Exception, ExceptionStatus)> {
        self.all.iter().enumerate().map(move |(index, exception)| {
            let outcome = match (used.contains(&index), exception.is_over(now)) {
                (true, _) => ExceptionStatus::Used,
                (false, true) => ExceptionStatus::Expired,
                (false, false) => ExceptionStatus::Unused,
            };
            (exception, outcome)
        })
    }

    /// The exceptions that are valid at `now`, each with whether it is for `reference`, which resolved to `digest`.
    pub fn in_force(
        &self,
        reference: &Reference,
        digest: &Digest,
        now: Timestamp,
    ) -> impl Iterator<Item = (&Exception, bool)> {
        let valid = self.all.iter().filter(move |exception| !exception.is_over(now));
        valid.map(|exception| (exception, exception.is_for(reference, digest)))
    }

    /// Whether any exception is about images, so that it needs a finding of a policy.
    pub fn are_about_images(&self) -> bool {
        self.all.iter().any(|exception| matches!(exception.target, Target::Image(_)))
    }

    /// The file that they were read from.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

/// Excuses all findings of the policy before `from`.
pub fn enforce_from(from: Timestamp, now: Timestamp, verdict: &mut Verdict) {
    if now >= from {
        return;
    }
    for check in &mut verdict.checks {
        if check.denial().is_some() {
            check.excused = Some(Excused::NotEnforced { from });
        }
    }
    verdict.update_exit();
}

impl Exception {
    /// Whether it names a text of a manifest, and not images.
    pub fn is_about_text(&self) -> bool {
        matches!(self.target, Target::Text(_))
    }

    fn read(entry: Value<'_>, known: Catalogue) -> Result<Self, String> {
        const MEMBERS: [&str; 6] = ["image", "text", "check", "policy", "reason", "expires"];
        let members = entry.entries().ok_or_else(|| "it is not a mapping".to_owned())?;
        if let Some((unknown, _)) = members.iter().find(|(name, _)| !MEMBERS.contains(name)) {
            return Err(format!("`{unknown}` is not a member of an exception"));
        }
        let text = |name: &str| {
            let value = entry.get(name).ok_or_else(|| format!("`{name}` is missing"))?;
            match value.scalar() {
                Some(text) if value.tag().is_none() && !text.trim().is_empty() => Ok(text),
                _ => Err(format!("`{name}` is not a text")),
            }
        };
        let (id, expires) = (text("check")?, text("expires")?);
        let check = known.find(id).ok_or_else(|| format!("`{id}` is not an error id"))?;
        // A result that is unknown is no finding, although its exit code is the same.
        if check.exit() != Exit::Fail || check == Code::POLICY_UNKNOWN {
            return Err(format!("`{check}` is not a finding of a policy and is never excused"));
        }
        // One policy is excused, and not every policy that will ever be added.
        let policy = match (entry.get("policy"), check == Code::POLICY_VIOLATION) {
            (Some(_), true) => Some(text("policy")?.to_owned()),
            (None, true) => return Err(format!("`{check}` needs `policy`, the name of the policy")),
            (Some(_), false) => return Err(format!("`policy` belongs to `{}`", Code::POLICY_VIOLATION)),
            (None, false) => None,
        };
        let target = match (entry.get("image"), entry.get("text"), check == Code::ADMIT_NOT_JUDGED) {
            (Some(_), None, false) => Target::Image(ImagePattern::parse(text("image")?)?),
            // The text is compared as it is. It may be empty.
            (None, Some(value), true) => match value.text() {
                Some(exact) => Target::Text(exact.to_owned()),
                None => return Err("`text` is not a text: write quotes around it".to_owned()),
            },
            (None, None, _) => return Err("`image` is missing".to_owned()),
            (Some(_), Some(_), _) => return Err("it has both `image` and `text`".to_owned()),
            (Some(_), None, true) => {
                return Err(format!(
                    "`{check}` is about a text of a manifest: use `text` instead of `image`"
                ));
            }
            (None, Some(_), false) => {
                return Err(format!("`{check}` is about an image: use `image` instead of `text`"));
            }
        };
        Ok(Self {
            target,
            check,
            policy,
            reason: text("reason")?.to_owned(),
            expires: expires.parse().map_err(|error| format!("`expires`: {error}"))?,
        })
    }

    fn is_for(&self, reference: &Reference, digest: &Digest) -> bool {
        matches!(&self.target, Target::Image(images) if images.matches(reference, digest))
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now.to_zoned(TimeZone::UTC).date() > self.expires
    }
}

/// The image or text as it is written.
impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Image(ImagePattern::Digest { name, digest }) => write!(f, "{name}@{digest}"),
            Target::Image(ImagePattern::Glob { text, .. }) | Target::Text(text) => f.write_str(text),
        }
    }
}

impl ImagePattern {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some((_, digest)) = text.split_once('@') {
            let digest: Digest = digest.parse().map_err(|error| format!("`image`: {error}"))?;
            let reference: Reference = text.parse().map_err(|error| format!("`image`: {error}"))?;
            return Ok(Self::Digest { name: reference.repository.to_string(), digest });
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
                // If a digest is given, the tag was not resolved, and anyone can write any tag.
                let written = reference.digest.is_none().then(|| reference.to_string());
                regex.is_match(&name) || written.is_some_and(|written| regex.is_match(&written))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Check, CheckKind, CheckSubject, Claim, Outcome};

    const KNOWN: Catalogue = Catalogue::new(&[
        crate::diagnostic::CODES,
        crate::limits::CODES,
        crate::oci::CODES,
        crate::trust::CODES,
        crate::evidence::CODES,
        crate::policy::CODES,
    ]);

    const GOOD: &str = "- image: registry.example.com/acme/*\n  check: base/not-dhi\n  reason: until the rebuild\n  expires: 2026-12-31\n";

    fn read(text: &str) -> Result<Exceptions, Error> {
        Exceptions::from_yaml(text.as_bytes(), "file", KNOWN)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn verdict(ids: &[Code]) -> Verdict {
        let failures = ids.iter().map(|&id| Diagnostic::new(id, "x"));
        let checks = failures.map(|diagnostic| {
            Check::noted(CheckKind::Base, CheckSubject::OfSummary, "linux/amd64", Outcome::Fail, diagnostic)
        });
        let checks = checks.collect();
        let mut verdict = Verdict { claim: Claim::NotProven(Vec::new()), checks, exit: Exit::Pass };
        verdict.update_exit();
        verdict
    }

    fn excused(file: &str, reference: &str, ids: &[Code], now: &str) -> (Exit, usize) {
        let exceptions = read(file).unwrap();
        let mut verdict = verdict(ids);
        let digest = Digest::of(b"image");
        let used = exceptions.apply(&reference.parse().unwrap(), &digest, &mut verdict, at(now));
        (verdict.exit, used.len())
    }

    #[test]
    fn a_finding_is_excused_for_its_image_until_its_last_day() {
        let (image, not) = ("registry.example.com/acme/api:1", [Code::BASE_NOT_DHI]);
        assert_eq!(excused(GOOD, image, &not, "2026-12-31T23:59:59Z"), (Exit::Pass, 1));
        assert_eq!(excused(GOOD, image, &not, "2027-01-01T00:00:00Z"), (Exit::Fail, 0));
        assert_eq!(excused(GOOD, image, &[Code::BASE_CLAIMS_ONLY], "2026-01-01T00:00:00Z"), (Exit::Fail, 0));
        for other in ["registry.example.com/other/api:1", "registry.example.com/acme/team/api:1", "acme/api"]
        {
            assert_eq!(excused(GOOD, other, &not, "2026-01-01T00:00:00Z"), (Exit::Fail, 0), "{other}");
        }
        let deep = GOOD.replace("acme/*", "**");
        assert_eq!(
            excused(&deep, "registry.example.com/a/b/c", &not, "2026-01-01T00:00:00Z"),
            (Exit::Pass, 1)
        );
        let digest = Digest::of(b"image");
        let pinned = GOOD.replace("acme/*", &format!("acme/api@{digest}"));
        assert_eq!(excused(&pinned, image, &not, "2026-01-01T00:00:00Z"), (Exit::Pass, 1));
        let other = GOOD.replace("acme/*", &format!("acme/api@{}", Digest::of(b"other")));
        assert_eq!(excused(&other, image, &not, "2026-01-01T00:00:00Z"), (Exit::Fail, 0));
    }

    #[test]
    fn a_violation_is_excused_only_for_its_policy() {
        let of_policy = |policy: &str| {
            let diagnostic = Diagnostic::new(Code::POLICY_VIOLATION, "x");
            let subject = CheckSubject::PolicyOfSummary { policy: policy.to_owned() };
            Check::noted(CheckKind::Policy, subject, policy, Outcome::Fail, diagnostic)
        };
        let file = GOOD
            .replace("base/not-dhi", "policy/violation\n  policy: non-root")
            .replace("registry.example.com/acme/*", "'**'");
        let exceptions = read(&file).unwrap();
        let excuses = |policy: &str| {
            let checks = vec![of_policy(policy)];
            let mut verdict = Verdict::from_checks(Claim::NotProven(Vec::new()), checks);
            let (reference, digest) = ("acme/api:1".parse().unwrap(), Digest::of(b"image"));
            exceptions.apply(&reference, &digest, &mut verdict, at("2026-01-01T00:00:00Z"));
            verdict.exit == Exit::Pass
        };
        assert_eq!(["non-root", "non-roo", ""].map(excuses), [true, false, false]);
        for wrong in [
            file.replace("  policy: non-root\n", ""),
            file.replace("policy: non-root", "policy: ''"),
            file.replace("policy/violation", "base/not-dhi"),
            file.replace("policy/violation", "policy/unknown"),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_exception_for_one_layout_image_excuses_no_other() {
        let file = GOOD.replace("registry.example.com/acme/*", "'oci:all:shop/web:1'");
        let at = |reference: &str| excused(&file, reference, &[Code::BASE_NOT_DHI], "2026-01-01T00:00:00Z");
        assert_eq!(at("oci:all:shop/web:1"), (Exit::Pass, 1));
        for other in ["oci:all:shop/api:1", "oci:all:shop/web:2", "oci:all", "oci:all:1"] {
            assert_eq!(at(other), (Exit::Fail, 0), "{other}");
        }
    }

    #[test]
    fn a_tag_next_to_a_digest_is_not_matched() {
        let (digest, other) = (Digest::of(b"image"), Digest::of(b"other"));
        let tagged = GOOD.replace("registry.example.com/acme/*", "'registry.example.com/acme/api:legacy'");
        let name = "registry.example.com/acme/api";
        let not = [Code::BASE_NOT_DHI];
        let at = |reference: &str, file: &str| excused(file, reference, &not, "2026-01-01T00:00:00Z");
        assert_eq!(at(&format!("{name}:legacy"), &tagged), (Exit::Pass, 1));
        assert_eq!(at(&format!("{name}:other"), &tagged), (Exit::Fail, 0));
        // Nothing binds the tag to this content: anyone can write any tag.
        assert_eq!(at(&format!("{name}:legacy@{digest}"), &tagged), (Exit::Fail, 0));
        assert_eq!(at(&format!("{name}:legacy@{digest}"), GOOD), (Exit::Pass, 1));
        for (named, exit) in [(digest, Exit::Pass), (other, Exit::Fail)] {
            let pinned = GOOD.replace("acme/*", &format!("acme/api@{named}"));
            assert_eq!(at(&format!("{name}:legacy@{digest}"), &pinned).0, exit);
        }
    }

    #[test]
    fn bad_and_missing_proofs_are_never_excused() {
        for id in KNOWN.codes().filter(|id| id.exit() != Exit::Fail) {
            let text = GOOD.replace("base/not-dhi", id.as_str());
            assert!(read(&text).unwrap_err().cause.contains("never excused"), "{id}");
            let mut verdict = verdict(&[id, Code::BASE_NOT_DHI]);
            let exit = verdict.exit;
            enforce_from(at("2030-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"), &mut verdict);
            assert_eq!(verdict.exit, exit, "{id}");
        }
    }

    #[test]
    fn a_policy_only_warns_before_it_is_enforced() {
        let day = at("2026-12-01T00:00:00Z");
        for (now, exit) in [("2026-11-30T23:59:59Z", Exit::Pass), ("2026-12-01T00:00:00Z", Exit::Fail)] {
            let mut verdict = verdict(&[Code::BASE_NOT_DHI]);
            enforce_from(day, at(now), &mut verdict);
            assert_eq!(verdict.exit, exit);
        }
    }

    #[test]
    fn files_are_read_strictly() {
        for (from, to) in [
            ("base/not-dhi", "base/no-such"),
            ("2026-12-31", "2026-02-30"),
            ("2026-12-31", "soon"),
            ("until the rebuild", "''"),
            ("reason:", "because:"),
            ("  expires: 2026-12-31\n", ""),
            ("acme/*", "acme@sha256:0"),
            ("registry.example.com/acme/*", "''"),
            ("  check:", "  image: twice\n  check:"),
        ] {
            assert!(read(&GOOD.replacen(from, to, 1)).is_err(), "{to}");
        }
        for text in ["{}", "a", "- a"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    const OF_TEXT: &str =
        "- text: auto\n  check: admit/not-judged\n  reason: istio puts it there\n  expires: 2026-12-31\n";

    #[test]
    fn a_text_is_excused_exactly_until_its_last_day() {
        let exceptions = read(OF_TEXT).unwrap();
        let day = at("2026-12-31T23:59:59Z");
        let excused = |text: &str, now| exceptions.of_text(text, now).map(|(index, _)| index);
        assert_eq!(excused("auto", day), Some(0));
        assert_eq!(excused("auto", at("2027-01-01T00:00:00Z")), None);
        for other in [" auto", "auto ", "auto\n", "Auto", "auto:latest", "docker.io/library/auto", ""] {
            assert_eq!(excused(other, day), None, "{other:?}");
        }
        let quoted = read(&OF_TEXT.replace("auto", "' auto'")).unwrap();
        assert!(quoted.of_text(" auto", day).is_some());
        assert!(quoted.of_text("auto", day).is_none());
        // An empty text is allowed.
        assert!(read(&OF_TEXT.replace("auto", "''")).unwrap().of_text("", day).is_some());
        assert_eq!(
            exceptions.statuses(&BTreeSet::new(), day).map(|(_, outcome)| outcome).next(),
            Some(ExceptionStatus::Unused)
        );
    }

    #[test]
    fn text_exceptions_and_image_exceptions_are_separate() {
        for reference in ["auto", "docker.io/library/auto"] {
            let found = [Code::ADMIT_NOT_JUDGED];
            assert_eq!(excused(OF_TEXT, reference, &found, "2026-01-01T00:00:00Z"), (Exit::Fail, 0));
            let images = GOOD.replace("registry.example.com/acme/*", "'**'");
            let exceptions = read(&images).unwrap();
            assert!(exceptions.of_text("auto", at("2026-01-01T00:00:00Z")).is_none());
        }
        for (from, to) in [
            ("admit/not-judged", "base/not-dhi"),
            ("text: auto", "image: auto"),
            ("text: auto", "text: auto\n  image: auto"),
            ("text: auto", "text:"),
            ("text: auto", "text: 1.5"),
            ("text: auto", "text: [auto]"),
        ] {
            assert!(read(&OF_TEXT.replace(from, to)).is_err(), "{to}");
        }
    }

    #[test]
    fn unused_and_expired_exceptions_are_reported() {
        let two = format!("{GOOD}{}", GOOD.replace("2026", "2025"));
        let exceptions = read(&two).unwrap();
        let now = at("2026-06-01T00:00:00Z");
        let outcomes = |used: &[usize]| -> Vec<ExceptionStatus> {
            exceptions.statuses(&used.iter().copied().collect(), now).map(|(_, outcome)| outcome).collect()
        };
        assert_eq!(outcomes(&[]), [ExceptionStatus::Unused, ExceptionStatus::Expired]);
        assert_eq!(outcomes(&[0]), [ExceptionStatus::Used, ExceptionStatus::Expired]);
    }
}
