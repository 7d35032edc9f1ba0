# Headgate as a container image: a builder and a runtime stage on the same Debian release.
#   docker build -t headgate:0.1.0 .      or      buildah bud -t headgate:0.1.0 .
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS builder
ENV DEBIAN_FRONTEND=noninteractive CCACHE_DIR=/ccache
WORKDIR /src
COPY tools/packages.txt tools/
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends $(awk '$1 == "build" { print $2 }' tools/packages.txt) \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY . .
# What `headgate version` names as its source.
ARG COMMIT=unknown
# Leaves the program and the names of the packages that hold the shared libraries it uses.
RUN --mount=type=cache,target=/ccache \
    cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DHEADGATE_TESTS=OFF -DHEADGATE_COMMIT=${COMMIT} \
    && cmake --build /build --target headgate \
    && install -D -s /build/headgate /out/headgate \
    && rm -rf /build \
    && ldd /out/headgate | awk '$2 == "=>" { sub(".*/", "", $3); print "*/" $3 }' \
        | xargs dpkg-query --search | sed 's/:.*//' | sort -u > /out/packages

FROM ${BASE}
LABEL org.opencontainers.image.title="headgate" \
      org.opencontainers.image.description="Keeps NATS JetStream streams, consumers and key-value buckets as declared" \
      org.opencontainers.image.licenses="Apache-2.0"
# ca-certificates: for NATS servers with a certificate of a public authority.
RUN --mount=type=bind,from=builder,source=/out,target=/out \
    apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates $(cat /out/packages) \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt
COPY --from=builder /out/headgate /usr/local/bin/headgate
# As a number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/headgate"]
