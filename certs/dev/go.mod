module bulkhead.dev/certs/dev

go 1.26.0
