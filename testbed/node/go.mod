module bulkhead.dev/testbed/node

go 1.26.0

require bulkhead.dev/image v0.0.0

replace bulkhead.dev/image => ../../image
