# METADATA
# title: No fixable vulnerabilities
# description: No vulnerability with a fix is older than the configured number of days.
# custom:
#   name: fixable-vulnerabilities
#   result_type: vulnerability
#   weight: 10
#   not_compliant_title: Vulnerabilities have fixes
#   details_order:
#     - purl
#     - vulnerability
#     - severity
#     - fixedBy
#     - cvssScore
#     - sla
#     - source
package docker.scout

import rego.v1

default pass := false

pass if {
	is_read
	count(violation) == 0
}

scan_type := "https://scout.docker.com/vulnerabilities/v0.1"

vex_type := "https://openvex.dev/ns/v0.2.0"

# Findings that were given for this image. VEX was applied to them.
is_given if is_array(input.dhi.findings.all)

given_source := object.get(input.dhi.findings, "source", "given findings") if is_given

# The attested scan, and given findings in the same form. A report is not signed: it never replaces the scan.
answer := oci.referrer(scan_type)

is_about_image if {
	some subject in answer.statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

scan := answer.statement.predicate if is_about_image

violation contains problem("missing", "no findings were given, and the image has no attested scan") if is_null(answer)

violation contains problem("other subject", "the attested scan is about another image") if {
	answer.statement
	not is_about_image
}

violation contains problem("unreadable", "the attested scan is not a list of packages with lists of vulnerabilities") if {
	is_about_image
	not is_scan(scan)
}

is_scan(value) if {
	is_array(value)
	every entry in value {
		is_array(entry.vulnerabilities)
	}
}

is_read if is_scan(scan)

problem(reason, message) := {
	"message": message,
	"detail": {"reason": reason},
	"remediation": "scan the image, and give the report: `dhi policy eval IMAGE --report FILE`",
}

# Findings, in one form.

given contains finding if {
	some entry in input.dhi.findings.all
	not entry.suppressed == true
	finding := {
		"purl": object.get(entry, "purl", "no package URL"),
		"vulnerability": entry.id,
		"names": names_of(entry.id, entry),
		"severity": word(entry, ["severity"]),
		"fixed_by": object.get(entry, "fixed_by", ""),
		"cvss": object.get(entry, "cvss_score", ""),
		"published_at": object.get(entry, "published_at", ""),
		"exploited": object.get(entry, "known_exploited", false),
		"vex_status": object.get(entry, "vex_status", ""),
	}
}

# Entries of given findings have the member `given_by`. Those of the attested scan never have it.
attested_entries := [entry | some entry in scan; not is_made(entry)] if is_scan(scan)

is_made(entry) if is_string(entry.given_by)

attested contains finding if {
	some entry in attested_entries
	some found in entry.vulnerabilities
	names := names_of(found.source_id, found)
	purl := object.get(entry, "purl", "no package URL")
	finding := {
		"purl": purl,
		"vulnerability": found.source_id,
		"names": names,
		"severity": word(found, ["cvss", "severity"]),
		"fixed_by": object.get(found, "fixed_by", ""),
		"cvss": object.get(found, ["cvss", "score"], ""),
		"published_at": object.get(found, "published_at", ""),
		"exploited": object.get(found, "cisa_exploited", false),
		"vex_status": attested_status(purl, names),
	}
}

# Members of a scan can have any type. None of them may hide a finding.
names_of(id, found) := {upper(id)} | {upper(alias) |
	is_array(found.aliases)
	some alias in found.aliases
	is_string(alias)
}

word(found, path) := value if {
	value := upper(object.get(found, path, ""))
	value != ""
} else := "UNSPECIFIED"

violation contains problem("unreadable", "the attested scan has a vulnerability without `source_id`") if {
	is_scan(scan)
	some entry in scan
	some found in entry.vulnerabilities
	not is_string(found.source_id)
}

violation contains problem("unreadable", "a finding has no `id`") if {
	some entry in input.dhi.findings.all
	not is_string(entry.id)
}

# The statements about the image. They are asked for only if there are some, and an attested scan that they concern.
statements := vex.statement.predicate.statements if {
	count(attested_entries) > 0
	has_vex
	vex := oci.referrer(vex_type)
	is_array(vex.statement.predicate.statements)
}

has_vex if {
	some attestation in input.dhi.attestations
	attestation.predicate_type == vex_type
	attestation.status == "verified"
}

# Verified VEX that was applied to given findings counts for the same findings of the attested scan.
has_vex if {
	some entry in input.dhi.findings.all
	entry.vex_status
	entry.purl
}

statuses(purl, names) := {statement.status |
	some statement in statements
	upper(statement.vulnerability.name) in names
	some product in statement.products
	product["@id"] == purl
}

# A status counts only if all statements about the finding agree.
attested_status(purl, names) := status if {
	found := statuses(purl, names)
	count(found) == 1
	some status in found
} else := ""

# The rule

is_breach(finding) if {
	is_string(finding.fixed_by)
	finding.fixed_by != ""
	is_type_selected(finding.purl)
	not finding.vex_status in excluded_vex_statuses
	not is_within(finding, sla_of(finding))
}

breach_of(finding) := {
	"message": sprintf("%s of `%s` is fixed in %s and may stay at most %v days", [
		finding.vulnerability,
		finding.purl,
		finding.fixed_by,
		sla,
	]),
	"detail": {
		"purl": finding.purl,
		"vulnerability": finding.vulnerability,
		"severity": finding.severity,
		"fixedBy": finding.fixed_by,
		"cvssScore": finding.cvss,
		"sla": sla,
	},
	"remediation": sprintf("update the package to %s", [finding.fixed_by]),
} if {
	sla := sla_of(finding)
}

# A finding of both sources is one violation, with the details of the signed scan.
attested_breaches contains breach_of(finding) if {
	some finding in attested
	is_breach(finding)
}

given_breaches contains breach_of(finding) if {
	some finding in given
	is_breach(finding)
}

pair(breach) := [breach.detail.purl, breach.detail.vulnerability]

attested_pairs := {pair(breach) | some breach in attested_breaches}

given_pairs := {pair(breach) | some breach in given_breaches}

violation contains with_source(breach, sources(breach)) if some breach in attested_breaches

violation contains with_source(breach, given_source) if {
	some breach in given_breaches
	not pair(breach) in attested_pairs
}

sources(breach) := both if {
	pair(breach) in given_pairs
	both := sprintf("attested scan, %s", [given_source])
} else := "attested scan"

with_source(breach, source) := object.union(breach, {"detail": {"source": source}})

# The time of a vulnerability without a readable time is over.
is_within(finding, sla) if {
	published := time.parse_rfc3339_ns(finding.published_at)
	time.now_ns() - published < sla * nanoseconds_of_day
}

nanoseconds_of_day := ((24 * 60) * 60) * 1000000000

# Undefined if a setting is wrong: that is a violation of its own.
sla_of(finding) := min([kev_sla_days, severity_sla(finding.severity)]) if {
	finding.exploited == true
	is_days(kev_sla_days)
}

sla_of(finding) := severity_sla(finding.severity) if not finding.exploited == true

severity_sla(severity) := days if {
	days := object.get(slas, severity, default_sla_days)
	is_days(days)
}

is_type_selected(_) if package_types == []

# A package without a readable type is not left out.
is_type_selected(purl) if not regex.match(`^pkg:[^/]+/`, purl)

is_type_selected(purl) if {
	is_array(package_types)
	some type in package_types
	startswith(lower(purl), sprintf("pkg:%s/", [lower(type)]))
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"default_sla_days", "excluded_vex_statuses", "kev_sla_days", "package_types", "slas"}
}

default_slas := {"CRITICAL": 7, "HIGH": 7, "MEDIUM": 30, "LOW": 30, "UNSPECIFIED": 30}

slas := object.union(default_slas, object.get(settings, "slas", {}))

default default_sla_days := 30

default_sla_days := settings.default_sla_days

default kev_sla_days := 1

kev_sla_days := settings.kev_sla_days

default package_types := []

package_types := settings.package_types

default excluded_vex_statuses := ["not_affected", "fixed"]

excluded_vex_statuses := settings.excluded_vex_statuses

violation contains wrong_setting("slas", "not an object of severities and days") if {
	not are_slas(object.get(settings, "slas", {}))
}

are_slas(value) if {
	is_object(value)
	every severity, days in value {
		severity in object.keys(default_slas)
		is_days(days)
	}
}

violation contains wrong_setting(key, "not a number of days from 0 to 36500") if {
	some key, value in {"default_sla_days": default_sla_days, "kev_sla_days": kev_sla_days}
	not is_days(value)
}

# 100 years at most: a greater number says nothing about an image.
is_days(value) if {
	is_number(value)
	value >= 0
	value <= 36500
}

violation contains wrong_setting(key, "not a list of texts") if {
	some key, value in {"excluded_vex_statuses": excluded_vex_statuses, "package_types": package_types}
	not are_texts(value)
}

are_texts(value) if {
	is_array(value)
	every text in value {
		is_string(text)
	}
}

# A type that no package URL has would leave all packages out.
violation contains wrong_setting("package_types", sprintf("not a list of types of package URLs: `%v`", [type])) if {
	is_array(package_types)
	some type in package_types
	is_string(type)
	not regex.match(`^[A-Za-z][A-Za-z0-9.+-]*$`, type)
}

violation contains wrong_setting("excluded_vex_statuses", sprintf("not a list of VEX statuses: `%v`", [status])) if {
	is_array(excluded_vex_statuses)
	some status in excluded_vex_statuses
	not status in {"not_affected", "affected", "fixed", "under_investigation"}
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
