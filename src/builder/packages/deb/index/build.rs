//! An index from the text of a `Packages` file, or of an installed set.

use std::collections::HashMap;

use super::super::control::{self, Stanza, Stanzas};
use super::super::relation::{Groups, Operator};
use super::super::version::Version;
use super::block::{HEADER, Index, MAGIC, PROVIDES_ANY, PROVIDES_ARCHITECTURE, PROVIDES_NAME};
use super::contents::Contents;
use super::error::{Cause, IndexError};
use super::package::{MultiArch, Priority, plain_name};
use crate::builder::packages::limits::{INDEX_BLOCK, INDEX_PACKAGES};
use crate::limits::Exceeded;

impl Index {
    /// Reads the text of an index.
    ///
    /// # Errors
    ///
    /// Where a stanza is not what Debian Policy says, is for another architecture, or leads out of the repository.
    pub fn read(text: &[u8], architecture: &str, contents: Contents) -> Result<Self, IndexError> {
        let mut drafts = Vec::new();
        for stanza in Stanzas::new(text) {
            let draft = Draft::read(stanza, architecture, contents)?;
            drafts.extend(draft);
            if drafts.len() > INDEX_PACKAGES {
                let cause = Exceeded::new("the number of packages", INDEX_PACKAGES, "packages").into();
                return Err(IndexError { line: stanza.line, package: None, cause });
            }
        }
        // Stable: the versions of one name stay in the order of the text.
        drafts.sort_by_key(|draft| draft.name);
        let bytes = Block::new(&drafts, architecture, contents).finish();
        let exceeded = |measured: String| {
            let cause = Exceeded::new(measured, INDEX_BLOCK, "bytes").into();
            IndexError { line: 1, package: None, cause }
        };
        let bytes = bytes.ok_or_else(|| exceeded("the compact index".to_owned()))?;
        Self::open(bytes).map_err(|damaged| exceeded(format!("the compact index ({damaged})")))
    }
}

/// A package as its stanza has it.
struct Draft<'a> {
    name: &'a str,
    version: &'a str,
    is_all: bool,
    multi_arch: MultiArch,
    priority: Priority,
    is_essential: bool,
    /// In the order of the block: `Pre-Depends` to `Filename`, the last without its name if that is plain.
    texts: [&'a str; 8],
    has_plain_name: bool,
    provides: Vec<Provided<'a>>,
    size: u64,
    installed_size: u64,
    sha256: [u8; 32],
}

struct Provided<'a> {
    name: &'a str,
    version: &'a str,
    kind: u32,
}

/// The fields of [`Draft::texts`], and whether they hold relations.
const TEXTS: [(&str, bool); 8] = [
    ("Pre-Depends", true),
    ("Depends", true),
    ("Provides", true),
    ("Conflicts", true),
    ("Breaks", true),
    ("Replaces", true),
    ("Source", false),
    ("Filename", false),
];

/// The other fields that are read.
const OTHERS: [&str; 10] = [
    "Package",
    "Version",
    "Architecture",
    "Multi-Arch",
    "Priority",
    "Essential",
    "Size",
    "Installed-Size",
    "SHA256",
    "Status",
];

impl<'a> Draft<'a> {
    /// Reads a stanza. `None` if it is of a package that is not installed.
    fn read(stanza: Stanza<'a>, architecture: &str, contents: Contents) -> Result<Option<Self>, IndexError> {
        let mut texts = [None; TEXTS.len()];
        let mut others = [None; OTHERS.len()];
        for field in stanza.fields() {
            let field = field.map_err(of_control)?;
            let text = TEXTS.iter().position(|(name, _)| field.name.eq_ignore_ascii_case(name));
            let other = || OTHERS.iter().position(|name| field.name.eq_ignore_ascii_case(name));
            let slot = match text {
                Some(at) => texts.get_mut(at),
                None => other().and_then(|at| others.get_mut(at)),
            };
            let Some(slot) = slot else { continue };
            if slot.is_some() {
                let cause = control::Cause::Twice(field.name.to_owned());
                return Err(IndexError { line: field.line, package: None, cause: cause.into() });
            }
            let text = field.text().map_err(of_control)?;
            if text.contains('\0') {
                return Err(IndexError { line: field.line, package: None, cause: Cause::Nul });
            }
            *slot = Some(text);
        }
        let [package, version, arch, multi_arch, priority, essential, size, installed_size, sha256, status] =
            others;
        let fail = |cause| IndexError { line: stanza.line, package: package.map(str::to_owned), cause };
        let need = |value: Option<&'a str>, field| value.ok_or_else(|| fail(Cause::Missing(field)));
        if contents == Contents::Installed
            && status.is_some_and(|status| status.split_ascii_whitespace().next_back() != Some("installed"))
        {
            return Ok(None);
        }
        let name = need(package, "Package")?;
        if !is_package_name(name) {
            return Err(fail(Cause::Name(name.to_owned())));
        }
        let version = need(version, "Version")?;
        Version::parse(version).map_err(|error| fail(error.into()))?;
        let found = need(arch, "Architecture")?;
        if found != architecture && found != "all" {
            let (found, wanted) = (found.to_owned(), architecture.to_owned());
            return Err(fail(Cause::Architecture { found, wanted }));
        }
        let mut texts = texts.map(Option::unwrap_or_default);
        for ((field, is_relation), text) in TEXTS.iter().zip(texts) {
            if *is_relation && let Some(error) = Groups::new(text).find_map(Result::err) {
                return Err(fail(Cause::Relation { field, error }));
            }
        }
        let [_, _, provides, _, _, _, _, filename] = texts;
        let number = |value: Option<&str>, field| match value {
            None => Ok(None),
            Some(value) if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                value.parse().map(Some).map_err(|_| fail(Cause::Number { field, value: value.to_owned() }))
            }
            Some(value) => Err(fail(Cause::Number { field, value: value.to_owned() })),
        };
        let mut size: Option<u64> = number(size, "Size")?;
        let mut digest = [0; 32];
        let mut has_plain_name = false;
        if contents == Contents::Repository {
            if filename.is_empty() {
                return Err(fail(Cause::Missing("Filename")));
            }
            if !is_inside(filename) {
                return Err(fail(Cause::Filename(filename.to_owned())));
            }
            let plain = plain_name(name, version, found).concat();
            if let [.., path] = &mut texts
                && let Some(directory) = path.strip_suffix(plain.as_str())
            {
                (*path, has_plain_name) = (directory, true);
            }
            size = Some(size.ok_or_else(|| fail(Cause::Missing("Size")))?);
            let sha256 = need(sha256, "SHA256")?;
            digest = parse_digest(sha256).ok_or_else(|| fail(Cause::Digest(sha256.to_owned())))?;
        }
        // Third parties write nothing, or a number that is no number.
        let installed_size = number(installed_size.filter(|value| !value.is_empty()), "Installed-Size")?;
        Ok(Some(Self {
            name,
            version,
            is_all: found == "all",
            multi_arch: MultiArch::parse(multi_arch.unwrap_or_default()),
            priority: priority.map_or(Priority::None, Priority::parse),
            is_essential: essential.is_some_and(|value| value.eq_ignore_ascii_case("yes")),
            texts,
            has_plain_name,
            provides: provided(provides, architecture).map_err(fail)?,
            size: size.unwrap_or_default(),
            installed_size: installed_size.unwrap_or_default().saturating_mul(1024),
            sha256: digest,
        }))
    }
}

/// The names of a `Provides` field. One with another operator than `=` provides nothing (apt ignores it too).
fn provided<'a>(field: &'a str, architecture: &str) -> Result<Vec<Provided<'a>>, Cause> {
    let mut all = Vec::new();
    for group in Groups::new(field) {
        let group = group.map_err(|error| Cause::Relation { field: "Provides", error })?;
        for relation in group.alternatives {
            let version = match relation.versions {
                None => "",
                Some(versions) if versions.operator == Operator::Equal => versions.version,
                Some(_) => continue,
            };
            let kind = match relation.qualifier {
                None => PROVIDES_NAME,
                Some("any") => PROVIDES_ANY,
                Some(one) if one == architecture => PROVIDES_ARCHITECTURE,
                Some(_) => continue,
            };
            all.push(Provided { name: relation.name, version, kind });
        }
    }
    Ok(all)
}

fn of_control(error: control::Error) -> IndexError {
    IndexError { line: error.line, package: None, cause: error.cause.into() }
}

/// Debian Policy 5.6.1, and upper case and `_`, which third parties use.
fn is_package_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    first
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_'))
}

/// A relative path of plain names. A leading `./` is what flat repositories write.
pub(in super::super) fn is_inside(path: &str) -> bool {
    let rest = path.strip_prefix("./").unwrap_or(path);
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'?' | b'#');
    rest.bytes().all(plain) && rest.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

pub(in super::super) fn parse_digest(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut digest = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        let digit = |one: u8| char::from(one).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(digest)
}

/// The block while it is written.
struct Block<'a> {
    names: Vec<u8>,
    packages: Vec<u8>,
    providers: Vec<u8>,
    texts: Vec<u8>,
    known: HashMap<&'a str, u32>,
    counts: [usize; 3],
    architecture: u32,
    contents: Contents,
}

impl<'a> Block<'a> {
    fn new(drafts: &[Draft<'a>], architecture: &'a str, contents: Contents) -> Self {
        let mut provided: Vec<_> = drafts
            .iter()
            .enumerate()
            .flat_map(|(at, draft)| draft.provides.iter().map(move |provided| (at, provided)))
            .collect();
        provided.sort_by_key(|(_, provided)| provided.name);
        let mut names: Vec<_> = drafts.iter().map(|draft| draft.name).collect();
        names.extend(provided.iter().map(|(_, provided)| provided.name));
        names.sort_unstable();
        names.dedup();

        let mut block = Self {
            names: Vec::new(),
            packages: Vec::new(),
            providers: Vec::new(),
            texts: Vec::new(),
            known: HashMap::new(),
            counts: [names.len(), drafts.len(), provided.len()],
            architecture: 0,
            contents,
        };
        block.architecture = block.text(architecture);
        // First and together, where a search finds them sooner.
        for name in &names {
            block.text(name);
        }
        let mut next_package = drafts.iter().enumerate().peekable();
        let mut next_provider = provided.iter().enumerate().peekable();
        for (at, name) in names.iter().enumerate() {
            let text = block.text(name);
            let first_package = next_package.peek().map_or(drafts.len(), |(at, _)| *at);
            let first_provider = next_provider.peek().map_or(provided.len(), |(at, _)| *at);
            block.put_name(text, first_package, first_provider);
            while let Some((_, draft)) = next_package.next_if(|(_, draft)| draft.name == *name) {
                block.put_package(at, draft);
            }
            while let Some((_, (package, provided))) =
                next_provider.next_if(|(_, (_, provided))| provided.name == *name)
            {
                let version = block.text(provided.version);
                for number in [narrow(*package), version, provided.kind] {
                    block.providers.extend(number.to_le_bytes());
                }
            }
        }
        block.put_name(0, drafts.len(), provided.len());
        block
    }

    fn put_name(&mut self, text: u32, first_package: usize, first_provider: usize) {
        for number in [text, narrow(first_package), narrow(first_provider)] {
            self.names.extend(number.to_le_bytes());
        }
    }

    fn put_package(&mut self, name: usize, draft: &Draft<'a>) {
        let version = self.text(draft.version);
        let texts = draft.texts.map(|text| self.text(text));
        for number in [narrow(name), version].into_iter().chain(texts) {
            self.packages.extend(number.to_le_bytes());
        }
        self.packages.extend(draft.size.to_le_bytes());
        self.packages.extend(draft.installed_size.to_le_bytes());
        self.packages.extend(draft.sha256);
        self.packages.extend([
            u8::from(draft.is_all),
            draft.multi_arch.code(),
            draft.priority.code(),
            u8::from(draft.is_essential),
            u8::from(draft.has_plain_name),
            0,
            0,
            0,
        ]);
    }

    /// The reference of a text, each of which is written once.
    fn text(&mut self, text: &'a str) -> u32 {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let reference = narrow(self.texts.len());
        self.texts.extend(text.as_bytes());
        self.texts.push(0);
        self.known.insert(text, reference);
        reference
    }

    /// The whole block. `None` if it is over its limit.
    fn finish(self) -> Option<Vec<u8>> {
        let parts = [&self.names, &self.packages, &self.providers, &self.texts];
        let size = HEADER + parts.iter().map(|part| part.len()).sum::<usize>();
        if u64::try_from(size).map_or(true, |size| size > INDEX_BLOCK) {
            return None;
        }
        let mut bytes = Vec::with_capacity(size);
        bytes.extend(MAGIC);
        for count in self.counts.into_iter().chain([self.texts.len()]) {
            bytes.extend(narrow(count).to_le_bytes());
        }
        bytes.extend(self.architecture.to_le_bytes());
        bytes.extend(self.contents.code().to_le_bytes());
        for part in parts {
            bytes.extend(part);
        }
        Some(bytes)
    }
}

/// What does not fit makes the block larger than its limit, so it is never written.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
