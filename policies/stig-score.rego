# METADATA
# title: STIG score
# description: Each profile of the verified STIG scan has at least the target score.
# custom:
#   name: stig-score
#   result_type: generic
#   weight: 10
#   not_compliant_title: The STIG score is too low
#   details_order:
#     - predicate
#     - profile
#     - score
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if {
	count(profiles) > 0
	count(violation) == 0
}

predicate_type := "https://docker.com/dhi/stig/v0.1"

# `null` if the image has no such attestation. An object with `error` if that is unknown.
answer := oci.referrer(predicate_type)

is_about_image if {
	some subject in answer.statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

violation contains problem("missing", "the image has no STIG scan") if is_null(answer)

violation contains problem("other subject", "the STIG scan is about another image") if {
	answer.statement
	not is_about_image
}

profiles := answer.statement.predicate if {
	is_about_image
	is_array(answer.statement.predicate)
}

violation contains problem("unreadable", "the STIG scan has no profiles") if {
	is_about_image
	not has_profiles
}

has_profiles if count(profiles) > 0

score(profile) := (profile.summary.defaultScore / profile.summary.maxDefaultScore) * 100 if {
	is_number(profile.summary.defaultScore)
	is_number(profile.summary.maxDefaultScore)
	profile.summary.maxDefaultScore > 0
	profile.summary.defaultScore >= 0
	profile.summary.defaultScore <= profile.summary.maxDefaultScore
}

has_score(profile) if is_number(score(profile))

name(profile) := text if {
	text := profile.name
} else := "without a name"

violation contains {
	"message": sprintf("the STIG profile `%v` has no valid score", [name(profile)]),
	"detail": {"predicate": predicate_type, "profile": name(profile), "reason": "no score"},
	"remediation": "use a build of the image with a complete STIG scan",
} if {
	some profile in profiles
	not has_score(profile)
}

violation contains {
	"message": sprintf("the STIG profile `%v` has a score of %v%%, below %v%%", [name(profile), shown, target_score]),
	"detail": {
		"predicate": predicate_type,
		"profile": name(profile),
		"score": sprintf("%v%%", [shown]),
		"reason": "score",
	},
	"remediation": "use a build of the image with a better score, or lower `target_score`",
} if {
	some profile in profiles
	percent := score(profile)
	percent < target_score
	shown := round(percent * 100) / 100
}

problem(reason, message) := {
	"message": message,
	"detail": {"predicate": predicate_type, "reason": reason},
	"remediation": "use a variant of the image with a STIG scan, such as one with `-fips` in its tag",
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"target_score"}
}

default target_score := 100

target_score := settings.target_score

violation contains wrong_setting("target_score", "not a number from 0 to 100") if not is_percent(target_score)

is_percent(value) if {
	is_number(value)
	value >= 0
	value <= 100
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
