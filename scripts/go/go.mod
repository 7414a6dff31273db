// A Go for building components, where the system has none that is new enough. Go's own releases are modules, too.
module hermes-build-go

go 1.19

require golang.org/toolchain v0.0.1-go1.26.8.linux-amd64
