# METADATA
# title: Tests passed
# description: The image has a verified test report, tests were run, and none failed.
# custom:
#   name: tests-passed
#   result_type: generic
#   weight: 10
#   not_compliant_title: Tests failed or were not run
#   details_order:
#     - predicate
#     - reason
#     - test
package docker.scout

import rego.v1

default pass := false

pass if {
	summary
	count(violation) == 0
}

predicate_type := "https://scout.docker.com/tests/v0.1"

# `null` if the image has no such attestation. An object with `error` if that is unknown.
answer := oci.referrer(predicate_type)

is_about_image if {
	some subject in answer.statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

violation contains problem("missing", "the image has no test report") if is_null(answer)

violation contains problem("other subject", "the test report is about another image") if {
	answer.statement
	not is_about_image
}

results := answer.statement.predicate.results if is_about_image

summary := results.summary if is_object(results.summary)

# Required in a summary of the Common Test Report Format. The other counters are 0 if they are absent.
required := ["tests", "passed", "failed"]

counters := ["passed", "failed", "skipped", "pending", "other"]

number(name) := object.get(summary, name, 0)

is_number_of_tests(value) if {
	is_number(value)
	value >= 0
	value == floor(value)
}

violation contains problem("no summary", "the test report has no summary") if {
	is_about_image
	not summary
}

violation contains problem("no summary", sprintf("the test report has no number `%s`", [name])) if {
	summary
	some name in array.concat(required, counters)
	value := object.get(summary, name, missing(name))
	not is_number_of_tests(value)
}

# A required counter that is absent is no number.
missing(name) := "absent" if name in required

missing(name) := 0 if not name in required

violation contains problem("failed", sprintf("%v of %v tests failed", [number("failed"), number("tests")])) if {
	number("failed") != 0
}

violation contains problem("failed", sprintf("%v of %v tests did not end", [number("other"), number("tests")])) if {
	number("other") != 0
}

violation contains problem("not run", "no test was run") if {
	summary
	not number("passed") > 0
}

violation contains problem("counts", sprintf("the report counts %v tests, and %v results", [total, sum(parts)])) if {
	total := number("tests")
	is_number(total)
	parts := [number(name) | some name in counters; is_number(number(name))]
	total != sum(parts)
}

violation contains problem("counts", sprintf("the report counts %v tests, and lists %v", [total, listed])) if {
	total := number("tests")
	is_array(results.tests)
	listed := count(results.tests)
	listed > 0
	listed != total
}

violation contains problem("counts", sprintf("the report counts %v tests as `%s`, and lists %v", [counted, name, listed])) if {
	is_array(results.tests)
	count(results.tests) > 0
	some name in counters
	counted := number(name)
	listed := count([test | some test in results.tests; test.status == name])
	listed != counted
}

violation contains {
	"message": sprintf("the test `%v` has the status `%v`", [name, status]),
	"detail": {"predicate": predicate_type, "reason": "failed", "test": name},
	"remediation": "use a build of the image whose tests passed",
} if {
	is_array(results.tests)
	some test in results.tests
	not is_good(test)
	name := member(test, "name")
	status := member(test, "status")
}

is_good(test) if test.status in {"passed", "skipped", "pending"}

member(object, key) := value if {
	value := object[key]
} else := "unknown"

violation contains problem("unreadable", "the list of tests is not an array") if {
	listed := results.tests
	not is_array(listed)
}

problem(reason, message) := {
	"message": message,
	"detail": {"predicate": predicate_type, "reason": reason},
	"remediation": "use a build of the image whose tests passed",
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
