# METADATA
# title: FIPS modules
# description: The image has cryptographic modules with an active FIPS certificate that has not reached its sunset date.
# custom:
#   name: fips
#   result_type: generic
#   weight: 10
#   not_compliant_title: FIPS certificates are missing or not active
#   details_order:
#     - predicate
#     - module
#     - certification
#     - sunset_date
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if {
	count(modules) > 0
	count(violation) == 0
}

predicate_type := "https://docker.com/dhi/fips/v0.1"

# `null` if the image has no such attestation. An object with `error` if that is unknown.
answer := oci.referrer(predicate_type)

is_about_image if {
	some subject in answer.statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

violation contains problem("missing", "the image has no FIPS attestation") if is_null(answer)

violation contains problem("other subject", "the FIPS attestation is about another image") if {
	answer.statement
	not is_about_image
}

modules := answer.statement.predicate if {
	is_about_image
	is_array(answer.statement.predicate)
}

violation contains problem("unreadable", "the FIPS attestation lists no modules") if {
	is_about_image
	not has_modules
}

has_modules if count(modules) > 0

violation contains module_problem(module, "status", sprintf("has a certificate that is `%v` and not active", [status])) if {
	some module in modules
	status := member(module, "status")
	not is_active(status)
}

is_active(status) if lower(status) == "active"

member(module, key) := value if {
	value := module[key]
} else := "unknown"

violation contains module_problem(module, "no certificate", "names no certificate") if {
	some module in modules
	not has_certificate(module)
}

has_certificate(module) if regex.match(`#[0-9]+`, module.certification)

violation contains module_problem(module, "standard", sprintf("is validated by `%v`", [standard])) if {
	some module in modules
	standard := member(module, "standard")
	not standard in standards
}

# The certificate ends when its sunset date begins, in UTC.
sunset(module) := time.parse_rfc3339_ns(sprintf("%sT00:00:00Z", [module.sunsetDate]))

has_sunset(module) if is_number(sunset(module))

nanoseconds_of_day := ((24 * 60) * 60) * 1000000000

violation contains module_problem(module, "no sunset date", "has no valid sunset date") if {
	some module in modules
	not has_sunset(module)
}

violation contains module_problem(module, "sunset", sprintf("has the sunset date %s", [member(module, "sunsetDate")])) if {
	some module in modules
	is_days(min_days)
	sunset(module) <= time.now_ns() + (min_days * nanoseconds_of_day)
}

module_problem(module, reason, message) := {
	"message": sprintf("the module `%v` %s", [member(module, "name"), message]),
	"detail": {
		"predicate": predicate_type,
		"module": member(module, "name"),
		"certification": member(module, "certification"),
		"sunset_date": member(module, "sunsetDate"),
		"reason": reason,
	},
	"remediation": "use a build of the image whose FIPS modules have active certificates",
}

problem(reason, message) := {
	"message": message,
	"detail": {"predicate": predicate_type, "reason": reason},
	"remediation": "use a variant of the image with `-fips` in its tag",
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"min_days", "standards"}
}

default min_days := 0

min_days := settings.min_days

violation contains wrong_setting("min_days", "not a number of days from 0 to 36500") if not is_days(min_days)

# 100 years at most: a greater number says nothing about an image.
is_days(value) if {
	is_number(value)
	value >= 0
	value <= 36500
}

default standards := ["FIPS 140-2", "FIPS 140-3"]

standards := settings.standards

violation contains wrong_setting("standards", "not a list of texts") if not are_texts(standards)

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
