//! The facts about both images, one row each: the same words in every format for people.

use super::comparison::Comparison;
use super::image::{Attested, ComparedImage, Files, PrivilegedFile, Program, Writable};
use super::package_changes::PackageList;
use crate::diagnostic::{Diagnostic, ToDiagnostic as _};
use crate::evidence::BaseAnswer;
use crate::report::ScannedImage;
use crate::report::columns::{Cell, Tone};
use crate::report::scan::words::Severities;
use crate::trust::SignedName;

/// How many entries of a list a cell shows.
const SHOWN: usize = 3;

/// A fact about both images.
pub(super) struct FactRow {
    pub(super) name: &'static str,
    pub(super) from: Fact,
    pub(super) to: Fact,
}

/// A fact as people read it.
pub(super) struct Fact {
    pub(super) text: String,
    tone: Tone,
}

impl Fact {
    fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }

    fn warning(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Warning }
    }

    fn unknown() -> Self {
        Self::warning("unknown")
    }

    /// A fact that is known unless the result is an error, whose cause is shown elsewhere.
    fn of<T>(result: &Result<T, Diagnostic>, known: impl FnOnce(&T) -> Self) -> Self {
        result.as_ref().map_or_else(|_| Self::unknown(), known)
    }

    pub(super) fn cell(self) -> Cell {
        Cell::new(self.text, self.tone)
    }
}

/// All facts.
pub(super) fn rows(comparison: &Comparison<'_>) -> Vec<FactRow> {
    let packages = comparison.packages();
    let row = |name, fact: fn(&ComparedImage) -> Fact| FactRow {
        name,
        from: fact(comparison.from),
        to: fact(comparison.to),
    };
    let files = |name, fact: fn(&Files) -> Fact| FactRow {
        name,
        from: Fact::of(&comparison.from.files, fact),
        to: Fact::of(&comparison.to.files, fact),
    };
    let mut rows = vec![
        row("proven", proven),
        row("attestations", attestations),
        row("platform", |image| Fact::known(image.platform.as_str())),
        row("compressed size", |image| Fact::known(size(image.layers.iter().map(|layer| layer.size).sum()))),
        files("unpacked size", |files| Fact::known(size(files.unpacked))),
        files("files", |files| Fact::known(files.count.to_string())),
        layers(comparison),
        FactRow { name: "packages", from: listed(packages.from), to: listed(packages.to) },
        row("user", user),
        row("entrypoint", |image| Fact::of(&image.runtime, |runtime| words(&runtime.entrypoint))),
        row("command", |image| Fact::of(&image.runtime, |runtime| words(&runtime.command))),
        row("exposed ports", |image| Fact::of(&image.runtime, |runtime| list(&runtime.ports))),
        files("shells", |files| programs(&files.shells)),
        files("package managers", |files| programs(&files.package_managers)),
        files("privileged files", |files| privileged(&files.privileged)),
        files("writable paths", |files| files.writable.as_ref().map_or_else(Fact::unknown, writable)),
    ];
    if let Some([from, to]) = comparison.findings {
        rows.push(FactRow { name: "findings", from: findings(from), to: findings(to) });
        rows.push(FactRow { name: "scan", from: origin(from), to: origin(to) });
    }
    rows
}

fn proven(image: &ComparedImage) -> Fact {
    let Some(base) = &image.base else { return Fact::unknown() };
    match &base.answer {
        BaseAnswer::Dhi(hardened) => {
            let names = hardened.names.iter().map(SignedName::as_str).collect::<Vec<_>>().join(", ");
            Fact::known(match names.as_str() {
                "" => "hardened image".to_owned(),
                names => format!("hardened image, signed as {names}"),
            })
        }
        BaseAnswer::DhiBased(base) => Fact::known(format!("built on {}", base.short_reference())),
        BaseAnswer::ClaimsOnly(_) => Fact::warning("claims to be hardened, without proof"),
        BaseAnswer::NotDhi(_) => Fact::known("neither hardened nor built on a hardened image"),
        BaseAnswer::Undetermined(gap) => Fact::warning(format!("unknown ({})", gap.code())),
    }
}

fn attestations(image: &ComparedImage) -> Fact {
    match image.attested {
        Attested::Verified => Fact::known("signed by a trusted signer"),
        Attested::Unverified => Fact::warning("none by a trusted signer"),
        Attested::None => Fact::known("none"),
        Attested::Unknown => Fact::unknown(),
    }
}

fn layers(comparison: &Comparison<'_>) -> FactRow {
    let of = |image: &ComparedImage| image.layers.len().to_string();
    let shared = comparison.shared_layers();
    let to = match shared.count {
        0 => format!("{}, none shared", of(comparison.to)),
        1 => format!("{}, the first shared ({})", of(comparison.to), size(shared.size)),
        count => format!("{}, the first {count} shared ({})", of(comparison.to), size(shared.size)),
    };
    FactRow { name: "layers", from: Fact::known(of(comparison.from)), to: Fact::known(to) }
}

fn listed(packages: PackageList<'_>) -> Fact {
    match packages {
        PackageList::Sbom(packages) => Fact::known(format!("{} in its SBOM", packages.len())),
        PackageList::Databases(packages) => Fact::known(format!("{} of dpkg and apk", packages.len())),
        PackageList::Unreadable(paths) => {
            Fact::warning(format!("unknown: `{}` is not read", paths.join("`, `")))
        }
        PackageList::Unknown => Fact::unknown(),
        PackageList::None => Fact::warning("unknown: no SBOM, no database of dpkg or apk"),
    }
}

fn user(image: &ComparedImage) -> Fact {
    Fact::of(&image.runtime, |runtime| {
        match image.files.as_ref().map(|files| &files.user) {
            Ok(Ok(user)) => {
                let name = user.name.as_deref().unwrap_or("no name");
                let root = if user.id == 0 { "root: " } else { "" };
                Fact::known(format!("{root}{}:{} ({name})", user.id, user.group))
            }
            Ok(Err(_)) => Fact::warning(format!("unknown: `{}`", runtime.user)),
            // Without the files, it is known only as it is written.
            Err(_) if runtime.user.is_empty() => Fact::known("root, by default"),
            Err(_) => Fact::warning(format!("`{}`", runtime.user)),
        }
    })
}

fn words(words: &[String]) -> Fact {
    if words.is_empty() {
        return Fact::known("none");
    }
    let words = words.iter().map(|word| match word.is_empty() || word.contains(char::is_whitespace) {
        true => format!("'{word}'"),
        false => word.clone(),
    });
    Fact::known(words.collect::<Vec<_>>().join(" "))
}

/// The number of entries, and the first of them.
fn list(entries: &[String]) -> Fact {
    let more = entries.len().saturating_sub(SHOWN);
    let shown = entries.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    Fact::known(match (entries.len(), more) {
        (0, _) => "none".to_owned(),
        (length, 0) => format!("{length}: {shown}"),
        (length, more) => format!("{length}: {shown} and {more} more"),
    })
}

fn programs(programs: &[Program]) -> Fact {
    if programs.is_empty() {
        return Fact::known("none by name");
    }
    let shown: Vec<String> = programs
        .iter()
        .map(|Program { path, names }| match names.as_slice() {
            [name] if path.rsplit('/').next() == Some(name) => path.clone(),
            names => format!("{path} (as {})", names.join(", ")),
        })
        .collect();
    list(&shown)
}

fn privileged(files: &[PrivilegedFile]) -> Fact {
    let shown: Vec<String> = files
        .iter()
        .map(|file| {
            let marks = [
                (file.set_user, "set-user-ID"),
                (file.set_group, "set-group-ID"),
                (file.capabilities, "capabilities"),
            ];
            let marks: Vec<&str> =
                marks.into_iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| mark).collect();
            format!("{} ({})", file.path, marks.join(", "))
        })
        .collect();
    list(&shown)
}

fn writable(writable: &Writable) -> Fact {
    match writable {
        Writable::Everything => Fact::warning("all: the user is root"),
        Writable::Paths { paths, temporary } => {
            let shown: Vec<String> =
                paths.iter().map(|path| format!("{} ({})", path.path, path.by.as_str())).collect();
            let Fact { text, tone } = list(&shown);
            let temporary = match temporary.as_slice() {
                [] => String::new(),
                some => format!("; temporary: {}", some.join(", ")),
            };
            Fact { text: text + &temporary, tone }
        }
    }
}

fn findings(image: &ScannedImage<'_>) -> Fact {
    if image.result.is_err() {
        return Fact::unknown();
    }
    let [before, after] = image.severities();
    let suppressed = before.total().saturating_sub(after.total());
    Fact::known(format!("{}; {suppressed} suppressed", severities(after)))
}

fn origin(image: &ScannedImage<'_>) -> Fact {
    image.origin().map_or_else(Fact::unknown, Fact::known)
}

/// `12: 1 critical, 3 high, 8 low`.
pub(super) fn severities(severities: Severities) -> String {
    match severities.total() {
        0 => "none".to_owned(),
        total => format!("{total}: {}", severities.words()),
    }
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}
