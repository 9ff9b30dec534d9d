//! OSV-Scanner's own JSON. One group of vulnerabilities, which are one under several ids, is one finding.
//!
//! Written back, a suppressed group leaves `groups`, and its vulnerabilities leave `vulnerabilities`: the format has no
//! place for them. Lists that lose all are `[]`, and the package stays.

mod purl;
mod vulnerability;

use std::collections::HashMap;

use self::purl::Ecosystem;
use self::vulnerability::OsvVulnerability;
use super::format::{ReportFormat, skip_member};
use super::parts::Parts;
use super::pieces::Edits;
use super::ratings;
use super::verdict::Verdict;
use crate::vex::json_reader::{Fault, Kind, Reader};
use crate::vex::{AppliedReport, Finding, FoundPackage, Scan, Scanned, ScannedKind, Severity, StatementSet};

/// Where the packages of a report are.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Vec<PackagePlace>);

/// One package.
#[derive(Clone, Debug, Default)]
struct PackagePlace {
    vulnerabilities: Option<Parts>,
    groups: Option<Parts>,
    first_finding: usize,
    findings: Vec<FindingPlace>,
    /// Positions in `vulnerabilities` of what groups name that OSV-Scanner itself does not count.
    settled: Vec<usize>,
}

/// What leaves the report with one finding.
#[derive(Clone, Debug, Default)]
struct FindingPlace {
    /// Positions in `vulnerabilities`.
    vulnerabilities: Vec<usize>,
    /// Position in `groups`. `None`: the vulnerability is in no group.
    group: Option<usize>,
}

/// One package as it is written.
#[derive(Debug, Default)]
struct RawPackage {
    package: PackageFacts,
    vulnerabilities: Vec<OsvVulnerability>,
    groups: Vec<Group>,
    vulnerabilities_place: Option<Parts>,
    groups_place: Option<Parts>,
}

#[derive(Debug, Default)]
struct PackageFacts {
    name: String,
    binary_name: Option<String>,
    version: Option<String>,
    ecosystem: String,
    /// Position among the layers of the image.
    layer: Option<usize>,
}

/// Ids of one vulnerability.
#[derive(Debug, Default)]
struct Group {
    ids: Vec<String>,
    aliases: Vec<String>,
    score: Option<f64>,
    has_analysis: bool,
    is_called: bool,
    /// The ids that the distribution calls unimportant.
    unimportant: Vec<String>,
}

impl Group {
    /// Whether OSV-Scanner itself does not count it: no code calls it, or the distribution calls it unimportant, by all
    /// of its ids.
    fn is_suppressed(&self) -> bool {
        let is_unimportant = !self.ids.is_empty() && self.ids.iter().all(|id| self.unimportant.contains(id));
        is_unimportant || (self.has_analysis && !self.is_called)
    }
}

/// The image, if one was scanned.
#[derive(Debug, Default)]
struct Image {
    layers: Vec<String>,
}

/// Reads a report.
pub(super) fn read(json: &mut Reader<'_>) -> Result<(Places, Vec<Scan>), Fault> {
    let mut packages: Vec<(String, RawPackage)> = Vec::new();
    let mut sources: Vec<String> = Vec::new();
    let mut image: Option<Image> = None;
    let mut has_mark = false;
    json.optional_members(|json, name| {
        match name {
            "results" => {
                json.optional_array(|json| {
                    let (path, read) = read_result(json)?;
                    packages.extend(read.into_iter().map(|package| (path.clone(), package)));
                    sources.push(path);
                    Ok(())
                })?;
            }
            "image_metadata" => image = read_image(json)?,
            "experimental_config" | "experimentalConfig" => {
                has_mark = json.kind() == Kind::Object;
                json.skip()?;
            }
            _ => skip_member(json, ReportFormat::OsvScanner, name)?,
        }
        Ok(())
    })?;
    // Many tools write an empty list `results`.
    if sources.is_empty() && !has_mark && image.is_none() {
        return Err(
            json.fault("`results` is empty, and nothing else tells that it is a report of OSV-Scanner")
        );
    }
    let mut subject = Scanned { kind: ScannedKind::Files, ..Scanned::default() };
    if image.is_some() {
        subject.kind = ScannedKind::Image;
    }
    if let [source] = sources.as_slice() {
        subject.name.clone_from(source);
    }
    let layers = image.map(|image| image.layers).unwrap_or_default();
    let mut places = Places::default();
    let mut findings = Vec::new();
    let mut suppressed_before = 0;
    for (path, package) in packages {
        let mut place = PackagePlace { first_finding: findings.len(), ..PackagePlace::default() };
        suppressed_before += package.groups.iter().filter(|group| group.is_suppressed()).count();
        for (finding, finding_place) in package.findings(&path, &layers) {
            findings.push(finding);
            place.findings.push(finding_place);
        }
        place.settled = package.settled();
        place.vulnerabilities = package.vulnerabilities_place;
        place.groups = package.groups_place;
        places.0.push(place);
    }
    let scan = Scan { subject, findings, suppressed_before, graph: None, not_scanned: None };
    Ok((places, vec![scan]))
}

fn read_result(json: &mut Reader<'_>) -> Result<(String, Vec<RawPackage>), Fault> {
    let mut path = String::new();
    let mut packages = Vec::new();
    let start = json.next_position();
    let (mut has_source, mut has_packages) = (false, false);
    json.optional_members(|json, name| {
        match name {
            // `packageSource` in the first versions.
            "source" | "packageSource" => {
                has_source = json.kind() == Kind::Object;
                path = json.member("path", Reader::filled_string_if_any)?.unwrap_or_default();
            }
            "packages" => {
                has_packages = true;
                json.optional_array(|json| {
                    packages.push(RawPackage::read(json)?);
                    Ok(())
                })?;
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    if has_source || has_packages { Ok((path, packages)) } else { Err(Fault::missing(start, "packages")) }
}

fn read_image(json: &mut Reader<'_>) -> Result<Option<Image>, Fault> {
    let mut image = Image::default();
    if json.kind() != Kind::Object {
        return json.skip().map(|()| None);
    }
    json.members(|json, name| {
        match name {
            "layer_metadata" => {
                json.array_if_any(|json| {
                    let layer = json.member("diff_id", Reader::filled_string_if_any)?;
                    image.layers.push(layer.unwrap_or_default());
                    Ok(())
                })?;
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(Some(image))
}

impl RawPackage {
    fn read(json: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut package = Self::default();
        json.optional_members(|json, name| {
            match name {
                "package" | "Package" => package.package = PackageFacts::read(json)?,
                "vulnerabilities" => {
                    let vulnerabilities = &mut package.vulnerabilities;
                    package.vulnerabilities_place = Parts::of_list(json, |json| {
                        vulnerabilities.push(OsvVulnerability::read(json)?);
                        Ok(())
                    })?;
                }
                "groups" => {
                    let groups = &mut package.groups;
                    package.groups_place = Parts::of_list(json, |json| {
                        groups.push(Group::read(json)?);
                        Ok(())
                    })?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(package)
    }

    /// The records in groups that OSV-Scanner itself does not count: those groups stay.
    fn settled(&self) -> Vec<usize> {
        let ids = self.groups.iter().filter(|group| group.is_suppressed()).flat_map(|group| &group.ids);
        let position = |id: &String| self.vulnerabilities.iter().rposition(|this| this.id == *id);
        ids.filter_map(position).collect()
    }

    /// The findings: one for each group, and one for each vulnerability that is in no group.
    fn findings(&self, path: &str, layers: &[String]) -> Vec<(Finding, FindingPlace)> {
        let by_id: HashMap<&str, usize> =
            self.vulnerabilities.iter().enumerate().map(|(index, this)| (this.id.as_str(), index)).collect();
        let mut is_grouped = vec![false; self.vulnerabilities.len()];
        let mut all = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            let members: Vec<usize> =
                group.ids.iter().filter_map(|id| by_id.get(id.as_str()).copied()).collect();
            for member in &members {
                if let Some(is_grouped) = is_grouped.get_mut(*member) {
                    *is_grouped = true;
                }
            }
            if !group.is_suppressed() {
                all.push((members, Some(index)));
            }
        }
        let alone = is_grouped.iter().enumerate().filter(|(_, is_grouped)| !**is_grouped);
        all.extend(alone.map(|(index, _)| (vec![index], None)));
        let package = self.package.found(path, layers);
        let finding = |(vulnerabilities, group): (Vec<usize>, Option<usize>)| {
            let finding =
                self.finding(&vulnerabilities, group.and_then(|group| self.groups.get(group)), &package);
            (finding, FindingPlace { vulnerabilities, group })
        };
        all.into_iter().map(finding).collect()
    }

    fn finding(&self, members: &[usize], group: Option<&Group>, package: &FoundPackage) -> Finding {
        let records = || members.iter().filter_map(|index| self.vulnerabilities.get(*index));
        let first =
            group.and_then(|group| group.ids.first()).or_else(|| records().next().map(|this| &this.id));
        let id = first.cloned().unwrap_or_default();
        let mut aliases = Vec::new();
        let of_group = group.into_iter().flat_map(|group| group.ids.iter().chain(&group.aliases));
        let of_records = records().flat_map(|this| std::iter::once(&this.id).chain(&this.aliases));
        of_group.chain(of_records).for_each(|alias| ratings::add_alias(&mut aliases, &id, alias));
        let score = group.and_then(|group| group.score);
        let labelled = records().map(|this| this.severity).max().unwrap_or(Severity::Unknown);
        Finding {
            id,
            aliases,
            package: package.clone(),
            severity: score.map_or(labelled, ratings::severity_of_score),
            fix: vulnerability::fix(records(), &self.package.name),
            published: records().filter_map(|this| this.published).min(),
            known_exploited: None,
            scores: ratings::highest_first(score.into_iter().collect()),
            epss: None,
        }
    }
}

impl PackageFacts {
    fn read(json: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut facts = Self::default();
        json.optional_members(|json, name| {
            match name {
                "name" => facts.name = json.optional_string()?.map(Into::into).unwrap_or_default(),
                "os_package_name" => facts.binary_name = json.filled_string_if_any()?,
                "version" => facts.version = json.filled_string()?,
                "ecosystem" => facts.ecosystem = json.string_if_any()?.map(Into::into).unwrap_or_default(),
                "image_origin_details" => {
                    json.members_if_any(|json, name| {
                        match name {
                            "index" => {
                                facts.layer =
                                    json.number_if_any()?.and_then(|index| index.to_string().parse().ok());
                            }
                            _ => json.skip()?,
                        }
                        Ok(())
                    })?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(facts)
    }

    fn found(&self, path: &str, layers: &[String]) -> FoundPackage {
        let layer = self.layer.and_then(|layer| layers.get(layer)).filter(|layer| !layer.is_empty());
        let place = FoundPackage {
            locations: Some(path.to_owned()).filter(|path| !path.is_empty()).into_iter().collect(),
            layers: layer.cloned().into_iter().collect(),
            version: self.version.clone(),
            ..FoundPackage::default()
        };
        Ecosystem::parse(&self.ecosystem).package(&self.name, self.binary_name.as_deref(), place)
    }
}

impl Group {
    fn read(json: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut group = Self::default();
        json.optional_members(|json, name| {
            match name {
                "ids" => group.ids = json.strings_if_any()?,
                "aliases" => group.aliases = json.strings_if_any()?,
                "max_severity" => {
                    group.score = json.string_if_any()?.and_then(|score| score.trim().parse().ok());
                }
                "experimental_analysis" | "experimentalAnalysis" => group.read_analysis(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(group)
    }

    /// Reads `{"ID": {"called": true, "unimportant": false}}`.
    fn read_analysis(&mut self, json: &mut Reader<'_>) -> Result<(), Fault> {
        let mut unimportant = Vec::new();
        json.members_if_any(|json, id| {
            self.has_analysis = true;
            // A record without the member says nothing about calls.
            let mut is_called = true;
            json.members_if_any(|json, name| {
                let value = json.written()?;
                match name {
                    "called" => is_called = value == "true",
                    "unimportant" if value == "true" => unimportant.push(id.to_owned()),
                    _ => {}
                }
                Ok(())
            })?;
            self.is_called |= is_called;
            Ok(())
        })?;
        self.unimportant = unimportant;
        Ok(())
    }
}

/// The edits that remove suppressed groups and their vulnerabilities.
pub(super) fn write(places: &Places, report: &AppliedReport, statements: &StatementSet) -> Edits {
    let mut edits = Edits::default();
    let Some(scan) = report.scans.first() else { return edits };
    for place in &places.0 {
        let mut is_removed = Removed::of(place);
        let mut kept = Vec::new();
        for (index, finding) in place.findings.iter().enumerate() {
            let verdict = Verdict::of(scan, place.first_finding + index, statements);
            if verdict.is_some_and(|verdict| verdict.is_suppressed) {
                is_removed.add(finding);
            } else {
                kept.extend(&finding.vulnerabilities);
            }
        }
        // A record stays as long as a group that stays names it.
        kept.into_iter().chain(&place.settled).for_each(|index| is_removed.keep(*index));
        for (list, removed) in
            [(&place.vulnerabilities, is_removed.vulnerabilities), (&place.groups, is_removed.groups)]
        {
            if let (Some(list), true) = (list, removed.contains(&true)) {
                list.remove(&mut edits, |index| removed.get(index) == Some(&true));
            }
        }
    }
    edits
}

/// Which vulnerabilities and groups of a package leave the report.
struct Removed {
    vulnerabilities: Vec<bool>,
    groups: Vec<bool>,
}

impl Removed {
    /// None of them.
    fn of(place: &PackagePlace) -> Self {
        let none = |list: &Option<Parts>| vec![false; list.as_ref().map_or(0, |list| list.spans.len())];
        Self { vulnerabilities: none(&place.vulnerabilities), groups: none(&place.groups) }
    }

    fn keep(&mut self, vulnerability: usize) {
        self.vulnerabilities.get_mut(vulnerability).into_iter().for_each(|is_removed| *is_removed = false);
    }

    fn add(&mut self, finding: &FindingPlace) {
        for index in &finding.vulnerabilities {
            self.vulnerabilities.get_mut(*index).into_iter().for_each(|is_removed| *is_removed = true);
        }
        let group = finding.group.and_then(|group| self.groups.get_mut(group));
        group.into_iter().for_each(|is_removed| *is_removed = true);
    }
}
