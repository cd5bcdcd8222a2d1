// A real HTTP server on loopback that answers as the test says and remembers what it was asked.
// Serves as origin and as receiver.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value … with the case and order of the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export type Answer = (
  request: SeenRequest,
  response: ServerResponse,
  message: IncomingMessage,
) => void | Promise<void>;

export interface TestServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:40123`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly requests: SeenRequest[];
  /** Replaces what the server answers from now on. */
  answer: Answer;
  close(): Promise<void>;
}

export async function startServer(answer: Answer, host = '127.0.0.1'): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('error', () => {});
    message.on('end', async () => {
      const seen: SeenRequest = {
        method: message.method ?? '',
        path: message.url ?? '',
        headers: message.headers,
        rawHeaders: message.rawHeaders,
        body: Buffer.concat(chunks),
      };
      requests.push(seen);
      await started.answer(seen, response, message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const started: TestServer = {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    requests,
    answer,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    [Symbol.asyncDispose]: () => started.close(),
  };
  return started;
}
