# The command line with the dev server, for trying things in a cluster.
FROM scratch
ARG VERSION
LABEL org.opencontainers.image.title="coffret" \
      org.opencontainers.image.description="Command line and dev server of coffret; not for production" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY root/ /
ENV PATH=/bin
USER 100:1000
ENTRYPOINT ["/bin/coffret"]
