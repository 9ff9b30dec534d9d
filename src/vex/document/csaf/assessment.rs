//! One entry of `vulnerabilities`: the status of products, and the reasons for it (CSAF 2.0, 3.2.3).
//!
//! A flag, threat or remediation counts for the products and groups that it names, and for none if it names none.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::product_tree::ProductTree;
use crate::vex::json_reader::{Fault, Reader};
use crate::vex::limits::CSAF_TEXTS;
use crate::vex::{Justification, Status, Vulnerability};

/// The lists of `product_status`. `recommended` names versions to update to. It counts, as `affected`, only for a
/// product that no other list has: then it is no reason to suppress. `first_fixed` counts only for a product that
/// `fixed` does not have: scanners read `fixed` alike.
const LISTS: [(&str, Status); 8] = [
    ("known_affected", Status::Affected),
    ("first_affected", Status::Affected),
    ("last_affected", Status::Affected),
    ("known_not_affected", Status::NotAffected),
    ("fixed", Status::Fixed),
    ("first_fixed", Status::Fixed),
    ("under_investigation", Status::UnderInvestigation),
    ("recommended", Status::Affected),
];

/// Flags, threats and remediations name more products than are read.
pub(super) struct TooManyReasons;

/// One vulnerability as it is written.
#[derive(Debug, Default)]
pub(super) struct Assessment {
    vulnerability: Vulnerability,
    /// Products by list, in the order of the document.
    lists: Vec<(&'static str, Vec<String>)>,
    flags: Vec<Note>,
    impacts: Vec<Note>,
    remediations: Vec<Note>,
}

/// A text about products.
#[derive(Debug, Default)]
struct Note {
    text: String,
    product_ids: Vec<String>,
    group_ids: Vec<String>,
}

/// What products have in common that are in one statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub(super) status: Status,
    pub(super) is_first_fixed: bool,
    pub(super) justification: Option<Justification>,
    pub(super) unknown_justification: Option<String>,
    pub(super) impact_statement: Option<String>,
    pub(super) action_statement: Option<String>,
}

/// The vulnerability, its products by what they have in common, and the labels that are not known.
pub(super) type Grouped = (Vulnerability, Vec<(Group, Vec<String>)>, Vec<String>);

impl Assessment {
    /// Reads an entry of `vulnerabilities`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut assessment = Self::default();
        let members = ["cve", "ids", "product_status", "flags", "threats", "remediations"];
        reader.object(&members, |reader, name| match name {
            "cve" => {
                assessment.vulnerability.name = reader.optional_string()?.map(Cow::into_owned);
                Ok(())
            }
            "ids" => reader.optional_array(|reader| {
                reader.object(&["text"], |reader, _| {
                    assessment.vulnerability.aliases.extend(reader.optional_string()?.map(Cow::into_owned));
                    Ok(())
                })
            }),
            "product_status" => reader.optional_object(&LISTS.map(|(name, _)| name), |reader, name| {
                assessment.lists.push((name, reader.strings()?));
                Ok(())
            }),
            "flags" => notes(reader, "label", |_| true, &mut assessment.flags),
            "threats" => notes(reader, "details", |category| category == "impact", &mut assessment.impacts),
            _ => notes(reader, "details", |_| true, &mut assessment.remediations),
        })?;
        let Vulnerability { name, aliases, .. } = &mut assessment.vulnerability;
        if name.is_none() && !aliases.is_empty() {
            *name = Some(aliases.remove(0));
        }
        Ok(assessment)
    }

    /// Groups the products of each status. `free` counts
    /// the products that reasons may still name: a group multiplies them.
    pub(super) fn into_statements(
        self,
        tree: &ProductTree,
        free: &mut usize,
    ) -> Result<Grouped, TooManyReasons> {
        let flags = by_product(&self.flags, tree, free)?;
        let impacts = by_product(&self.impacts, tree, free)?;
        let remediations = by_product(&self.remediations, tree, free)?;
        let mut groups: Vec<(Group, Vec<String>)> = Vec::new();
        let mut positions: HashMap<Group, usize> = HashMap::new();
        let mut listed: HashSet<(&str, Status)> = HashSet::new();
        let is_recommended = |list: &&(&str, Vec<String>)| list.0 == "recommended";
        let others = self.lists.iter().filter(|list| !is_recommended(list));
        let with_status: HashSet<&str> =
            others.clone().flat_map(|(_, ids)| ids).map(String::as_str).collect();
        let fixed = self.lists.iter().filter(|(list, _)| *list == "fixed").flat_map(|(_, ids)| ids);
        let fixed: HashSet<&str> = fixed.map(String::as_str).collect();
        for (list, ids) in others.chain(self.lists.iter().filter(is_recommended)) {
            let Some((_, status)) = LISTS.iter().find(|(name, _)| name == list) else { continue };
            let is_recommendation = *list == "recommended";
            let is_first_fixed = *list == "first_fixed";
            for id in ids {
                let is_shadowed = is_recommendation && with_status.contains(id.as_str())
                    || is_first_fixed && fixed.contains(id.as_str());
                if is_shadowed || !listed.insert((id, *status)) {
                    continue;
                }
                let joined = |texts: Vec<&str>| (!texts.is_empty()).then(|| texts.join("; "));
                let is_reasoned = *status == Status::NotAffected;
                let labels = if is_reasoned { texts_of(id, &flags) } else { Vec::new() };
                let justification = labels.iter().find_map(|label| Justification::parse(label));
                let group = Group {
                    status: *status,
                    is_first_fixed,
                    justification,
                    unknown_justification: labels
                        .first()
                        .filter(|_| justification.is_none())
                        .map(|label| (*label).to_owned()),
                    impact_statement: joined(texts_of(id, &impacts)).filter(|_| is_reasoned),
                    action_statement: joined(texts_of(id, &remediations))
                        .filter(|_| *status == Status::Affected),
                };
                let position = *positions.entry(group).or_insert_with_key(|group| {
                    groups.push((group.clone(), Vec::new()));
                    groups.len() - 1
                });
                if let Some((_, products)) = groups.get_mut(position) {
                    products.push(id.clone());
                }
            }
        }
        let unknown = self.flags.iter().map(|flag| &flag.text);
        let unknown = unknown.filter(|label| Justification::parse(label).is_none()).cloned().collect();
        Ok((self.vulnerability, groups, unknown))
    }
}

/// Reads flags, threats or remediations. `member` has their text.
fn notes(
    reader: &mut Reader<'_>,
    member: &'static str,
    is_read: impl Fn(&str) -> bool,
    into: &mut Vec<Note>,
) -> Result<(), Fault> {
    reader.optional_array(|reader| {
        let mut note = Note::default();
        let mut category = String::new();
        reader.object(&[member, "category", "product_ids", "group_ids"], |reader, name| {
            match name {
                "category" => category = reader.optional_string()?.unwrap_or_default().into_owned(),
                "product_ids" => note.product_ids = reader.strings()?,
                "group_ids" => note.group_ids = reader.strings()?,
                _ => note.text = reader.optional_string()?.unwrap_or_default().into_owned(),
            }
            Ok(())
        })?;
        if is_read(&category) && !note.text.trim().is_empty() {
            into.push(note);
        }
        Ok(())
    })
}

fn texts_of<'a>(id: &str, texts: &HashMap<&str, Vec<&'a str>>) -> Vec<&'a str> {
    texts.get(id).cloned().unwrap_or_default()
}

/// The texts about each product, in the order of the document. Not more than [`CSAF_TEXTS`] of a product are kept.
fn by_product<'a>(
    notes: &'a [Note],
    tree: &'a ProductTree,
    free: &mut usize,
) -> Result<HashMap<&'a str, Vec<&'a str>>, TooManyReasons> {
    let mut texts: HashMap<&str, Vec<&str>> = HashMap::new();
    for note in notes {
        let members = note.group_ids.iter().flat_map(|group| tree.group(group));
        for id in note.product_ids.iter().chain(members) {
            *free = free.checked_sub(1).ok_or(TooManyReasons)?;
            let texts = texts.entry(id).or_default();
            if texts.len() < CSAF_TEXTS && !texts.contains(&note.text.as_str()) {
                texts.push(&note.text);
            }
        }
    }
    Ok(texts)
}
