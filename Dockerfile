# The image: token-broker and tbctl, what they are linked with, the CA certificates, and a list of
# all that; no shell, no package manager. `make image` builds it, scripts/image_test tries it.
FROM docker.io/library/debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/bootstrap scripts/bootstrap
RUN scripts/bootstrap --build && apt-get install -q -y --no-install-recommends ca-certificates
COPY . .
# A folder that is mounted at /ccache makes the next build quick; without one it is of this stage only.
ARG JOBS=
RUN export CCACHE_DIR=/ccache && cmake --preset release && \
    cmake --build build/release --parallel "${JOBS:-$(nproc)}" --target token-broker tbctl
ARG VERSION=0.0.0
RUN scripts/image_root build/release /out "$VERSION"

FROM scratch
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="token-broker" \
      org.opencontainers.image.description="Keeps users' OAuth 2.0 grants fresh and hands out access tokens" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# What changes with Debian's packages, and what changes with every build.
COPY --from=build /out/system /
COPY --from=build /out/programs /
COPY --from=build --chown=65532:65532 /out/spill /var/spool/token-broker
ENV PATH=/usr/local/bin
USER 65532:65532
EXPOSE 8443 9464
ENTRYPOINT ["/usr/local/bin/token-broker"]
CMD ["--config", "/etc/token-broker/config.yaml"]
