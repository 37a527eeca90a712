module bulkhead.dev/testbed/pod-schema

go 1.26.0
