# The only entry: everything a person or CI does starts here.
# A fresh machine needs cargo, Go, make and gcc; `make test` says what else it installs.
.DEFAULT_GOAL := help
.PHONY: help run test test-fast test-control test-cluster test-node test-node-full test-chart test-page test-versions test-differential test-install soak record-reviews lint fmt bench docs chart image pod-schema clean
SHELL := bash

CARGO := cargo
FLAGS ?=
# Of the image: amd64 or arm64, that of this machine if not given.
ARCH ?=
CA := target/run/ca.pem
# The tests that hold what is generated and committed; told to, they write it.
GENERATED := house::docs policy_file::schema

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build and serve with the embedded policy; FLAGS="--policy FILE" and others are passed on
	BULKHEAD_COMMIT=$$(git describe --always --abbrev=40 --exclude='*' --dirty 2>/dev/null) $(CARGO) build --release --locked
	@mkdir -p $(dir $(CA))
	@printf '%s\n' '' 'Try it from another terminal:' \
	  '  curl --cacert $(CA) -H "Content-Type: application/json" --data @examples/reviews/shared-pod.json https://127.0.0.1:8443/validate' \
	  '  curl http://127.0.0.1:8081/metrics' 'Ctrl-C ends it.' ''
	@exec target/release/bulkhead serve --write-ca $(CA) $(FLAGS)

test: ## Run everything: lint, tests, against a real kube-apiserver, on a real node, of the installation
	@tests/run lint fast control page cluster chart node install

test-fast: ## Run the tests that need no cluster
	@tests/run fast

test-control: ## Add a toy control to a copy of the sources, build it and judge by it
	@tests/run control

test-cluster: ## Run the tests against a real kube-apiserver (BULKHEAD_TEST_KUBECONFIG: against yours)
	@tests/run cluster

test-chart: ## Run the tests of the Helm chart and of deploy/, with a real helm and kube-apiserver
	@tests/run chart

test-node: ## Run the tests on a real node: containers that measure each other (needs root)
	@tests/run node

test-node-full: ## Compare the model of reach with 300 pods on the node (BULKHEAD_NODE_PODS, _SEED: how many, which)
	@tests/run node_full

test-versions: ## Run those of cluster and chart on the oldest and the newest Kubernetes; builds both (minutes, once)
	@tests/run versions

test-differential: ## Compare 100,000 requests with CEL and Pod Security (BULKHEAD_DIFFERENTIAL_CASES, _SEED: how many, which)
	@tests/run differential

test-page: ## Run the tests of the page of `bulkhead reach` in a real Chromium (root on Debian installs it)
	@tests/run page

test-install: ## Run the tests of the image, and of the chart with it on a real node (needs root)
	@tests/run install

soak: ## Search for the dearest bodies, attack a real kube-apiserver (BULKHEAD_SOAK_BODIES, _SEED, _SECONDS: how many, which, how long)
	@tests/run soak_bodies soak_attack

record-reviews: ## Record tests/fixtures/reviews again from a real kube-apiserver, and the answers
	@tests/run record

lint: ## Check format, clippy and rustdoc, warnings denied
	@tests/run lint

fmt: ## Format the sources
	$(CARGO) fmt
	gofmt -w certs image testbed/cluster testbed/node testbed/pod-schema

bench: ## Measure: criterion, and load against a plain server of the same crates
	@benches/run

docs: ## Write the generated documentation, and build the developers' into target/doc
	BULKHEAD_WRITE_DOCS=1 $(CARGO) test --locked --quiet --test it -- $(GENERATED)
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items

chart: ## Write what is generated from the chart: its README, its presets, deploy/
	testbed/helm/build "$${BULKHEAD_TEST_HELM:-target/helm}"
	BULKHEAD_WRITE_DOCS=1 $(CARGO) test --locked --quiet --test chart -- generated:: --test-threads=1 # in their order

image: ## Write the container image as an OCI archive (ARCH=arm64: for another machine); prints its path
	@image/build target/image $(ARCH)

pod-schema: ## Write which fields pods have in each supported Kubernetes (needs Go, downloads)
	testbed/pod-schema/run write

clean: ## Remove everything that was built
	$(CARGO) clean
