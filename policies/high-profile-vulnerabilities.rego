# METADATA
# title: No high-profile vulnerabilities
# description: The image has no vulnerability of a list of well-known ones, and none that is known to be exploited.
# custom:
#   name: high-profile-vulnerabilities
#   result_type: vulnerability
#   weight: 20
#   not_compliant_title: High-profile vulnerabilities were found
#   details_order:
#     - purl
#     - vulnerability
#     - severity
#     - fixedBy
#     - cvssScore
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
	not finding.vex_status in {"not_affected", "fixed"}
	not is_ignored(finding)
	reason(finding)
}

breach_of(finding) := {
	"message": sprintf("%s of `%s` %s", [finding.vulnerability, finding.purl, reason(finding)]),
	"detail": {
		"purl": finding.purl,
		"vulnerability": finding.vulnerability,
		"severity": finding.severity,
		"fixedBy": finding.fixed_by,
		"cvssScore": finding.cvss,
	},
	"remediation": "update the package, or publish a VEX statement if the image is not affected",
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

reason(finding) := "is a high-profile vulnerability" if {
	count(finding.names & high_profile) > 0
} else := "is known to be exploited" if {
	include_cisa_kev == true
	finding.exploited == true
}

is_ignored(finding) if count(finding.names & upper_case(ignored_cves)) > 0

high_profile := upper_case(cves)

upper_case(list) := {upper(cve) |
	is_array(list)
	some cve in list
	is_string(cve)
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"cves", "ignored_cves", "include_cisa_kev"}
}

default cves := [
	"CVE-2014-0160",
	"CVE-2014-6271",
	"CVE-2021-44228",
	"CVE-2021-45046",
	"CVE-2022-22965",
	"CVE-2023-38545",
	"CVE-2023-44487",
	"CVE-2024-3094",
]

cves := settings.cves

default ignored_cves := []

ignored_cves := settings.ignored_cves

default include_cisa_kev := true

include_cisa_kev := settings.include_cisa_kev

violation contains wrong_setting("include_cisa_kev", "not true or false") if not is_boolean(include_cisa_kev)

violation contains wrong_setting(key, "not a list of vulnerabilities") if {
	some key, value in {"cves": cves, "ignored_cves": ignored_cves}
	not are_texts(value)
}

are_texts(value) if {
	is_array(value)
	every text in value {
		is_string(text)
	}
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
