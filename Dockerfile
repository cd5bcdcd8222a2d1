# feedhook on the embedded store. Mount feeds.yaml at /feedhook/feeds.yaml and a volume at /feedhook/data.
FROM node:26-slim
WORKDIR /feedhook
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force
COPY src ./src
RUN mkdir data && chown node:node data
USER node
VOLUME /feedhook/data
ENTRYPOINT ["node", "--disable-sigusr1", "src/cli.ts"]
CMD ["run"]
