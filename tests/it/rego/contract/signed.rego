# METADATA
# title: Signed attestations
# description: Written for tests, with the constructs of Docker's policies.
# custom:
#   name: contract-signed
#   result_type: generic
#   details_order:
#     - predicate
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

required := {"https://spdx.dev/Document", "https://slsa.dev/provenance/v0.2"}

answers := {type: oci.referrer(type) | some type in required}

options := {
	"key_ref": "https://dhi.io/keyring/latest.pub",
	"ignore_sct": true,
	"ignore_tlog": true,
	"check_claims": true,
	"experimental_oci11": true,
}

about_this_image(answer) if {
	some subject in answer.statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

violation contains {"message": sprintf("no %s", [type]), "detail": {"predicate": type, "reason": "missing"}} if {
	some type in required
	is_null(answers[type])
}

violation contains {"message": sprintf("other subject of %s", [type]), "detail": {"predicate": type, "reason": "subject"}} if {
	some type in required
	not about_this_image(answers[type])
}

violation contains {"message": sprintf("no reference of %s", [type]), "detail": {"predicate": type, "reason": "image"}} if {
	some type in required
	not answers[type].image
}

violation contains {"message": sprintf("%s: %s", [type, failure]), "detail": {"predicate": type, "reason": "signature"}} if {
	some type in required
	image := answers[type].image
	failure := cosign.verify_images([image], options)[image].error
}
