//! Versions of packages. They are compared as texts; only the epoch is written in two ways.

use crate::vex::{NearMissPart, PackageUrl};

/// Types whose versions have an epoch: `1:2.3`, or `2.3` with the qualifier `epoch=1`.
const WITH_EPOCH: [&str; 3] = ["alpm", "deb", "rpm"];

/// The version of the source package that a binary package of this version was built from: `1.10.0-4` of
/// `1.10.0-4+b1`. Debian rebuilds a binary package from the same source under such a number.
pub(in crate::vex) fn of_source<'a>(kind: &str, version: &'a str) -> &'a str {
    match version.rsplit_once("+b") {
        Some((source, number)) if kind == "deb" && is_number(number) => source,
        _ => version,
    }
}

/// A version, and the epoch that a qualifier gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version<'a> {
    pub(super) text: Option<&'a str>,
    pub(super) epoch: Option<&'a str>,
}

impl<'a> Version<'a> {
    pub(super) fn of(purl: &'a PackageUrl) -> Self {
        let epoch = has_epoch(purl.kind()).then(|| purl.qualifier("epoch")).flatten();
        Self { text: purl.version(), epoch }
    }

    /// The epoch without leading zeros, and the rest. `None` if the qualifier contradicts the version.
    fn parts(self, kind: &str) -> Option<(&'a str, Option<&'a str>)> {
        let (written, rest) = match self.text.and_then(|text| text.split_once(':')) {
            Some((epoch, rest)) if has_epoch(kind) && is_number(epoch) => (Some(epoch), Some(rest)),
            _ => (None, self.text),
        };
        let number = |epoch: &'a str| epoch.trim_start_matches('0');
        match (written.map(number), self.epoch.map(number)) {
            (Some(written), Some(epoch)) if written != epoch => None,
            (written, epoch) => Some((written.or(epoch).unwrap_or_default(), rest)),
        }
    }

    fn text(self) -> String {
        match (self.text, self.epoch) {
            (Some(text), Some(epoch)) if !text.contains(':') => format!("{epoch}:{text}"),
            (text, _) => text.unwrap_or_default().to_owned(),
        }
    }
}

/// Whether a version of this type can have an epoch.
pub(super) fn has_epoch(kind: &str) -> bool {
    WITH_EPOCH.contains(&kind)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Compares the version of a statement, if it has one, with the one that was found. The result is whether they are
/// equal only because the epoch is written in two ways.
pub(super) fn compare(
    kind: &str,
    statement: Version<'_>,
    found: Version<'_>,
) -> Result<bool, Box<NearMissPart>> {
    // A package URL that names no epoch qualifier accepts any, as all qualifiers.
    let same_text = statement.text.is_none() || statement.text == found.text;
    if same_text && (statement.epoch.is_none() || statement.epoch == found.epoch) {
        return Ok(false);
    }
    let equal = match (statement.parts(kind), found.parts(kind)) {
        (Some((epoch, None)), Some((found, _))) => epoch == found,
        (Some(statement), Some(found)) => statement == found,
        _ => false,
    };
    if equal {
        return Ok(true);
    }
    let (plain, plain_found) = (statement.text.unwrap_or_default(), found.text.unwrap_or_default());
    let (statement, found) = match plain == plain_found {
        true => (statement.text(), found.text()),
        false => (plain.to_owned(), plain_found.to_owned()),
    };
    Err(Box::new(NearMissPart::Version { statement, found }))
}
