# METADATA
# title: STIG score
# description: Written for tests, with the constructs of Docker's policies.
# custom:
#   name: contract-stig
#   result_type: generic
#   details_order:
#     - predicate
#     - score
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

predicate_type := "https://docker.com/dhi/stig/v0.1"

target := object.get(data.config, "target_score", 100)

applies if {
	parts := [trim_space(part) | some part in split(input.source.image.config.config.Labels["com.docker.dhi.compliance"], ",")]
	"fips" in parts
}

answer := oci.referrer(predicate_type) if applies

about_this_image if {
	some subject in answer.statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

violation contains {"message": "no scan", "detail": {"predicate": predicate_type, "score": 0, "reason": "missing"}} if {
	applies
	is_null(answer)
}

violation contains {"message": "other subject", "detail": {"predicate": predicate_type, "score": 0, "reason": "subject"}} if {
	applies
	not about_this_image
}

violation contains {
	"message": sprintf("the score is %.2f%% of %d%%", [score, target]),
	"detail": {"predicate": predicate_type, "score": score, "reason": "score"},
} if {
	applies
	some profile in answer.statement.predicate
	score := (profile.summary.defaultScore / profile.summary.maxDefaultScore) * 100
	score < target
}
