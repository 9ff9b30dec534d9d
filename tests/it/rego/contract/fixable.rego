# METADATA
# title: Vulnerabilities with fixes
# description: Written for tests, with the constructs of Docker's policies.
# custom:
#   name: contract-fixable
#   result_type: vulnerability
#   weight: 10
#   details_order:
#     - purl
#     - vulnerability
#     - severity
#     - fixedBy
#     - cvssScore
#     - sla
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

default_slas := {"CRITICAL": 7, "HIGH": 7, "MEDIUM": 30, "LOW": 30, "UNSPECIFIED": 30}

slas := object.get(data.config, "slas", default_slas)

kev_days := object.get(data.config, "kev_sla_days", 1)

types := object.get(data.config, "package_types", [])

excluded := object.get(data.config, "excluded_vex_statuses", ["not_affected", "under_investigation"])

scan := oci.referrer("https://scout.docker.com/vulnerabilities/v0.1")

vex := oci.referrer("https://openvex.dev/ns/v0.2.0")

selected(_) if count(types) == 0

selected(purl) if scout.parse_purl(purl).type in types

is_excluded(purl, name) if {
	some statement in vex.statement.predicate.statements
	statement.vulnerability.name == name
	statement.status in excluded
	some product in statement.products
	product["@id"] == purl
}

days(found) := kev_days if found.cisa_exploited

days(found) := slas[upper(found.cvss.severity)] if not found.cisa_exploited

over(found) if not found.published_at

over(found) if {
	age := time.now_ns() - time.parse_rfc3339_ns(found.published_at)
	age >= (((days(found) * 24) * 60) * 60) * 1000000000
}

violation contains {
	"message": sprintf("%s in %s: %v", [found.source_id, entry.purl, found.fixed_by]),
	"detail": {
		"purl": entry.purl,
		"vulnerability": found.source_id,
		"severity": found.cvss.severity,
		"fixedBy": found.fixed_by,
		"cvssScore": sprintf("%.1f", [found.cvss.score]),
		"sla": days(found),
	},
} if {
	some entry in scan.statement.predicate
	selected(entry.purl)
	some found in entry.vulnerabilities
	found.fixed_by
	not is_excluded(entry.purl, found.source_id)
	over(found)
}
