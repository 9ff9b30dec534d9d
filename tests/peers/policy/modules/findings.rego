package docker.scout

import rego.v1

default pass := false

pass if count(violation) < 2

violation contains {
	"message": sprintf("%s: %s in %s (%.1f)", [upper(found.severity), found.id, package_of(found), found.score]),
	"detail": {
		"severity": object.get(found, "severity", "NONE"),
		"age": age(found),
		"excluded": excluded(found),
	},
	"remediation": sprintf("update to %v", [found.fixed]),
} if {
	some found in data.config.findings
	not excluded(found)
	over(found)
}

slas := object.union({"CRITICAL": 7, "HIGH": 14, "MEDIUM": 30}, object.get(data.config, "slas", {}))

now := time.parse_rfc3339_ns("2026-11-30T00:00:00Z")

age(found) := floor((now - time.parse_rfc3339_ns(found.published)) / 86400000000000)

over(found) if age(found) > slas[found.severity]

over(found) if not found.published

default excluded(_) := false

excluded(found) if {
	some name in array.concat([found.id], object.get(found, "aliases", []))
	name in data.config.words
}

package_of(found) := name if {
	parts := split(trim_prefix(found.purl, "pkg:"), "/")
	name := split(parts[count(parts) - 1], "@")[0]
}

per_severity := {severity: count(ids) |
	some severity in {found.severity | some found in data.config.findings}
	ids := {found.id | some found in data.config.findings; found.severity == severity}
}

worst := max([found.score | some found in data.config.findings])

report := concat("\n", sort([sprintf("%-12s|%5.2f", [found.id, found.score]) | some found in data.config.findings]))

matching := [found.id | some found in data.config.findings; regex.match(`^CVE-20(2[0-9])-\d+$`, found.id)]

encoded := base64.encode(json.marshal({"count": count(data.config.findings), "ids": [found.id | some found in data.config.findings]}))

read_back := json.unmarshal(base64.decode(encoded)).count
