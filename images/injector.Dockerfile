# The webhook. Also found as /bin/vault-k8s by manifests that name that path.
FROM scratch
ARG VERSION
LABEL org.opencontainers.image.title="coffret-injector" \
      org.opencontainers.image.description="Mutating webhook that adds the coffret agent to annotated pods" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY root/ /
ENV PATH=/bin
USER 100:1000
ENTRYPOINT ["/bin/coffret-injector"]
