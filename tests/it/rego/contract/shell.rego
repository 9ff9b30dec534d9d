# METADATA
# title: Shells
# description: Written for tests, with the constructs of Docker's policies.
# custom:
#   name: contract-shell
#   result_type: generic
#   details_order:
#     - message
#     - package
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

labels := input.source.image.config.config.Labels

forbidden := {
	"com.docker.dhi.shell": {"bash", "busybox"},
	"com.docker.dhi.package-manager": {"apk-tools", "apt"},
}

document := oci.referrer("https://spdx.dev/Document")

violation contains {"message": message, "detail": {"message": message, "package": locator}} if {
	some label, names in forbidden
	labels[label] == ""
	some package_of_sbom in document.statement.predicate.packages
	package_of_sbom.name in names
	locator := package_of_sbom.externalRefs[0].referenceLocator
	message := sprintf("%s contradicts the label %s", [package_of_sbom.name, label])
}
