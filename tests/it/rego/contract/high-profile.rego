# METADATA
# title: Well-known vulnerabilities
# description: Written for tests, with the constructs of Docker's policies.
# custom:
#   name: contract-high-profile
#   result_type: vulnerability
#   weight: 20
#   details_order:
#     - purl
#     - vulnerability
#     - severity
#     - fixedBy
#     - cvssScore
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

listed := object.get(data.config, "cves", ["CVE-2021-44228", "CVE-2024-3094"])

ignored := object.get(data.config, "ignored_cves", [])

include_kev := object.get(data.config, "include_cisa_kev", true)

scan := oci.referrer("https://scout.docker.com/vulnerabilities/v0.1")

names(found) := array.concat([found.source_id], object.get(found, "aliases", []))

is_high_profile(found) if {
	some name in names(found)
	name in listed
}

is_high_profile(found) if {
	include_kev
	found.cisa_exploited
}

violation contains {
	"message": sprintf("%s in %s", [found.source_id, entry.purl]),
	"detail": {
		"purl": entry.purl,
		"vulnerability": found.source_id,
		"severity": object.get(cvss, "severity", "UNSPECIFIED"),
		"fixedBy": object.get(found, "fixed_by", "not fixed"),
		"cvssScore": object.get(cvss, "score", ""),
	},
} if {
	some entry in scan.statement.predicate
	some found in entry.vulnerabilities
	is_high_profile(found)
	not found.source_id in ignored
	cvss := found.cvss
}
