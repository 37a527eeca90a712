module bulkhead.dev/image

go 1.26.0
