module bulkhead.dev/tests/node

go 1.26.0
