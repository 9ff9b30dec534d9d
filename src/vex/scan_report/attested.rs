//! The predicates of vulnerability scans: Docker Scout's, and in-toto's in its versions 0.1 and 0.2.
//!
//! They can only be read. A predicate without a list of vulnerabilities is an error: it does not say that there are none.

use bytes::Bytes;
use jiff::Timestamp;

use super::ratings;
use super::{Places, ScanReport, fault_at};
use crate::limits::Exceeded;
use crate::vex::json_reader::{Fault, Kind, Reader};
use crate::vex::limits::REPORT;
use crate::vex::{Error, Finding, Fix, FoundPackage, PackageUrl, Scan, Scanned, ScannedKind, Severity};

/// A vulnerability scan that somebody attested.
#[derive(Clone, Debug)]
pub struct AttestedScan {
    /// The report, which cannot be written back.
    pub report: ScanReport,
    /// The findings. The caller knows the image.
    pub scan: Scan,
    /// The scanner that it names.
    pub scanner: Option<String>,
    /// When the scan ended, or began, as it says.
    pub time: Option<Timestamp>,
}

/// Everything that a predicate says.
#[derive(Default)]
struct Read {
    findings: Vec<Finding>,
    scanner: Option<String>,
    version: Option<String>,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    has_list: bool,
}

/// Whether a predicate of this type can be read.
pub fn is_scan(predicate_type: &str) -> bool {
    is_scout(predicate_type) || predicate_type.starts_with("https://in-toto.io/attestation/vulns/v0.")
}

fn is_scout(predicate_type: &str) -> bool {
    predicate_type.starts_with("https://scout.docker.com/vulnerabilities/v0.")
}

/// Reads the predicate of a vulnerability scan. `name` names it in errors.
///
/// # Errors
///
/// [`Error::Report`] if it is not valid, [`Error::ReportShape`] if it is of another type or has no list of
/// vulnerabilities, [`Error::Limit`] if it is too large.
pub fn read_attested(predicate: &str, predicate_type: &str, name: &str) -> Result<AttestedScan, Error> {
    if u64::try_from(predicate.len()).is_ok_and(|length| length > REPORT) {
        return Err(Exceeded::new(format!("{name} of {} bytes", predicate.len()), REPORT, "bytes").into());
    }
    let shape = |cause: &str| Error::ReportShape { report: name.to_owned(), cause: cause.to_owned() };
    let mut json = Reader::new(predicate);
    let read = match predicate_type {
        scout if is_scout(scout) => read_scout(&mut json),
        in_toto if is_scan(in_toto) => read_in_toto(&mut json),
        _ => return Err(shape("its predicate is no vulnerability scan that is known")),
    };
    let read = read.map_err(|fault| fault_at(name, predicate, &fault))?;
    if !read.has_list {
        return Err(shape("it has no list of vulnerabilities, so it does not say whether there are any"));
    }
    let scanner = read.scanner.map(|scanner| match read.version {
        Some(version) => format!("{scanner} {version}"),
        None => scanner,
    });
    Ok(AttestedScan {
        report: ScanReport {
            name: name.to_owned(),
            text: Bytes::copy_from_slice(predicate.as_bytes()),
            places: Places::Attested,
        },
        scan: Scan {
            subject: Scanned { kind: ScannedKind::Image, ..Scanned::default() },
            findings: read.findings,
            suppressed_before: 0,
            graph: None,
            not_scanned: None,
        },
        scanner,
        time: read.finished.or(read.started),
    })
}

fn finding(id: String, package: FoundPackage) -> Finding {
    Finding {
        id,
        aliases: Vec::new(),
        package,
        severity: Severity::Unknown,
        fix: Fix::Unknown,
        published: None,
        known_exploited: None,
        scores: Vec::new(),
        epss: None,
    }
}

/// The package of a package URL. Scout names packages of distributions by their source.
fn package(purl: &str, names_sources: bool) -> FoundPackage {
    let parsed = PackageUrl::parse(purl).ok();
    let of_system = parsed.as_ref().is_some_and(|purl| matches!(purl.kind(), "apk" | "deb" | "rpm"));
    FoundPackage {
        name: parsed.as_ref().map_or(purl, PackageUrl::name).to_owned(),
        version: parsed.as_ref().and_then(PackageUrl::version).map(str::to_owned),
        is_source: names_sources && of_system,
        purl: parsed,
        ..FoundPackage::default()
    }
}

/// `[{purl, vulnerabilities: […]}]`.
fn read_scout(json: &mut Reader<'_>) -> Result<Read, Fault> {
    let mut read = Read { scanner: Some("Docker Scout".to_owned()), ..Read::default() };
    if json.kind() != Kind::Array {
        json.skip()?;
        return Ok(read);
    }
    read.has_list = true;
    json.array(|json| {
        let start = json.next_position();
        let (mut purl, mut found, mut has_list) = (None, Vec::new(), false);
        json.members(|json, name| {
            match name {
                "purl" => purl = json.filled_string()?,
                "vulnerabilities" => match json.kind() {
                    // Go programs write an empty list so.
                    Kind::Null => {
                        has_list = true;
                        json.skip()?;
                    }
                    Kind::Array => {
                        has_list = true;
                        json.array(|json| {
                            found.push(read_of_scout(json)?);
                            Ok(())
                        })?;
                    }
                    _ => json.skip()?,
                },
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if !has_list {
            return Err(Fault::missing(start, "vulnerabilities"));
        }
        let package = match (purl, found.is_empty()) {
            (Some(purl), _) => package(&purl, true),
            (None, true) => return Ok(()),
            (None, false) => return Err(Fault::missing(start, "purl")),
        };
        read.findings.extend(found.into_iter().map(|found| Finding { package: package.clone(), ..found }));
        Ok(())
    })?;
    Ok(read)
}

fn read_of_scout(json: &mut Reader<'_>) -> Result<Finding, Fault> {
    let start = json.next_position();
    let mut id = None;
    let mut aliases = Vec::new();
    let mut read = finding(String::new(), FoundPackage::default());
    read.fix = Fix::NotFixed;
    json.members(|json, name| {
        match name {
            "source_id" => id = json.filled_string()?,
            "aliases" => aliases = json.strings_if_any()?,
            "fixed_by" => {
                let version = json.filled_string_if_any()?.filter(|version| version != "not fixed");
                read.fix = version.map_or(Fix::NotFixed, |version| Fix::Fixed(vec![version]));
            }
            "published_at" => read.published = json.string_if_any()?.and_then(|time| ratings::time(&time)),
            "cisa_exploited" => {
                read.known_exploited = match json.written()? {
                    "true" => Some(true),
                    "false" => Some(false),
                    _ => None,
                };
            }
            "cvss" => read_cvss(json, &mut read)?,
            "epss" => {
                read.epss = match json.kind() {
                    Kind::Object => json.member("score", Reader::number_if_any)?,
                    _ => json.number_if_any()?,
                };
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    read.id = id.ok_or_else(|| Fault::missing(start, "source_id"))?;
    for alias in aliases {
        ratings::add_alias(&mut read.aliases, &read.id, &alias);
    }
    Ok(read)
}

fn read_cvss(json: &mut Reader<'_>, read: &mut Finding) -> Result<(), Fault> {
    let (mut severity, mut score) = (Severity::Unknown, None);
    json.members_if_any(|json, name| {
        match name {
            "severity" => {
                severity = json.string_if_any()?.map_or(Severity::Unknown, |label| ratings::severity(&label));
            }
            "score" => score = read_number(json)?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    read.severity = match (severity, score) {
        (Severity::Unknown, Some(score)) => ratings::severity_of_score(score),
        (severity, _) => severity,
    };
    read.scores.extend(score);
    Ok(())
}

/// A number, also as text.
fn read_number(json: &mut Reader<'_>) -> Result<Option<f64>, Fault> {
    match json.kind() {
        Kind::String => Ok(json.string()?.trim().parse().ok()),
        _ => json.number_if_any(),
    }
}

/// `{scanner: {uri, version, db, result: […]}, metadata: {scanStartedOn, scanFinishedOn}}`.
fn read_in_toto(json: &mut Reader<'_>) -> Result<Read, Fault> {
    let mut read = Read::default();
    json.optional_members(|json, name| {
        match name {
            "scanner" => json.members_if_any(|json, name| {
                match name {
                    "uri" => read.scanner = json.filled_string_if_any()?,
                    "version" => read.version = json.filled_string_if_any()?,
                    "result" if json.kind() == Kind::Array => {
                        read.has_list = true;
                        json.array(|json| {
                            read.findings.push(read_of_in_toto(json)?);
                            Ok(())
                        })?;
                    }
                    _ => json.skip()?,
                }
                Ok(())
            })?,
            "metadata" => json.members_if_any(|json, name| {
                let time = |json: &mut Reader<'_>| -> Result<Option<Timestamp>, Fault> {
                    Ok(json.string_if_any()?.and_then(|time| ratings::time(&time)))
                };
                match name {
                    "scanStartedOn" => read.started = time(json)?,
                    "scanFinishedOn" => read.finished = time(json)?,
                    _ => json.skip()?,
                }
                Ok(())
            })?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(read)
}

fn read_of_in_toto(json: &mut Reader<'_>) -> Result<Finding, Fault> {
    let start = json.next_position();
    let (mut id, mut purl) = (None, None);
    let mut severity = Severity::Unknown;
    let mut scores = Vec::new();
    json.members(|json, name| {
        match name {
            "id" => id = json.filled_string()?,
            "severity" => json.array_if_any(|json| {
                json.members_if_any(|json, name| {
                    if name != "score" {
                        return json.skip();
                    }
                    let rated = match json.kind() {
                        Kind::String => {
                            let text = json.string()?;
                            match text.trim().parse::<f64>() {
                                Ok(score) => {
                                    scores.push(score);
                                    ratings::severity_of_score(score)
                                }
                                Err(_) => ratings::severity(text.trim()),
                            }
                        }
                        _ => match json.number_if_any()? {
                            Some(score) => {
                                scores.push(score);
                                ratings::severity_of_score(score)
                            }
                            None => Severity::Unknown,
                        },
                    };
                    severity = severity.max(rated);
                    Ok(())
                })
            })?,
            "annotations" => json.array_if_any(|json| {
                let named = json.member("purl", Reader::filled_string_if_any)?;
                purl = purl.take().or(named);
                Ok(())
            })?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let id = id.ok_or_else(|| Fault::missing(start, "id"))?;
    let package = purl.map_or_else(FoundPackage::default, |purl| package(&purl, false));
    Ok(Finding { severity, scores: ratings::highest_first(scores), ..finding(id, package) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOUT: &str = "https://scout.docker.com/vulnerabilities/v0.1";
    const IN_TOTO: &str = "https://in-toto.io/attestation/vulns/v0.2";

    fn read(text: &str, predicate_type: &str) -> Result<AttestedScan, Error> {
        read_attested(text, predicate_type, "the scan")
    }

    #[test]
    fn a_scan_of_scout_is_read() {
        let text = r#"[
            {"purl":"pkg:deb/debian/openssl@3.5.1-1?os_name=debian&os_version=13","vulnerabilities":[
              {"source_id":"CVE-2026-1","aliases":["DSA-1","CVE-2026-1"],"fixed_by":"3.5.2-1","cisa_exploited":true,
               "published_at":"2026-01-02T03:04:05Z","cvss":{"score":"9.1","severity":"CRITICAL"},"epss":{"score":0.5}},
              {"source_id":"CVE-2026-2","fixed_by":"not fixed","cvss":{"severity":"UNSPECIFIED","score":5.5}}]},
            {"purl":"pkg:npm/chair@1","vulnerabilities":null},
            {"purl":"pkg:npm/table@1","vulnerabilities":[{"source_id":"GHSA-3"}]}]"#;
        let AttestedScan { scan, scanner, time, .. } = read(text, SCOUT).unwrap();
        assert_eq!((scanner.as_deref(), time), (Some("Docker Scout"), None));
        let [first, second, third] = scan.findings.as_slice() else { panic!("{:?}", scan.findings) };
        assert_eq!(first.id, "CVE-2026-1");
        assert_eq!(first.aliases, ["DSA-1"]);
        assert_eq!(
            (first.severity, first.fix.clone()),
            (Severity::Critical, Fix::Fixed(vec!["3.5.2-1".to_owned()]))
        );
        assert_eq!(
            (first.known_exploited, first.epss, first.scores.clone()),
            (Some(true), Some(0.5), vec![9.1])
        );
        assert!(first.package.is_source && first.published.is_some());
        assert_eq!((second.severity, &second.fix), (Severity::Medium, &Fix::NotFixed));
        assert_eq!((third.severity, third.package.is_source), (Severity::Unknown, false));
        assert_eq!(third.package.name, "table");
    }

    #[test]
    fn a_scan_of_in_toto_is_read() {
        let text = r#"{"scanner":{"uri":"pkg:github/aquasecurity/trivy@244fd47","version":"0.70","result":[
            {"id":"CVE-2026-1","severity":[{"method":"nvd","score":"medium"},{"method":"cvss_score","score":"7.5"}],
             "annotations":[{"other":1},{"purl":"pkg:deb/debian/libssl3t64@3.5.1-1"}]},{"id":"CVE-2026-2"}]},
            "metadata":{"scanStartedOn":"2026-01-01T00:00:00Z","scanFinishedOn":"2026-01-01T00:01:00Z"}}"#;
        let AttestedScan { scan, scanner, time, report } = read(text, IN_TOTO).unwrap();
        assert_eq!(scanner.as_deref(), Some("pkg:github/aquasecurity/trivy@244fd47 0.70"));
        assert_eq!(time, Some("2026-01-01T00:01:00Z".parse().unwrap()));
        let [first, second] = scan.findings.as_slice() else { panic!("{:?}", scan.findings) };
        assert_eq!((first.severity, first.package.name.as_str()), (Severity::High, "libssl3t64"));
        assert_eq!((second.severity, second.package.purl.is_none()), (Severity::Unknown, true));
        assert_eq!(report.format(), crate::vex::scan_report::ReportFormat::Attested);
    }

    #[test]
    fn a_scan_without_a_list_is_no_empty_list() {
        for (text, predicate_type) in [
            ("{}", SCOUT),
            ("null", SCOUT),
            (r#"[{"purl":"pkg:npm/table@1"}]"#, SCOUT),
            (r#"[{"vulnerabilities":[{"source_id":"CVE-1"}]}]"#, SCOUT),
            (r#"[{"purl":"pkg:npm/table@1","vulnerabilities":[{"id":"CVE-1"}]}]"#, SCOUT),
            ("{}", IN_TOTO),
            (r#"{"scanner":{"result":null}}"#, IN_TOTO),
            (r#"{"scanner":{"result":[{}]}}"#, IN_TOTO),
            ("[]", "https://example.com/scan"),
        ] {
            assert!(read(text, predicate_type).is_err(), "{text} {predicate_type}");
        }
        assert!(read("[]", SCOUT).unwrap().scan.findings.is_empty());
    }
}
