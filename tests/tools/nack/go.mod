module headgate.test/nack

go 1.26.0

// For its example manifests; nothing is built from it.
require (
	github.com/nats-io/nack v0.22.4
)
