module bulkhead.dev/tests/pod-schema

go 1.26.0
