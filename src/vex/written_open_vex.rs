//! OpenVEX 0.2.0 as this program writes it.
//!
//! Invariant: a statement is written with a time of its own and with products, so it means the same in every document.

use jiff::Timestamp;

use super::scan_report::layout::{Layout, NewValue};
use super::{Component, Identity, Status, Vulnerability};

/// The version that is written.
const CONTEXT: &str = "https://openvex.dev/ns/v0.2.0";

/// A statement to write.
#[derive(Clone, Debug)]
pub(super) struct WrittenStatement<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) vulnerability: &'a Vulnerability,
    pub(super) timestamp: Timestamp,
    /// Not empty.
    pub(super) products: Vec<WrittenProduct>,
    pub(super) status: Status,
    pub(super) status_notes: Option<&'a str>,
    /// The label.
    pub(super) justification: Option<&'a str>,
    pub(super) impact_statement: Option<&'a str>,
    pub(super) action_statement: Option<&'a str>,
}

/// A product to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WrittenProduct {
    pub(super) component: WrittenComponent,
    pub(super) subcomponents: Vec<WrittenComponent>,
}

/// A component to write. It has at least one identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WrittenComponent {
    id: Option<String>,
    /// By their names in OpenVEX.
    identifiers: Vec<(&'static str, String)>,
    /// By their algorithms.
    hashes: Vec<(&'static str, String)>,
}

/// A document to write.
#[derive(Clone, Debug)]
pub(super) struct WrittenDocument<'a> {
    pub(super) id: &'a str,
    pub(super) author: &'a str,
    pub(super) timestamp: Timestamp,
    pub(super) statements: Vec<NewValue<'a>>,
}

impl WrittenComponent {
    /// A component with this `@id`.
    pub(super) fn of_id(id: String) -> Self {
        Self { id: Some(id), ..Self::default() }
    }

    /// The components that together stand for all identities of a component. Each is an alternative: a document that
    /// lists them matches what the component matches. Identities that match nothing are left out.
    pub(super) fn of(component: &Component) -> Vec<Self> {
        let mut written = vec![Self::default()];
        for identity in &component.identities {
            let one = match identity {
                Identity::Purl { is_range: true, .. } | Identity::BomLink { .. } => continue,
                Identity::Purl { text, .. } | Identity::Text(text) => Self::of_id(text.clone()),
                Identity::Cpe(cpe) => {
                    let name = if cpe.starts_with("cpe:2.3:") { "cpe23" } else { "cpe22" };
                    Self { identifiers: vec![(name, cpe.clone())], ..Self::default() }
                }
                Identity::Hash(hash) => match algorithm(hash) {
                    Some(name) => Self { hashes: vec![(name, hash.clone())], ..Self::default() },
                    None => continue,
                },
            };
            match written.first_mut() {
                Some(first) if first.has_place_for(&one) => first.extend(one),
                _ => written.push(one),
            }
        }
        written.retain(|component| *component != Self::default());
        written
    }

    /// Whether the identities of another component can stand beside those of this one.
    fn has_place_for(&self, other: &Self) -> bool {
        let is_free = |own: &[(&str, String)], other: &[(&str, String)]| {
            other.iter().all(|(name, _)| own.iter().all(|(known, _)| known != name))
        };
        !(self.id.is_some() && other.id.is_some())
            && is_free(&self.identifiers, &other.identifiers)
            && is_free(&self.hashes, &other.hashes)
    }

    fn extend(&mut self, other: Self) {
        self.id = self.id.take().or(other.id);
        self.identifiers.extend(other.identifiers);
        self.hashes.extend(other.hashes);
    }

    fn members(&self) -> Vec<(&'static str, NewValue<'static>)> {
        let named = |pairs: &[(&'static str, String)]| {
            NewValue::Object(pairs.iter().map(|(name, text)| (*name, NewValue::text(text.clone()))).collect())
        };
        let mut members = Vec::new();
        members.extend(self.id.clone().map(|id| ("@id", NewValue::text(id))));
        members.extend((!self.identifiers.is_empty()).then(|| ("identifiers", named(&self.identifiers))));
        members.extend((!self.hashes.is_empty()).then(|| ("hashes", named(&self.hashes))));
        members
    }
}

/// The name of the algorithm in OpenVEX, by the length of the hash.
fn algorithm(hash: &str) -> Option<&'static str> {
    match hash.len() {
        32 => Some("md5"),
        40 => Some("sha1"),
        64 => Some("sha-256"),
        96 => Some("sha-384"),
        128 => Some("sha-512"),
        _ => None,
    }
}

impl WrittenProduct {
    fn value(&self) -> NewValue<'static> {
        let mut members = self.component.members();
        if !self.subcomponents.is_empty() {
            let parts = self.subcomponents.iter().map(|part| NewValue::Object(part.members()));
            members.push(("subcomponents", NewValue::List(parts.collect())));
        }
        NewValue::Object(members)
    }
}

impl<'a> WrittenStatement<'a> {
    /// The statement as a value.
    pub(super) fn value(&self) -> NewValue<'a> {
        let mut members = Vec::new();
        let text = |name, text: Option<&'a str>| text.map(|text| (name, NewValue::text(text)));
        members.extend(text("@id", self.id));
        members.push(("vulnerability", vulnerability(self.vulnerability)));
        members.push(("timestamp", NewValue::text(self.timestamp.to_string())));
        members.push(("products", NewValue::List(self.products.iter().map(WrittenProduct::value).collect())));
        members.push(("status", NewValue::text(self.status.as_str())));
        members.extend(text("status_notes", self.status_notes));
        members.extend(text("justification", self.justification));
        members.extend(text("impact_statement", self.impact_statement));
        members.extend(text("action_statement", self.action_statement));
        NewValue::Object(members)
    }
}

/// A vulnerability. The specification requires a name.
fn vulnerability(vulnerability: &Vulnerability) -> NewValue<'_> {
    let Vulnerability { iri, name, aliases } = vulnerability;
    let mut members = Vec::new();
    let is_iri = |iri: &&String| iri.contains(':');
    members.extend(iri.as_ref().filter(is_iri).map(|iri| ("@id", NewValue::text(iri.as_str()))));
    let name = name.as_ref().or(iri.as_ref()).or(aliases.first());
    members.extend(name.map(|name| ("name", NewValue::text(name.as_str()))));
    if !aliases.is_empty() {
        let aliases = aliases.iter().map(|alias| NewValue::text(alias.as_str()));
        members.push(("aliases", NewValue::List(aliases.collect())));
    }
    NewValue::Object(members)
}

impl WrittenDocument<'_> {
    /// The text of the document. It is its first version.
    pub(super) fn text(self) -> String {
        let tooling = concat!("dhi ", env!("CARGO_PKG_VERSION"));
        Layout::document(&NewValue::Object(vec![
            ("@context", NewValue::text(CONTEXT)),
            ("@id", NewValue::text(self.id)),
            ("author", NewValue::text(self.author)),
            ("timestamp", NewValue::text(self.timestamp.to_string())),
            ("version", NewValue::Number(1)),
            ("tooling", NewValue::text(tooling)),
            ("statements", NewValue::List(self.statements)),
        ]))
    }
}
