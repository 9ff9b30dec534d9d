//! Components of a CycloneDX document, and what `affects` entries mean.
//!
//! A `ref` is a BOM-Link, the `bom-ref` of a component of the same document, or a package URL. Anything else is a
//! component of this document that is not known: it matches nothing but itself, and never an image by its name.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::super::identities;
use crate::vex::json_reader::{Fault, Reader};
use crate::vex::{Component, Identity, PackageUrl};

/// What is encoded in the version of a package URL.
const VERSION: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The begin of a BOM-Link.
const BOM_LINK: &str = "urn:cdx:";

/// A document: its identity, and its components by `bom-ref`.
#[derive(Default)]
pub(super) struct Bom {
    serial: String,
    version: String,
    components: HashMap<String, Part>,
}

/// A component of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    purl: Option<String>,
    version: Option<String>,
}

/// An entry of `affects`.
#[derive(Clone, Debug, Default)]
pub(super) struct Affected {
    reference: String,
    /// The versions that are named. `None`: all.
    versions: Option<Vec<String>>,
    /// Versions that have another status than `unaffected`.
    contested: Vec<String>,
    /// Whether versions or ranges have such a status.
    has_contested: bool,
    /// The versions that a statement that suppresses is not about, although it names them.
    withheld: Option<Arc<HashSet<String>>>,
}

impl Affected {
    /// Reads an entry. Of `versions`, ranges are left out: they match nothing.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut affected = Self::default();
        reader.object(&["ref", "versions"], |reader, name| match name {
            "ref" => {
                affected.reference = reader.optional_string()?.unwrap_or_default().into_owned();
                Ok(())
            }
            _ => reader.optional_array(|reader| {
                let (mut version, mut is_contested) = (None, false);
                reader.object(&["version", "status"], |reader, name| {
                    match name {
                        "version" => version = reader.optional_string()?.map(Cow::into_owned),
                        _ => is_contested = reader.optional_string()?.is_some_and(|it| it != "unaffected"),
                    }
                    Ok(())
                })?;
                affected.versions.get_or_insert_default().extend(version.clone());
                affected.has_contested |= is_contested;
                affected.contested.extend(version.filter(|_| is_contested));
                Ok(())
            }),
        })?;
        Ok(affected)
    }

    /// The entries of a statement that suppresses, without the versions with the status `affected`, `unknown` or one
    /// that is not known. An entry for all versions beside such a version of the same `ref` matches nothing.
    pub(super) fn suppressed(mut entries: Vec<Self>) -> Vec<Self> {
        let mut withheld: HashMap<String, HashSet<String>> = HashMap::new();
        for entry in entries.iter_mut().filter(|entry| entry.has_contested) {
            let contested = std::mem::take(&mut entry.contested);
            withheld.entry(entry.reference.clone()).or_default().extend(contested);
        }
        let withheld: HashMap<_, _> =
            withheld.into_iter().map(|(reference, versions)| (reference, Arc::new(versions))).collect();
        for entry in &mut entries {
            let Some(withheld) = withheld.get(&entry.reference) else { continue };
            entry.versions.get_or_insert_default().retain(|version| !withheld.contains(version));
            entry.withheld = Some(Arc::clone(withheld));
        }
        entries
    }

    fn withholds(&self, version: Option<&str>) -> bool {
        self.withheld.as_ref().zip(version).is_some_and(|(withheld, version)| withheld.contains(version))
    }

    fn accepts(&self, version: Option<&str>) -> bool {
        let Some(versions) = &self.versions else { return true };
        version.is_some_and(|version| versions.iter().any(|listed| listed == version))
    }
}

/// Each statement has the document, so it is not written with each.
impl fmt::Debug for Bom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bom").finish_non_exhaustive()
    }
}

impl Bom {
    pub(super) fn set_identity(&mut self, serial: String, version: Option<String>) {
        self.serial = serial;
        // The default of the schema.
        self.version = version.unwrap_or_else(|| "1".to_owned());
    }

    pub(super) fn read_components(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        reader.optional_array(|reader| self.read_component(reader))
    }

    /// Reads a component and those in it.
    pub(super) fn read_component(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let mut reference = None;
        let mut part = Part::default();
        reader.optional_object(&["bom-ref", "purl", "version", "components"], |reader, name| {
            match name {
                "bom-ref" => reference = reader.optional_string()?.map(Cow::into_owned),
                "purl" => part.purl = reader.optional_string()?.map(Cow::into_owned),
                "version" => part.version = reader.optional_string()?.map(Cow::into_owned),
                _ => self.read_components(reader)?,
            }
            Ok(())
        })?;
        match reference.map(|reference| self.components.entry(reference)) {
            // Two components with one reference: neither is meant for certain.
            Some(Entry::Occupied(mut known)) if *known.get() != part => {
                known.insert(Part::default());
            }
            Some(Entry::Vacant(free)) => {
                free.insert(part);
            }
            Some(Entry::Occupied(_)) | None => {}
        }
        Ok(())
    }

    /// The component that an entry of `affects` means.
    pub(super) fn component(&self, affected: &Affected) -> Component {
        let reference = affected.reference.as_str();
        let identities = match link(reference) {
            Some(link) if link.serial == self.serial && link.version == self.version => {
                self.own(link.bom_ref.as_deref(), affected)
            }
            Some(link) => bom_link(link, affected).into_iter().collect(),
            None if self.components.contains_key(reference) => self.own(Some(reference), affected),
            None => match identities::of_purl(reference) {
                Some(purl) => restrict(purl, affected, None),
                None => self.own(Some(reference), affected),
            },
        };
        Component { identities }
    }

    /// The identities of a component of this document.
    fn own(&self, reference: Option<&str>, affected: &Affected) -> Vec<Identity> {
        let part = reference.and_then(|reference| self.components.get(reference));
        let version = part.and_then(|part| part.version.as_deref());
        let link = Link {
            serial: self.serial.clone(),
            version: self.version.clone(),
            bom_ref: reference.map(str::to_owned),
        };
        let mut found: Vec<Identity> = bom_link(link, affected).into_iter().collect();
        if let Some(purl) = part.and_then(|part| identities::of_purl(part.purl.as_deref()?)) {
            found.extend(restrict(purl, affected, version));
        }
        found
    }
}

/// A BOM-Link: `urn:cdx:SERIAL/VERSION#BOM-REF`.
struct Link {
    serial: String,
    version: String,
    bom_ref: Option<String>,
}

fn link(text: &str) -> Option<Link> {
    let scheme = text.get(..BOM_LINK.len())?;
    let (serial, rest) = text.get(BOM_LINK.len()..)?.split_once('/')?;
    if !scheme.eq_ignore_ascii_case(BOM_LINK) {
        return None;
    }
    let (version, bom_ref) =
        rest.split_once('#').map_or((rest, None), |(version, part)| (version, Some(part)));
    let bom_ref = bom_ref.map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
    Some(Link { serial: format!("urn:uuid:{serial}"), version: version.to_owned(), bom_ref })
}

/// `None`: it is restricted to ranges, which match nothing.
fn bom_link(link: Link, affected: &Affected) -> Option<Identity> {
    let versions = affected.versions.clone().unwrap_or_default();
    let is_open = affected.versions.is_none() || !versions.is_empty();
    let Link { serial, version, bom_ref } = link;
    is_open.then_some(Identity::BomLink { serial, version, bom_ref, versions })
}

/// A package URL in the versions that are named. `version` is that of the component as the document has it.
fn restrict(identity: Identity, affected: &Affected, version: Option<&str>) -> Vec<Identity> {
    let Identity::Purl { text, purl, .. } = identity else { return vec![identity] };
    let is_withheld = affected.withholds(purl.version()) || affected.withholds(version);
    let is_accepted = affected.accepts(purl.version()) || (version.is_some() && affected.accepts(version));
    if is_accepted && !is_withheld {
        return vec![Identity::Purl { text, purl, is_range: false }];
    }
    let listed = affected.versions.as_deref().unwrap_or_default();
    if purl.version().is_none() && !listed.is_empty() {
        let with_version = |version| {
            let (base, rest) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
            identities::of_purl(&format!("{base}@{}{rest}", utf8_percent_encode(version, VERSION)))
        };
        return listed.iter().filter_map(|version| with_version(version)).collect();
    }
    // Nothing that is listed is in this package URL: it keeps its text for explanations, and matches nothing.
    let base = PackageUrl::parse(without_version(&text)).ok();
    base.map(|purl| Identity::Purl { text, purl: Box::new(purl), is_range: true }).into_iter().collect()
}

/// The text of a package URL before its version.
fn without_version(text: &str) -> &str {
    let base = text.get(..text.find(['?', '#']).unwrap_or(text.len())).unwrap_or(text);
    let name = base.rfind('/').map_or(0, |slash| slash + 1);
    let version = base.get(name..).and_then(|name| name.rfind('@'));
    version.and_then(|at| base.get(..name + at)).unwrap_or(base)
}
