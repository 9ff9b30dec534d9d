//go:build tools

// Package tools pins BuildKit's daemon and client as of 0.34, whose attestations are OCI artifacts: see `../buildkit`
// for why they need a module of their own, and for the shape before 0.32.
package tools

import (
	_ "github.com/moby/buildkit/cmd/buildctl"
	_ "github.com/moby/buildkit/cmd/buildkitd"
)
