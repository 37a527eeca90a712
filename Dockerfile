# The image of the program. `make image` writes the same one without an engine: image/ carries out the
# last stage, which is therefore the only description of what an image holds and says.
# docs/image.md has the command for an engine.

# As rust-toolchain.toml; the digest is that of the list of all architectures.
ARG RUST=1.95.0
FROM --platform=$BUILDPLATFORM rust:${RUST}-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS build
ARG RUST
# Named here, it is used without the components for developers, which rust-toolchain.toml asks for.
ENV RUSTUP_TOOLCHAIN=${RUST}
WORKDIR /src

# A machine compiles for the other architecture, too, rather than emulate it.
ARG BUILDARCH
ARG TARGETARCH
RUN if [ "$BUILDARCH" != "$TARGETARCH" ]; then \
      case $TARGETARCH in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; esac; \
      rustup target add "$machine-unknown-linux-gnu" && apt-get update -q && \
      apt-get install -q -y --no-install-recommends "gcc-$(echo "$machine" | tr _ -)-linux-gnu" "libc6-dev-$TARGETARCH-cross" && \
      rm -rf /var/lib/apt/lists/*; \
    fi

# What is downloaded is a layer of its own, which a change in src/ leaves as it is. The manifest
# lists tests and benches, which are not here.
COPY Cargo.toml Cargo.lock ./
RUN awk '/^\[/ { kept = !/^\[\[/ } kept' Cargo.toml >kept.toml && mv kept.toml Cargo.toml && \
    mkdir src && touch src/lib.rs && \
    cargo fetch --locked --target x86_64-unknown-linux-gnu --target aarch64-unknown-linux-gnu

COPY image/compile image/
COPY src src
# `bulkhead version` says it.
ARG REVISION
RUN BULKHEAD_COMMIT=$REVISION image/compile "$TARGETARCH" /out/bulkhead

FROM scratch
# Written by image/arguments.
ARG VERSION
ARG REVISION
ARG CREATED
ARG SOURCE
LABEL org.opencontainers.image.title="bulkhead" \
      org.opencontainers.image.description="Kubernetes admission webhook that keeps the containers of a pod in their own compartments" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
# With modes, because those of a checkout depend on whose it is.
COPY --chmod=0444 image/etc/passwd image/etc/group /etc/
COPY --chmod=0555 --from=build /out/bulkhead /bulkhead
# Without these it would be reached from its own container only.
ENV BULKHEAD_LISTEN=0.0.0.0:8443 \
    BULKHEAD_ADMIN_LISTEN=0.0.0.0:8081
# As numbers: the kubelet believes runAsNonRoot no names.
USER 65532:65532
EXPOSE 8443 8081
ENTRYPOINT ["/bulkhead"]
CMD ["serve"]
