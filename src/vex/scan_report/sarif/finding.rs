//! Findings of SARIF results, by what each scanner writes into results and rules.

use std::borrow::Cow;

use super::rule_id::vulnerability_of_rule;
use super::text::{field, grype_location, grype_message};
use crate::vex::json_reader::{Fault, Reader};
use crate::vex::scan_report::{package_types, ratings};
use crate::vex::{Finding, Fix, FoundPackage, PackageUrl, Scanned, ScannedKind, Severity};

/// The scanner that wrote a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Grype,
    Trivy,
    Scout,
    Other,
}

impl Tool {
    /// The scanner with this name.
    pub(super) fn named(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            _ if name.contains("grype") || name.starts_with("anchore container") => Self::Grype,
            "trivy" => Self::Trivy,
            _ if name.contains("docker scout") => Self::Scout,
            _ => Self::Other,
        }
    }
}

/// A rule. Grype has one for each vulnerability and package, Trivy and Scout one for each vulnerability.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) id: String,
    name: String,
    help: String,
    purls: Vec<String>,
    fixed_version: Option<String>,
    /// `security-severity`.
    severity_score: Option<f64>,
    scores: Vec<f64>,
    tags: Vec<String>,
}

impl Rule {
    /// Reads a rule.
    pub(super) fn read(json: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut rule = Self::default();
        json.optional_members(|json, name| {
            match name {
                "id" => rule.id = json.optional_string()?.map(Into::into).unwrap_or_default(),
                "name" => rule.name = json.string_if_any()?.map(Into::into).unwrap_or_default(),
                "help" => rule.help = read_message(json)?.map(Into::into).unwrap_or_default(),
                "properties" => rule.read_properties(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(rule)
    }

    fn read_properties(&mut self, json: &mut Reader<'_>) -> Result<(), Fault> {
        json.members_if_any(|json, name| {
            match name {
                "purl" => self.purls.extend(json.string_if_any()?.map(Into::into)),
                "purls" => self.purls.extend(json.strings_if_any()?),
                "fixed_version" => self.fixed_version = json.string_if_any()?.map(Into::into),
                "security-severity" => {
                    self.severity_score = json.string_if_any()?.and_then(|score| score.trim().parse().ok());
                }
                "cvssv2_score" | "cvssv3_baseScore" | "cvssv40_score" => {
                    self.scores.extend(json.number_if_any()?);
                }
                "tags" => self.tags = json.strings_if_any()?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Whether its results are about vulnerabilities. Trivy reports misconfigurations, secrets and licences too.
    pub(super) fn is_about_vulnerability(&self) -> bool {
        !matches!(self.name.as_str(), "Misconfiguration" | "Secret" | "License")
    }

    /// The only one of its package URLs with this version. A rule of Grype is about all versions of a package.
    fn only_purl_with(&self, version: &str) -> Option<PackageUrl> {
        let parsed = self.purls.iter().filter_map(|purl| PackageUrl::parse(purl).ok());
        let mut with_version = parsed.filter(|purl| purl.version() == Some(version));
        with_version.next().filter(|_| with_version.next().is_none())
    }

    /// Whether it is about packages of the operating system, which Trivy tells from others.
    fn of_system(&self) -> Option<bool> {
        match self.name.as_str() {
            "OsPackageVulnerability" => Some(true),
            "LanguageSpecificPackageVulnerability" => Some(false),
            _ => None,
        }
    }
}

/// A result as it is written.
#[derive(Debug, Default)]
pub(super) struct RawResult<'a> {
    pub(super) rule_id: Option<Cow<'a, str>>,
    pub(super) rule_index: Option<usize>,
    message: Cow<'a, str>,
    paths: Vec<String>,
    qualified_names: Vec<Cow<'a, str>>,
}

impl<'a> RawResult<'a> {
    /// Reads one member of a result.
    pub(super) fn read_member(&mut self, json: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "ruleId" => self.rule_id = json.optional_string()?,
            "ruleIndex" => self.rule_index = read_index(json)?,
            "rule" => {
                json.members_if_any(|json, name| {
                    match name {
                        "id" => self.rule_id = self.rule_id.take().or(json.string_if_any()?),
                        "index" => self.rule_index = self.rule_index.or(read_index(json)?),
                        _ => json.skip()?,
                    }
                    Ok(())
                })?;
            }
            "message" => self.message = read_message(json)?.unwrap_or_default(),
            "locations" => {
                json.array_if_any(|json| self.read_location(json))?;
            }
            _ => json.skip()?,
        }
        Ok(())
    }

    fn read_location(&mut self, json: &mut Reader<'a>) -> Result<(), Fault> {
        let (mut uri, mut path) = (None, None);
        json.members_if_any(|json, name| {
            match name {
                "physicalLocation" => uri = read_uri(json)?,
                "logicalLocations" => {
                    json.array_if_any(|json| {
                        json.members_if_any(|json, name| {
                            match name {
                                "name" => path = json.string_if_any()?,
                                "fullyQualifiedName" => self.qualified_names.extend(json.string_if_any()?),
                                _ => json.skip()?,
                            }
                            Ok(())
                        })?;
                        Ok(())
                    })?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        // The URI of Grype has the name of the image in front.
        self.paths.extend(path.or(uri).map(String::from).filter(|path| !path.is_empty()));
        Ok(())
    }

    /// Adds what this result tells about the scanned image, where the run itself does not.
    pub(super) fn describe_subject(&self, tool: Tool, subject: &mut Scanned) {
        if tool != Tool::Grype || !subject.name.is_empty() {
            return;
        }
        let Some((image, _)) = self.qualified_names.iter().find_map(|name| grype_location(name)) else {
            return;
        };
        subject.name = image.to_owned();
        if grype_message(&self.message).is_some_and(|message| message.is_image) {
            subject.kind = ScannedKind::Image;
            if image.contains("@sha256:") {
                subject.repo_digests = vec![image.to_owned()];
            }
        }
    }

    /// The finding.
    pub(super) fn finding(self, tool: Tool, rule: Option<&Rule>) -> Finding {
        let package = self.package(tool, rule);
        let rule_id = self.rule_id.as_deref().or(rule.map(|rule| rule.id.as_str())).unwrap_or_default();
        let without_package = match tool {
            Tool::Grype => rule_id.strip_suffix(package.name.as_str()).and_then(|id| id.strip_suffix('-')),
            _ => None,
        };
        let id = without_package.unwrap_or_else(|| vulnerability_of_rule(rule_id)).to_owned();
        // A rule of Grype is about one package; one of Trivy has only the first of its packages in its help.
        let help = if tool == Tool::Grype { rule.map_or("", |rule| rule.help.as_str()) } else { "" };
        let fact = |name: &str| field(&self.message, name).or_else(|| field(help, name));
        let fixed = fact("Fixed Version").or_else(|| fact("Fix Version")).or_else(|| fact("Fixed version"));
        let fixed = fixed.or_else(|| rule.and_then(|rule| rule.fixed_version.as_deref()));
        let mut scores: Vec<f64> = rule.map_or_else(Vec::new, |rule| rule.scores.clone());
        if matches!(tool, Tool::Grype | Tool::Scout) {
            scores.extend(rule.and_then(|rule| rule.severity_score));
        }
        Finding {
            id,
            aliases: Vec::new(),
            severity: severity(fact("Severity"), rule),
            fix: match fixed {
                None => Fix::Unknown,
                Some("" | "not fixed") => Fix::NotFixed,
                Some(versions) => Fix::Fixed(ratings::versions(versions)),
            },
            package,
            published: None,
            known_exploited: None,
            scores: ratings::highest_first(scores),
            epss: None,
        }
    }

    fn package(&self, tool: Tool, rule: Option<&Rule>) -> FoundPackage {
        let mut package = FoundPackage { locations: self.paths.clone(), ..FoundPackage::default() };
        package.of_system = rule.and_then(Rule::of_system);
        if let Some(purl) = self.purl(tool, rule) {
            // Docker Scout names the source of packages of distributions.
            package.is_source = tool == Tool::Scout && matches!(purl.kind(), "apk" | "deb" | "rpm");
            package.name = match purl.namespace() {
                Some(namespace) if !package.is_source => format!("{namespace}/{}", purl.name()),
                _ => purl.name().to_owned(),
            };
            package.version = purl.version().map(str::to_owned);
            package.purl = Some(purl);
            return package;
        }
        if let (Tool::Grype, Some(message)) = (tool, grype_message(&self.message)) {
            package.name = message.name.to_owned();
            package.version = Some(message.version.to_owned()).filter(|version| !version.is_empty());
            package.purl = rule.and_then(|rule| rule.only_purl_with(message.version));
            if package.purl.is_none() {
                package.kind = Some(package_types::of_syft(message.kind).to_owned());
            }
        } else if let Some(name) = field(&self.message, "Package") {
            package.name = name.to_owned();
            let version = field(&self.message, "Installed Version").filter(|version| !version.is_empty());
            package.version = version.map(str::to_owned);
        } else if let (Tool::Grype, Some(rule)) = (tool, rule) {
            // Without a version, since one rule is about all versions of the package.
            package.name = field(&rule.help, "Package").unwrap_or_default().to_owned();
        }
        for (_, layer) in self.qualified_names.iter().filter_map(|name| grype_location(name)) {
            if let Some(layer) = layer.filter(|layer| !package.layers.iter().any(|known| known == layer)) {
                package.layers.push(layer.to_owned());
            }
        }
        package
    }

    /// The package URL of the package that Docker Scout names: in the message, or the only one of the rule.
    fn purl(&self, tool: Tool, rule: Option<&Rule>) -> Option<PackageUrl> {
        let in_message = field(&self.message, "Package").filter(|text| text.starts_with("pkg:"));
        let in_rule = || match rule?.purls.as_slice() {
            [purl] => Some(purl.as_str()),
            _ => None,
        };
        if matches!(tool, Tool::Grype | Tool::Trivy) {
            return None;
        }
        in_message.or_else(in_rule).and_then(|purl| PackageUrl::parse(purl).ok())
    }
}

/// The severity in the texts, else in the tags of the rule, else by its score.
fn severity(label: Option<&str>, rule: Option<&Rule>) -> Severity {
    let known =
        |label: &str| Some(ratings::severity(label)).filter(|severity| *severity != Severity::Unknown);
    if let Some(label) = label {
        return ratings::severity(label);
    }
    let Some(rule) = rule else { return Severity::Unknown };
    let tagged = rule.tags.iter().find_map(|tag| known(tag));
    tagged.or(rule.severity_score.map(ratings::severity_of_score)).unwrap_or(Severity::Unknown)
}

fn read_index(json: &mut Reader<'_>) -> Result<Option<usize>, Fault> {
    // No index is negative but `-1`, which stands for none.
    Ok(json.number_if_any()?.and_then(|number| format!("{number}").parse().ok()))
}

fn read_message<'a>(json: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    json.member("text", Reader::string_if_any)
}

fn read_uri<'a>(json: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    json.member("artifactLocation", |json| json.member("uri", Reader::string_if_any))
}
