// The admin server: /healthz and /metrics, for this machine, and with a token for others (access.ts).

import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { refusalOf } from './access.ts';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

export interface AdminServer {
  /** Where it listens, for example `http://127.0.0.1:9464`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of what other machines have to show. */
  readonly tokenDigest?: string;
  readonly health: () => Health | Promise<Health>;
  readonly metrics: Metrics;
}

/** Rejects with the error of `listen` when the address is taken. */
export async function startServer({
  host,
  port,
  tokenDigest,
  health,
  metrics,
}: AdminServerOptions): Promise<AdminServer> {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 1024,
    requestTimeout: 10_000,
    routerOptions: { maxParamLength: 100 },
  });
  app.addHook('onRequest', async (request, reply) => {
    const { host: name = '', authorization = '' } = request.headers;
    const peer = request.socket.remoteAddress ?? '';
    switch (refusalOf({ peer, host: name, authorization }, tokenDigest)) {
      case 401:
        return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'token missing or wrong' });
      case 421:
        return reply.code(421).send({ error: 'unknown Host' });
    }
  });
  app.get('/healthz', async (_request, reply) => {
    const answer = await health();
    return reply.code(answer.status === 'failing' ? 503 : 200).send(answer);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  await app.listen({ host, port });
  // What fastify says of 0.0.0.0 is 127.0.0.1, which is not all of it.
  const { family, address, port: bound } = app.server.address() as AddressInfo;
  const name = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${name}:${bound}`, close: () => app.close() };
}
