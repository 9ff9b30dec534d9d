# METADATA
# title: Not at end of life
# description: The proven end-of-life date of the image or of its base is not reached.
# custom:
#   name: end-of-life
#   result_type: generic
#   weight: 10
#   not_compliant_title: The image is at its end of life
#   details_order:
#     - date
#     - source
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if {
	count(dates) > 0
	count(violation) == 0
}

pass if {
	is_proven
	allow_no_date == true
	count(violation) == 0
}

label := "com.docker.dhi.date.end-of-life"

# The configuration of a hardened image is bound to its attestations by digests. Every other image inherits labels and
# can change them, so there only the labels of the proven base count.
labels := object.get(input.source.image, ["config", "config", "Labels"], {}) if input.dhi.standing == "dhi"

labels := object.get(input.dhi.base, "labels", {}) if input.dhi.standing == "dhi-based"

is_proven if input.dhi.standing in {"dhi", "dhi-based"}

dates contains {"date": labels[label], "source": "label"}

# Scout provenance holds the definition of the image.
scout_provenance := "https://scout.docker.com/provenance/v0.1"

definition := base64.decode(regex.replace(answer.statement.predicate.source_map.dockerfile, `\s`, "")) if {
	input.dhi.standing == "dhi"
	some attestation in input.dhi.attestations
	attestation.predicate_type == scout_provenance
	attestation.status == "verified"
	answer := oci.referrer(scout_provenance)
}

dates contains {"date": date, "source": "definition"} if {
	some line in regex.find_n(`(?m)^[ \t]+end-of-life:[^\r\n]*`, definition, -1)
	date := trim(split(split(line, ":")[1], "#")[0], " \t\"'")
}

# Support ends when this day begins, in UTC.
end(date) := time.parse_rfc3339_ns(sprintf("%sT00:00:00Z", [date]))

is_date(date) if is_number(end(date))

nanoseconds_of_day := ((24 * 60) * 60) * 1000000000

violation contains problem("", "", "not proven", "the image is not proven to be a hardened image or built on one, so no date counts") if {
	not is_proven
}

violation contains problem("", "", "no date", "the image has no end-of-life date") if {
	is_proven
	count(dates) == 0
	not allow_no_date == true
}

violation contains problem(entry.date, entry.source, "invalid", sprintf("the end-of-life date `%v` is no date", [entry.date])) if {
	some entry in dates
	not is_date(entry.date)
}

violation contains problem(entry.date, entry.source, "reached", sprintf("the end of life is %s", [entry.date])) if {
	some entry in dates
	is_days(min_days)
	end(entry.date) <= time.now_ns() + (min_days * nanoseconds_of_day)
}

problem(date, source, reason, message) := {
	"message": message,
	"detail": {"date": date, "source": source, "reason": reason},
	"remediation": "change to a version of the image that is supported",
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"allow_no_date", "min_days"}
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

default allow_no_date := false

allow_no_date := settings.allow_no_date

violation contains wrong_setting("allow_no_date", "not true or false") if not is_boolean(allow_no_date)

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
