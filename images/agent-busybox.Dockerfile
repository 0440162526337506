# The agent beside busybox, for template commands that need a shell.
FROM scratch
ARG VERSION
LABEL org.opencontainers.image.title="coffret-agent with busybox" \
      org.opencontainers.image.description="Logs in to Vault or OpenBao, renders templates, keeps leases alive; with a shell" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-2.0-only" \
      org.opencontainers.image.version="${VERSION}"
COPY root/ /
ENV PATH=/bin
USER 100:1000
ENTRYPOINT ["/bin/coffret-agent"]
