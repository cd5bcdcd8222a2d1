// An origin on loopback that speaks HTTP/2 over TLS and answers each stream as the test says.

import {
  createSecureServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Identity } from '../support/tls.ts';

export type StreamAnswer = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  nth: number,
) => void | Promise<void>;

export interface Http2Origin extends AsyncDisposable {
  readonly port: number;
  /** Headers of each request, pseudo headers included, in order. */
  readonly requests: IncomingHttpHeaders[];
  readonly sessions: ServerHttp2Session[];
  /** Protocols that clients offered, by connection. */
  readonly offered: (readonly string[])[];
}

export async function startHttp2Origin(
  identity: Identity,
  answer: StreamAnswer,
  options: SecureServerOptions = {},
): Promise<Http2Origin> {
  const requests: IncomingHttpHeaders[] = [];
  const sessions: ServerHttp2Session[] = [];
  const offered: (readonly string[])[] = [];
  const sockets = new Set<Socket>();
  const server = createSecureServer({
    ...identity,
    ...options,
    ALPNCallback: ({ protocols }) => {
      offered.push(protocols);
      return protocols.includes('h2') ? 'h2' : options.allowHTTP1 ? 'http/1.1' : undefined;
    },
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => {});
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {});
    requests.push(headers);
    Promise.resolve(answer(stream, headers, requests.length)).catch(() => {});
  });
  server.on('request', (request, response) => {
    if (request.httpVersionMajor === 1) response.end('<rss/>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    sessions,
    offered,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
