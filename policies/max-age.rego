# METADATA
# title: Maximum age
# description: The image was built not longer ago than the configured number of days.
# custom:
#   name: max-age
#   result_type: generic
#   weight: 10
#   not_compliant_title: The image is too old
#   details_order:
#     - built
#     - days
#     - source
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if {
	count(times) > 0
	count(violation) == 0
}

v1 := "https://slsa.dev/provenance/v1"

v02 := "https://slsa.dev/provenance/v0.2"

# The types of the attestations that were verified for the image.
listed contains attestation.predicate_type if {
	some attestation in input.dhi.attestations
	attestation.status == "verified"
}

listed_provenance := listed & {v1, v02}

types := listed_provenance if count(listed_provenance) > 0

# The creation time of the configuration is a claim of the image. It counts only if the settings say so.
types := set() if {
	count(listed_provenance) == 0
	trust_created == true
}

types := {v1} if {
	count(listed_provenance) == 0
	not trust_created == true
}

answers := {type: oci.referrer(type) | some type in types}

violation contains problem("", type, "missing", "the image has no provenance, so its build time is not proven") if {
	some type, answer in answers
	is_null(answer)
}

violation contains problem("", type, "other subject", "the provenance is about another image") if {
	some type, answer in answers
	answer.statement
	not is_about_image(answer.statement)
}

is_about_image(statement) if {
	some subject in statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

predicates := {type: answer.statement.predicate |
	some type, answer in answers
	is_about_image(answer.statement)
}

times contains {"time": predicates[v1].runDetails.metadata.finishedOn, "source": v1}

times contains {"time": predicates[v02].metadata.buildFinishedOn, "source": v02}

times contains {"time": input.source.image.config.created, "source": "configuration"} if {
	count(types) == 0
}

violation contains problem("", type, "no time", "the provenance names no time at which the build finished") if {
	some type, _ in predicates
	not has_time(type)
}

has_time(type) if {
	some entry in times
	entry.source == type
}

violation contains problem("", "configuration", "no time", "the image configuration names no creation time") if {
	count(types) == 0
	not has_time("configuration")
}

built(entry) := time.parse_rfc3339_ns(entry.time)

is_time(entry) if is_number(built(entry))

nanoseconds_of_day := ((24 * 60) * 60) * 1000000000

violation contains problem(entry.time, entry.source, "invalid", sprintf("the build time `%v` is no time", [entry.time])) if {
	some entry in times
	not is_time(entry)
}

violation contains problem(entry.time, entry.source, "too old", message) if {
	some entry in times
	is_days(days)
	time.now_ns() - built(entry) > days * nanoseconds_of_day
	message := sprintf("the image was built at %s, more than %v days ago", [entry.time, days])
}

# Clocks of builders may be a little ahead.
violation contains problem(entry.time, entry.source, "future", sprintf("the build time %s is in the future", [entry.time])) if {
	some entry in times
	built(entry) - time.now_ns() > nanoseconds_of_day
}

problem(built_at, source, reason, message) := {
	"message": message,
	"detail": {"built": built_at, "days": days, "source": source, "reason": reason},
	"remediation": "rebuild the image, or use a newer build",
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"days", "trust_created"}
}

default days := 90

days := settings.days

violation contains wrong_setting("days", "not a number of days from 0 to 36500") if not is_days(days)

# 100 years at most: a greater number says nothing about an image.
is_days(value) if {
	is_number(value)
	value >= 0
	value <= 36500
}

default trust_created := false

trust_created := settings.trust_created

violation contains wrong_setting("trust_created", "not true or false") if not is_boolean(trust_created)

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
