# METADATA
# title: Builder and source repository
# description: The verified provenance names an allowed builder and an allowed source repository.
# custom:
#   name: provenance-source
#   result_type: generic
#   weight: 10
#   not_compliant_title: The builder or the source repository is not allowed
#   details_order:
#     - predicate
#     - found
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if {
	count(predicates) > 0
	is_configured
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

# Both versions are read if the image has both. If there is none, v1 is asked for.
types := listed_provenance if count(listed_provenance) > 0

types := {v1} if count(listed_provenance) == 0

answers := {type: oci.referrer(type) | some type in types}

violation contains problem(type, "missing", "the image has no provenance") if {
	some type, answer in answers
	is_null(answer)
}

violation contains problem(type, "other subject", "the provenance is about another image") if {
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

builder_ids contains {"type": v1, "id": predicates[v1].runDetails.builder.id}

builder_ids contains {"type": v02, "id": predicates[v02].builder.id}

sources contains {"type": v1, "uri": predicates[v1].buildDefinition.externalParameters.configSource.uri}

sources contains {"type": v1, "uri": predicates[v1].buildDefinition.externalParameters.workflow.repository}

sources contains {"type": v1, "uri": predicates[v1].runDetails.metadata.buildkit_metadata.vcs.source}

sources contains {"type": v02, "uri": predicates[v02].invocation.configSource.uri}

sources contains {"type": v02, "uri": predicates[v02].metadata["https://mobyproject.org/buildkit@v1#metadata"].vcs.source}

# `git+https://host/team/app.git@refs/heads/main` and `https://host/team/app.git#main` name `https://host/team/app`.
repository(uri) := regex.replace(
	regex.replace(
		regex.replace(trim_prefix(uri, "git+"), `#.*$`, ""),
		`@(refs/.*|[0-9a-f]{40}|[0-9a-f]{64})$`, "",
	),
	`(\.git)?/?$`, "",
)

repositories_of(type) := {repository(uri) |
	some source in sources
	source.type == type
	uri := source.uri
	uri != ""
}

violation contains problem(type, "builder", "the provenance names no builder") if {
	count(builders) > 0
	some type, _ in predicates
	not has_builder(type)
}

has_builder(type) if {
	some builder in builder_ids
	builder.type == type
	builder.id != ""
}

violation contains mismatch(type, "builder", found, sprintf("the builder `%v` is not allowed", [found])) if {
	count(builders) > 0
	some builder in builder_ids
	found := builder.id
	type := builder.type
	not is_allowed(found, builders)
}

violation contains problem(type, "repository", "the provenance names no source repository") if {
	count(repositories) > 0
	some type, _ in predicates
	count(repositories_of(type)) == 0
}

# Each repository that the provenance names as its source must be allowed.
violation contains mismatch(type, "repository", found, sprintf("the source repository `%v` is not allowed", [found])) if {
	count(repositories) > 0
	some type, _ in predicates
	some found in repositories_of(type)
	not is_allowed_repository(found)
}

is_allowed_repository(found) if {
	is_allowed(found, repositories)

	# A path with these can leave the prefix of a pattern.
	not regex.match(`(^|/)\.\.?(/|$)|%|\\`, found)
}

is_allowed(found, patterns) if {
	is_array(patterns)
	some pattern in patterns
	matches(pattern, found)
}

# A pattern is a text that may end in `*`.
matches(pattern, text) if pattern == text

matches(pattern, text) if {
	endswith(pattern, "*")
	startswith(text, trim_suffix(pattern, "*"))
}

are_patterns(value) if {
	is_array(value)
	every pattern in value {
		is_string(pattern)
		regex.match(`^[^*]*\*?$`, pattern)
		pattern != ""
	}
}

mismatch(type, reason, found, message) := {
	"message": message,
	"detail": {"predicate": type, "reason": reason, "found": found},
	"remediation": "use an image from an allowed builder and repository, or allow them in `builders` and `repositories`",
}

problem(type, reason, message) := {
	"message": message,
	"detail": {"predicate": type, "reason": reason},
	"remediation": "use a build of the image with complete provenance (BuildKit: `--provenance mode=max`)",
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"builders", "repositories"}
}

default builders := []

builders := settings.builders

default repositories := []

repositories := settings.repositories

is_configured if count(builders) > 0

is_configured if count(repositories) > 0

violation contains {
	"message": "no allowed builder and no allowed repository is configured",
	"detail": {"reason": "configuration"},
	"remediation": "list patterns in the settings `builders` or `repositories`",
} if {
	not is_configured
}

violation contains wrong_setting(key, "not a list of texts that may end in `*`") if {
	some key, value in {"builders": builders, "repositories": repositories}
	not are_patterns(value)
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
