//go:build tools

// Package h2spec names what scripts/install builds, so that go.sum holds its checksums.
package h2spec

import _ "github.com/summerwind/h2spec/cmd/h2spec"
