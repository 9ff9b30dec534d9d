# METADATA
# title: Failed tests
# description: Written for tests, with the constructs of Docker's policies.
# custom:
#   name: contract-tests
#   result_type: generic
#   details_order:
#     - predicate
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

predicate_type := "https://scout.docker.com/tests/v0.1"

answer := oci.referrer(predicate_type)

about_this_image if {
	some subject in answer.statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

violation contains {"message": "no report", "detail": {"predicate": predicate_type, "reason": "missing"}} if is_null(answer)

violation contains {"message": "other subject", "detail": {"predicate": predicate_type, "reason": "subject"}} if {
	not about_this_image
}

violation contains {
	"message": sprintf("%d tests failed", [failed]),
	"detail": {"predicate": predicate_type, "reason": "failed"},
} if {
	failed := answer.statement.predicate.results.summary.failed
	failed != 0
}
