# METADATA
# title: No embedded secrets
# description: A verified secret scan of the image found no secret.
# custom:
#   name: no-secrets
#   result_type: generic
#   weight: 10
#   not_compliant_title: Secrets were found or not looked for
#   details_order:
#     - predicate
#     - reason
#     - path
package docker.scout

import rego.v1

default pass := false

pass if {
	is_array(scan)
	count(violation) == 0
}

predicate_type := "https://scout.docker.com/secrets/v0.1"

# `null` if the image has no such attestation. An object with `error` if that is unknown.
answer := oci.referrer(predicate_type)

is_about_image if {
	some subject in answer.statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

violation contains problem("missing", "the image has no secret scan") if is_null(answer)

violation contains problem("other subject", "the secret scan is about another image") if {
	answer.statement
	not is_about_image
}

scan := answer.statement.predicate if is_about_image

violation contains problem("unreadable", "the secret scan has no predicate") if {
	is_about_image
	not has_predicate
}

has_predicate if "predicate" in object.keys(answer.statement)

violation contains problem("unreadable", sprintf("the secret scan is %s and not an array", [type_name(scan)])) if {
	is_about_image
	not is_array(scan)
}

# Each element is a place with secrets.
violation contains {
	"message": sprintf("the secret scan reports a secret in `%v`", [path]),
	"detail": {"predicate": predicate_type, "reason": "secret", "path": path},
	"remediation": "remove the file from all layers, and replace the secret: it is published",
} if {
	is_array(scan)
	some place in scan
	path := path_of(place)
}

path_of(place) := path if {
	path := place.source.location.path
} else := "an unnamed file"

problem(reason, message) := {
	"message": message,
	"detail": {"predicate": predicate_type, "reason": reason},
	"remediation": "use a build of the image with an attested secret scan",
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in set()
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
