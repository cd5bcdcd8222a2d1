# feedhook as an image. It writes nothing but the file of the embedded store, so its root may be read-only:
#   docker run --read-only -v "$PWD:/config:ro" feedhook run --config /config/feeds.yaml
# With the embedded store, mount a volume at /feedhook/data and let feeds.yaml say store: sqlite:/feedhook/data/feedhook.db
FROM node:26-slim

LABEL org.opencontainers.image.title="feedhook" \
      org.opencontainers.image.description="Watches Atom, RSS and JSON feeds and tells your webhooks what is new" \
      org.opencontainers.image.licenses="MIT"

WORKDIR /feedhook
COPY package.json package-lock.json .npmrc ./
# The optional packages are Node itself, which the image has, and the binaries of tools for development.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force
COPY src ./src
# A volume that is mounted here belongs to the user below from the start.
RUN mkdir data && chown node:node data

USER node
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--disable-sigusr1", "src/cli.ts"]
CMD ["run"]
