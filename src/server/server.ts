// The admin server: /healthz and /metrics on loopback. It answers only to the names of loopback, so
// that a web page which points its own name here (DNS rebinding) learns nothing.

import fastify from 'fastify';
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
  readonly health: () => Health;
  readonly metrics: Metrics;
}

const loopbackNames = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/i;

/** Rejects with the error of `listen` when the address is taken. */
export async function startServer({ host, port, health, metrics }: AdminServerOptions): Promise<AdminServer> {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 1024,
    requestTimeout: 10_000,
    routerOptions: { maxParamLength: 100 },
  });
  app.addHook('onRequest', async (request, reply) => {
    if (!loopbackNames.test(request.headers.host ?? ''))
      return reply.code(421).send({ error: 'unknown Host' });
  });
  app.get('/healthz', async (_request, reply) => {
    const answer = health();
    return reply.code(answer.status === 'ok' ? 200 : 503).send(answer);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  const url = await app.listen({ host, port });
  return { url, close: () => app.close() };
}
