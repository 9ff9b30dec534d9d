//! One result of a Trivy report: the findings and packages of a distribution, a lock file or a kind of package.

use std::collections::HashMap;
use std::ops::Range;

use crate::vex::json_reader::{Fault, Reader};
use crate::vex::scan_report::format::skip_other;
use crate::vex::scan_report::parts::Parts;
use crate::vex::scan_report::{package_types, ratings};
use crate::vex::{Finding, Fix, FoundPackage, PackageUrl, Severity, SourcePackage};

/// The members that hold findings, or tell what a result is about.
const MEMBERS: [&str; 4] = ["Class", "Type", "Vulnerabilities", "ExperimentalModifiedFindings"];

/// One result.
#[derive(Debug, Default)]
pub(super) struct TrivyResult {
    pub(super) place: ResultPlace,
    pub(super) target: String,
    pub(super) has_target: bool,
    has_type: bool,
    class: ResultClass,
    pub(super) findings: Vec<FoundVulnerability>,
    pub(super) packages: Vec<Package>,
}

/// Where a result is in the text.
#[derive(Clone, Debug, Default)]
pub(super) struct ResultPlace {
    /// Where it begins.
    pub(super) start: usize,
    /// The position of its first finding among those of the scan.
    pub(super) first_finding: usize,
    /// Its members.
    pub(super) members: Parts,
    /// The list `Vulnerabilities`.
    pub(super) vulnerabilities: Option<MemberPlace>,
    /// The list `ExperimentalModifiedFindings`.
    pub(super) modified: Option<MemberPlace>,
    /// How many vulnerabilities are in that list.
    pub(super) modified_vulnerabilities: usize,
}

/// A member whose value is a list.
#[derive(Clone, Debug)]
pub(super) struct MemberPlace {
    /// Where its name begins.
    pub(super) start: usize,
    /// Its value.
    pub(super) value: Range<usize>,
    /// The elements. `None` for `null`.
    pub(super) list: Option<Parts>,
}

/// A finding, and what names its package among the packages of the result.
#[derive(Debug)]
pub(super) struct FoundVulnerability {
    finding: Finding,
    uid: Option<String>,
    package_id: Option<String>,
}

/// A package of the result.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) uid: Option<String>,
    pub(super) purl: Option<PackageUrl>,
    pub(super) relationship: Option<String>,
    pub(super) depends_on: Vec<String>,
    source: Option<SourcePackage>,
}

/// What a result says it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ResultClass {
    /// Packages of an operating system or a language.
    Packages,
    /// Secrets, configurations, licences.
    Others,
    /// It does not say.
    #[default]
    Unknown,
}

impl TrivyResult {
    /// Whether vulnerabilities were searched in packages: it has a list of them, or is about packages without any.
    pub(super) fn is_of_packages(&self) -> bool {
        let has_vulnerabilities =
            self.place.vulnerabilities.is_some() || self.place.modified_vulnerabilities > 0;
        has_vulnerabilities
            || match self.class {
                ResultClass::Packages => true,
                ResultClass::Others => false,
                ResultClass::Unknown => self.has_type,
            }
    }

    /// Reads a result.
    pub(super) fn read(json: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut result = Self::default();
        json.kind();
        result.place.start = json.position();
        let (mut class, mut kind) = (None, None);
        let members = Parts::of_object(json, |json, name| {
            match name {
                "Target" => {
                    result.target = json.optional_string()?.map(Into::into).unwrap_or_default();
                    result.has_target = true;
                }
                "Class" => class = json.string_if_any()?,
                "Type" => {
                    kind = json.string_if_any()?;
                    result.has_type = kind.is_some();
                }
                "Packages" => {
                    json.optional_array(|json| {
                        result.packages.push(Package::read(json)?);
                        Ok(())
                    })?;
                }
                "Vulnerabilities" => {
                    let findings = &mut result.findings;
                    result.place.vulnerabilities = Some(MemberPlace::read(json, |json| {
                        findings.push(FoundVulnerability::read(json)?);
                        Ok(())
                    })?);
                }
                "ExperimentalModifiedFindings" => {
                    let count = &mut result.place.modified_vulnerabilities;
                    result.place.modified = Some(MemberPlace::read(json, |json| {
                        *count += usize::from(is_vulnerability(json)?);
                        Ok(())
                    })?);
                }
                _ => skip_other(json, name, &MEMBERS)?,
            }
            Ok(())
        })?;
        result.place.members = members.unwrap_or_default();
        let kind = kind.as_deref().filter(|kind| !kind.is_empty()).map(package_types::of_trivy);
        result.class = match class.as_deref() {
            Some("os-pkgs" | "lang-pkgs") => ResultClass::Packages,
            None | Some("") => ResultClass::Unknown,
            Some(_) => ResultClass::Others,
        };
        let of_system = match class.as_deref() {
            Some("os-pkgs") => Some(true),
            Some("lang-pkgs") => Some(false),
            _ => None,
        };
        for found in &mut result.findings {
            let package = &mut found.finding.package;
            if package.purl.is_none() {
                package.kind = kind.map(str::to_owned);
                package.of_system = of_system;
            }
        }
        Ok(result)
    }
}

impl MemberPlace {
    fn read<'a>(
        json: &mut Reader<'a>,
        element: impl FnMut(&mut Reader<'a>) -> Result<(), Fault>,
    ) -> Result<Self, Fault> {
        let start = json.name_position();
        let value = json.next_position();
        let list = Parts::of_list(json, element)?;
        Ok(Self { start, value: value..json.position(), list })
    }
}

fn is_vulnerability(json: &mut Reader<'_>) -> Result<bool, Fault> {
    let kind = json.member("Type", Reader::string_if_any)?;
    Ok(kind.as_deref() == Some("vulnerability"))
}

impl FoundVulnerability {
    fn read(json: &mut Reader<'_>) -> Result<Self, Fault> {
        let start = json.next_position();
        let mut id = None;
        let mut vendor_ids = Vec::new();
        let mut package = FoundPackage::default();
        let (mut uid, mut package_id) = (None, None);
        let (mut fixed, mut status) = (Vec::new(), None);
        let mut severity = Severity::Unknown;
        let mut published = None;
        let mut scores = Vec::new();
        json.optional_members(|json, name| {
            match name {
                "VulnerabilityID" => id = json.optional_string()?.map(String::from),
                "VendorIDs" => vendor_ids = json.strings_if_any()?,
                "PkgID" => package_id = json.string_if_any()?.map(String::from),
                "PkgName" => package.name = json.optional_string()?.map(Into::into).unwrap_or_default(),
                "PkgPath" => package.locations.extend(json.filled_string_if_any()?),
                "PkgIdentifier" => {
                    let identifier = read_identifier(json)?;
                    uid = identifier.uid;
                    package.purl = identifier.purl;
                }
                "InstalledVersion" => package.version = json.filled_string()?,
                "FixedVersion" => {
                    fixed = json.string_if_any()?.map_or_else(Vec::new, |text| ratings::versions(&text));
                }
                "Status" => status = json.string_if_any()?,
                "Layer" => package.layers.extend(json.member("DiffID", Reader::filled_string_if_any)?),
                "Severity" => {
                    severity = json.string_if_any()?.map_or(severity, |label| ratings::severity(&label));
                }
                "CVSS" => read_scores(json, &mut scores)?,
                "PublishedDate" => published = json.string_if_any()?.and_then(|time| ratings::time(&time)),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let id = id.ok_or(Fault::missing(start, "VulnerabilityID"))?;
        let mut aliases = Vec::new();
        vendor_ids.iter().for_each(|alias| ratings::add_alias(&mut aliases, &id, alias));
        let fix = match status.as_deref() {
            _ if !fixed.is_empty() => Fix::Fixed(fixed),
            Some("fixed") => Fix::Fixed(fixed),
            Some("will_not_fix" | "end_of_life") => Fix::WontFix,
            _ => Fix::NotFixed,
        };
        let finding = Finding {
            id,
            aliases,
            package,
            severity,
            fix,
            published,
            known_exploited: None,
            scores: ratings::highest_first(scores),
            epss: None,
        };
        Ok(Self { finding, uid, package_id })
    }

    /// The finding, with what the list of packages knows about its package.
    pub(super) fn finding(self, packages: &PackageIndex<'_>) -> Finding {
        let Self { mut finding, uid, package_id } = self;
        if let Some((package, node)) = packages.find(uid.as_deref(), package_id.as_deref()) {
            finding.package.node = node;
            finding.package.sources.extend(package.source.clone());
            if finding.package.purl.is_none() {
                finding.package.purl.clone_from(&package.purl);
            }
        }
        finding
    }
}

/// The packages of a result by their names.
#[derive(Debug)]
pub(super) struct PackageIndex<'a> {
    by_uid: HashMap<&'a str, usize>,
    by_id: HashMap<&'a str, usize>,
    packages: &'a [Package],
    nodes: &'a [usize],
}

impl<'a> PackageIndex<'a> {
    /// Indexes packages. `nodes` are their nodes in the graph, if there is one.
    pub(super) fn of(packages: &'a [Package], nodes: &'a [usize]) -> Self {
        let numbered = || packages.iter().enumerate();
        let by_uid =
            numbered().filter_map(|(index, package)| Some((package.uid.as_deref()?, index))).collect();
        let by_id = numbered().map(|(index, package)| (package.id.as_str(), index)).collect();
        Self { by_uid, by_id, packages, nodes }
    }

    /// The package that a finding names, and its node.
    fn find(&self, uid: Option<&str>, id: Option<&str>) -> Option<(&'a Package, Option<usize>)> {
        let by_uid = uid.and_then(|uid| self.by_uid.get(uid));
        let index = *by_uid.or_else(|| id.and_then(|id| self.by_id.get(id)))?;
        Some((self.packages.get(index)?, self.nodes.get(index).copied()))
    }
}

impl Package {
    fn read(json: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut package = Self::default();
        let (mut name, mut version) = (String::new(), String::new());
        let (mut source, mut source_version, mut source_release) =
            (String::new(), String::new(), String::new());
        let mut source_epoch = None;
        json.optional_members(|json, member| {
            let text = |json: &mut Reader<'_>| Ok(json.string_if_any()?.map(Into::into).unwrap_or_default());
            match member {
                "ID" => package.id = text(json)?,
                "Name" => name = text(json)?,
                "Version" => version = text(json)?,
                "Identifier" => {
                    let identifier = read_identifier(json)?;
                    package.uid = identifier.uid;
                    package.purl = identifier.purl;
                }
                "Relationship" => package.relationship = json.filled_string_if_any()?,
                "DependsOn" => package.depends_on = json.strings_if_any()?,
                "SrcName" => source = text(json)?,
                "SrcVersion" => source_version = text(json)?,
                "SrcRelease" => source_release = text(json)?,
                "SrcEpoch" => source_epoch = json.number_if_any()?.filter(|epoch| *epoch > 0.0),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if package.id.is_empty() {
            package.id = format!("{name}@{version}");
        }
        if !source.is_empty() {
            let epoch = source_epoch.map_or_else(String::new, |epoch| format!("{epoch:.0}:"));
            let release =
                if source_release.is_empty() { String::new() } else { format!("-{source_release}") };
            let version = (!source_version.is_empty()).then(|| format!("{epoch}{source_version}{release}"));
            package.source = Some(SourcePackage { name: source, version });
        }
        Ok(package)
    }
}

struct Identifier {
    purl: Option<PackageUrl>,
    uid: Option<String>,
}

fn read_identifier(json: &mut Reader<'_>) -> Result<Identifier, Fault> {
    let mut identifier = Identifier { purl: None, uid: None };
    json.optional_members(|json, name| {
        match name {
            "PURL" => {
                identifier.purl = json.optional_string()?.and_then(|purl| PackageUrl::parse(&purl).ok());
            }
            "UID" => identifier.uid = json.filled_string_if_any()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(identifier)
}

/// The scores of each vendor: `{"nvd": {"V2Score": 7.2, "V3Score": 7.8}}`.
fn read_scores(json: &mut Reader<'_>, scores: &mut Vec<f64>) -> Result<(), Fault> {
    json.members_if_any(|json, _vendor| {
        json.members_if_any(|json, name| {
            match name {
                "V2Score" | "V3Score" | "V40Score" => scores.extend(json.number_if_any()?),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}
