module headgate.test/schemas

go 1.26.0

require (
	github.com/nats-io/jsm.go v0.5.1
)
