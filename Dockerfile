# The image: token-broker and tbctl, run by nobody in particular. `make image` builds it.
FROM docker.io/library/debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/bootstrap scripts/bootstrap
RUN scripts/bootstrap --build
COPY . .
RUN cmake --preset release && cmake --build build/release --target programs
# The packages that the programs' shared libraries come from, found rather than listed.
RUN mkdir /out && \
    strip -o /out/token-broker build/release/bin/token-broker && \
    strip -o /out/tbctl build/release/bin/tbctl && \
    ldd /out/token-broker /out/tbctl | awk '/=> \// { n = split($3, part, "/"); print "*/" part[n] }' | \
    sort -u | xargs dpkg-query -S | cut -d: -f1 | sort -u >/out/packages

FROM docker.io/library/debian:bookworm-slim
COPY --from=build /out/packages /tmp/packages
RUN apt-get update -q && \
    xargs apt-get install -q -y --no-install-recommends ca-certificates </tmp/packages && \
    rm -rf /var/lib/apt/lists/* /tmp/packages
COPY --from=build /out/token-broker /out/tbctl /usr/local/bin/
USER 65532:65532
EXPOSE 8443 9464
ENTRYPOINT ["token-broker"]
CMD ["--config", "/etc/token-broker/config.yaml"]
