//! CycloneDX 1.4 to 1.7 with vulnerabilities: each vulnerability in each component that it affects is a finding.
//!
//! Written back, a vulnerability gets the `analysis` that the statement gives. If only some of its components are
//! suppressed, it is split: CycloneDX has one analysis for all components of an entry.

mod component;
mod places;
mod vulnerability;
mod write;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub(super) use self::places::Places;
pub(super) use self::write::write;

use self::component::{Component, Root};
use self::vulnerability::Vulnerability;
use super::format::{ReportFormat, skip_member};
use super::parts::Parts;
use crate::vex::json_reader::{Fault, Kind, Reader};
use crate::vex::{FoundPackage, Graph, PackageUrl, Scan};

/// Reads a report.
pub(super) fn read(json: &mut Reader<'_>) -> Result<(Places, Vec<Scan>), Fault> {
    let mut root = Root::default();
    let mut components = Vec::new();
    let mut edges = Vec::new();
    let mut vulnerabilities: Vec<Vulnerability> = Vec::new();
    let mut list = None;
    let (mut serial, mut version) = (None, None);
    json.optional_members(|json, name| {
        match name {
            "bomFormat" => {
                let at = json.next_position();
                if json.string_if_any()?.as_deref() != Some("CycloneDX") {
                    let cause = "expected `CycloneDX` in `bomFormat`".to_owned();
                    return Err(Fault::new(at, cause));
                }
            }
            "serialNumber" => serial = json.optional_string()?.map(String::from),
            "version" => version = read_number_text(json)?,
            "metadata" => root = Root::read_metadata(json)?,
            "components" | "services" => {
                json.optional_array(|json| Component::read_into(json, &mut components))?;
            }
            "dependencies" => {
                json.optional_array(|json| {
                    edges.push(read_dependency(json)?);
                    Ok(())
                })?;
            }
            "vulnerabilities" => {
                list = Parts::of_list(json, |json| {
                    vulnerabilities.push(Vulnerability::read(json)?);
                    Ok(())
                })?;
            }
            _ => skip_member(json, ReportFormat::CycloneDx, name)?,
        }
        Ok(())
    })?;
    let mut subject = root.subject;
    subject.bom = serial.map(|serial| (serial, version.unwrap_or_else(|| "1".to_owned())));
    subject.distribution = components.iter().find_map(Component::distribution);
    let resolver = Resolver::of(&root.component, &components, subject.bom.as_ref());
    let graph = resolver.graph(&edges);
    let mut findings = Vec::new();
    let mut details = Vec::with_capacity(vulnerabilities.len());
    let mut suppressed_before = 0;
    for vulnerability in vulnerabilities {
        let mut place = vulnerability.place.clone();
        if vulnerability.is_suppressed {
            suppressed_before += vulnerability.affects.len().max(1);
        } else {
            let first_finding = findings.len();
            findings.extend(vulnerability.findings(|reference| resolver.package(reference, graph.is_some())));
            place.first_finding = first_finding;
            place.findings = findings.len() - first_finding;
        }
        details.push(place);
    }
    let not_scanned =
        list.is_none().then(|| "the SBOM lists no vulnerabilities: it may not have been scanned".to_owned());
    let scan = Scan { subject, findings, suppressed_before, graph, not_scanned };
    Ok((Places { vulnerabilities: list.unwrap_or_default(), details }, vec![scan]))
}

/// The text of a number, or a string. Versions of documents are numbers that should not be rounded.
fn read_number_text(json: &mut Reader<'_>) -> Result<Option<String>, Fault> {
    if json.kind() == Kind::Number {
        return Ok(Some(json.written()?.to_owned()));
    }
    Ok(json.string_if_any()?.map(Into::into))
}

fn read_dependency(json: &mut Reader<'_>) -> Result<(String, Vec<String>), Fault> {
    let (mut parent, mut children) = (String::new(), Vec::new());
    json.optional_members(|json, name| {
        match name {
            "ref" => parent = json.optional_string()?.map(Into::into).unwrap_or_default(),
            "dependsOn" => children = json.strings_if_any()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok((parent, children))
}

/// A node that no graph has. A path over it counts as open.
const UNKNOWN_PARENT: usize = usize::MAX;

/// What a reference of this document names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Referenced {
    /// The component at this node.
    Node(usize),
    /// Different components have it, so none of them is meant for certain.
    Ambiguous,
}

/// Finds components by their references. The root is the first.
struct Resolver<'a> {
    components: Vec<&'a Component>,
    by_reference: HashMap<&'a str, Referenced>,
    root: &'a Component,
    bom: Option<&'a (String, String)>,
}

impl<'a> Resolver<'a> {
    fn of(root: &'a Component, components: &'a [Component], bom: Option<&'a (String, String)>) -> Self {
        let mut by_reference: HashMap<&str, Referenced> = HashMap::new();
        // Node 0 is the root.
        for (node, component) in std::iter::once(root).chain(components).enumerate() {
            let Some(reference) = component.reference.as_deref() else { continue };
            match by_reference.entry(reference) {
                Entry::Vacant(free) => {
                    free.insert(Referenced::Node(node));
                }
                Entry::Occupied(mut known) => {
                    known.insert(Referenced::Ambiguous);
                }
            }
        }
        Self { components: components.iter().collect(), by_reference, root, bom }
    }

    /// The node that a reference names for certain.
    fn node(&self, reference: &str) -> Option<usize> {
        match self.by_reference.get(reference)? {
            Referenced::Node(node) => Some(*node),
            Referenced::Ambiguous => None,
        }
    }

    fn component(&self, node: usize) -> Option<&Component> {
        match node.checked_sub(1) {
            None => Some(self.root),
            Some(index) => self.components.get(index).copied(),
        }
    }

    /// The graph of the report. `None` if it has no dependency at all.
    fn graph(&self, edges: &[(String, Vec<String>)]) -> Option<Graph> {
        if edges.iter().all(|(_, children)| children.is_empty()) {
            return None;
        }
        let root = std::iter::once(self.root.purl.clone());
        let nodes: Vec<Option<PackageUrl>> =
            root.chain(self.components.iter().map(|component| component.purl.clone())).collect();
        let mut parents = vec![Vec::new(); nodes.len()];
        for (parent, children) in edges {
            // A parent that is not known leads anywhere: no statement about another package cuts that path.
            let parent = self.node(parent).unwrap_or(UNKNOWN_PARENT);
            for child in children.iter().filter_map(|child| self.node(child)) {
                if let Some(parents) = parents.get_mut(child) {
                    parents.push(parent);
                }
            }
        }
        Some(Graph { nodes, parents, root: 0 })
    }

    /// The package that `affects[].ref` names: a `bom-ref`, a BOM-Link to the report itself, or a package URL.
    fn package(&self, reference: &str, has_graph: bool) -> FoundPackage {
        let linked = self.linked(reference);
        let reference = linked.as_deref().unwrap_or(reference);
        if let Some(node) = self.node(reference)
            && let Some(component) = self.component(node)
        {
            let mut package = component.package(has_graph.then_some(node));
            package.bom_link = self
                .bom
                .map(|(serial, version)| Box::new([serial.clone(), version.clone(), reference.to_owned()]));
            return package;
        }
        let is_ambiguous = self.by_reference.get(reference) == Some(&Referenced::Ambiguous);
        let purl = PackageUrl::parse(reference).ok().filter(|_| !is_ambiguous);
        FoundPackage {
            // Without a package URL, it is a package of no type: no statement about a package matches it.
            kind: purl.is_none().then(String::new),
            name: purl.as_ref().map_or(reference, PackageUrl::name).to_owned(),
            version: purl.as_ref().and_then(PackageUrl::version).map(str::to_owned),
            purl,
            ..FoundPackage::default()
        }
    }

    /// The `bom-ref` in a BOM-Link `urn:cdx:SERIAL/VERSION#REF`. In a link to another document, only a package URL is
    /// known here.
    fn linked(&self, reference: &str) -> Option<String> {
        let (document, fragment) = reference.strip_prefix("urn:cdx:")?.split_once('#')?;
        let fragment = percent_encoding::percent_decode_str(fragment).decode_utf8().ok()?;
        let serial = document.split_once('/').map_or(document, |(serial, _)| serial);
        let is_own = self.bom.is_some_and(|(own, _)| own.strip_prefix("urn:uuid:") == Some(serial));
        // The fragment of a package URL with encoded parts may be written encoded once only.
        let raw = reference.split_once('#').map(|(_, raw)| raw).filter(|raw| raw.starts_with("pkg:"));
        match raw {
            Some(raw) if !is_own || !self.by_reference.contains_key(&*fragment) => Some(raw.to_owned()),
            _ if is_own => Some(fragment.into_owned()),
            _ => None,
        }
    }
}

impl Root {
    /// Reads the member `metadata`.
    fn read_metadata(json: &mut Reader<'_>) -> Result<Self, Fault> {
        let root = json.member("component", |json| Self::read(json).map(Some))?;
        Ok(root.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::{UNKNOWN_PARENT, read};
    use crate::vex::Scan;
    use crate::vex::json_reader::Reader;

    fn scan(text: &str) -> Scan {
        read(&mut Reader::new(text)).unwrap().1.remove(0)
    }

    #[test]
    fn a_parent_that_is_no_component_is_kept_in_the_graph() {
        let scan = scan(
            r#"{"bomFormat":"CycloneDX","metadata":{"component":{"name":"root"}},"components":[{"bom-ref":"a","name":"a"},{"bom-ref":"b","name":"b"}],"dependencies":[{"ref":"root","dependsOn":["a","b"]},{"ref":"a","dependsOn":["b"]}],"vulnerabilities":[]}"#,
        );
        assert_eq!(scan.graph.unwrap().parents, [vec![], vec![UNKNOWN_PARENT], vec![UNKNOWN_PARENT, 1]]);
    }
    #[test]
    fn a_reference_of_two_components_names_none_of_them() {
        let scan = scan(
            r#"{"bomFormat":"CycloneDX","components":[{"bom-ref":"pkg:npm/a@1","name":"a","purl":"pkg:npm/a@1"},{"bom-ref":"pkg:npm/a@1","name":"b","purl":"pkg:npm/b@1"},{"bom-ref":"c","name":"c"}],"dependencies":[{"ref":"pkg:npm/a@1","dependsOn":["c"]}],"vulnerabilities":[{"id":"CVE-1-1","affects":[{"ref":"pkg:npm/a@1"}]}]}"#,
        );
        let package = &scan.findings[0].package;
        assert_eq!((&package.purl, package.node, package.kind.as_deref()), (&None, None, Some("")));
        assert_eq!(scan.graph.unwrap().parents, [vec![], vec![], vec![], vec![UNKNOWN_PARENT]]);
    }
}
