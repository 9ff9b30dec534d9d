# METADATA
# title: No unintended shell or package manager
# description: No SBOM of the image lists a shell or a package manager that its signed configuration does not declare.
# custom:
#   name: no-shell-or-package-manager
#   result_type: generic
#   weight: 10
#   not_compliant_title: The image has a shell or a package manager
#   details_order:
#     - package
#     - kind
#     - sboms
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if {
	count(names) > 0
	count(violation) == 0
}

spdx := "https://spdx.dev/Document"

scout := "https://scout.docker.com/sbom/v0.1"

# The types of the attestations that were verified for the image.
listed contains attestation.predicate_type if {
	some attestation in input.dhi.attestations
	attestation.status == "verified"
}

is_sbom(type) if type == spdx

is_sbom(type) if type == scout

is_sbom(type) if startswith(type, "https://cyclonedx.org/bom")

listed_sboms := {type | some type in listed; is_sbom(type)}

# All formats that the image has are read. If there are none, SPDX is asked for.
types := listed_sboms if count(listed_sboms) > 0

types := {spdx} if count(listed_sboms) == 0

answers := {type: oci.referrer(type) | some type in types}

violation contains problem(type, "missing", "the image has no SBOM") if {
	some type, answer in answers
	is_null(answer)
}

violation contains problem(type, "other subject", "an SBOM is about another image") if {
	some type, answer in answers
	answer.statement
	not is_about_image(answer.statement)
}

is_about_image(statement) if {
	some subject in statement.subject
	sprintf("sha256:%s", [subject.digest.sha256]) == input.source.image.digest
}

documents := {type: answer.statement.predicate |
	some type, answer in answers
	is_about_image(answer.statement)
}

# Packages of SPDX, components of CycloneDX, artifacts of Scout. Components contain others.
names contains {"type": type, "name": lower(name)} if {
	some type, document in documents
	some member in ["packages", "components", "artifacts"]
	walk(document[member], [_, entry])
	name := entry.name
	is_string(name)
}

violation contains problem(type, "empty", "an SBOM lists no packages") if {
	some type, _ in documents
	not lists_packages(type)
}

lists_packages(type) if {
	some entry in names
	entry.type == type
}

paths contains {"type": type, "path": path} if {
	some type, document in documents
	some path in array.concat(
		[file.fileName | some file in document.files],
		[file.path | some artifact in document.artifacts; some file in artifact.files],
	)
}

paths contains entry_path if {
	some entry in names
	contains(entry.name, "/")
	entry_path := {"type": entry.type, "path": entry.name}
}

forbidden_packages contains {"kind": kind, "name": entry.name, "type": entry.type} if {
	some entry in names
	some kind, packages in forbidden
	entry.name in packages
}

# A package is one violation, however many SBOMs list it.
violation contains found(hit.kind, hit.name, sprintf("the package `%s`", [hit.name]), sboms) if {
	some hit in forbidden_packages
	not hit.kind in declared
	not is_allowed(hit.name)
	sboms := {other.type | some other in forbidden_packages; other.name == hit.name}
}

is_allowed(name) if {
	is_array(allowed_packages)
	name in allowed_packages
}

# A hardened image whose configuration is signed by Docker declares what it has by intention. The form of the value is
# not documented, and images with one such label have several shells: so it stands for its kind, as in Docker's policy.
# Every other image inherits the labels of its base and can change them.
declared contains kind if {
	is_signed_by_docker
	some kind, label in {
		"shell": "com.docker.dhi.shell",
		"package manager": "com.docker.dhi.package-manager",
	}
	value := input.source.image.config.config.Labels[label]
	trim_space(value) != ""
}

is_signed_by_docker if {
	input.dhi.standing == "dhi"
	some attestation in input.dhi.attestations
	attestation.status == "verified"
	some signer in attestation.signers
	signer.is_dhi == true
	signer.is_image_signer == true
}

# A file in a directory of programs, such as `/bin/sh`.
forbidden_files contains {"kind": kind, "path": path, "program": program, "type": entry.type} if {
	some entry in paths
	contains(entry.path, "bin/")
	path := absolute(entry.path)
	regex.match(program_path, path)
	parts := split(path, "/")
	program := parts[count(parts) - 1]
	some kind, programs in forbidden_programs
	program in programs
}

# One that has the name of a package that is found already is part of that package.
violation contains found(file.kind, file.path, sprintf("the file `%s`", [file.path]), sboms) if {
	some file in forbidden_files
	not file.kind in declared
	not is_allowed(file.program)
	not file.program in {hit.name | some hit in forbidden_packages}
	sboms := {other.type | some other in forbidden_files; other.path == file.path}
}

# SBOMs write `/bin/sh`, `./bin/sh` and `bin/sh`.
absolute(path) := sprintf("/%s", [trim_left(trim_prefix(path, "./"), "/")])

program_path := `^/(usr/|usr/local/)?s?bin/[^/]+$`

forbidden_programs := {
	"shell": array.concat(shells, ["sh"]),
	"package manager": array.concat(package_managers, ["apk", "apt-get", "rpm"]),
}

forbidden := {"shell": shells, "package manager": package_managers}

found(kind, name, text, sboms) := {
	"message": sprintf("the image has a %s: %s", [kind, text]),
	"detail": {"package": name, "kind": kind, "sboms": concat(", ", sort(sboms)), "reason": "found"},
	"remediation": "use a runtime variant of the image, or list the package in `allowed_packages`",
}

problem(type, reason, message) := {
	"message": message,
	"detail": {"sboms": type, "reason": reason},
	"remediation": "use a build of the image with an attested SBOM",
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"allowed_packages", "package_managers", "shells"}
}

default allowed_packages := []

allowed_packages := settings.allowed_packages

default shells := [
	"ash",
	"bash",
	"busybox",
	"busybox-binsh",
	"busybox-static",
	"csh",
	"dash",
	"dash-binsh",
	"fish",
	"ksh",
	"mksh",
	"tcsh",
	"toybox",
	"yash",
	"zsh",
]

shells := settings.shells

default package_managers := [
	"apk-tools",
	"apt",
	"aptitude",
	"dnf",
	"dpkg",
	"microdnf",
	"pacman",
	"yum",
	"zypper",
]

package_managers := settings.package_managers

violation contains wrong_setting(key, "not a list of names in lower case, without spaces and `*`") if {
	some key, value in {
		"allowed_packages": allowed_packages,
		"package_managers": package_managers,
		"shells": shells,
	}
	not are_names(value)
}

are_names(value) if {
	is_array(value)
	every name in value {
		is_string(name)
		name == lower(name)
		regex.match(`^[^\s*]+$`, name)
	}
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
