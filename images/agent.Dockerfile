# The agent: one static binary under the names that injected containers call it by. No shell: as `sh` the agent itself
# recognises the few lines that injectors write. Built by images/build, which prepares root/.
FROM scratch
ARG VERSION
LABEL org.opencontainers.image.title="coffret-agent" \
      org.opencontainers.image.description="Logs in to Vault or OpenBao, renders templates, keeps leases alive" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY root/ /
ENV PATH=/bin
# Any other user works as well; nothing in the image belongs to this one.
USER 100:1000
ENTRYPOINT ["/bin/coffret-agent"]
