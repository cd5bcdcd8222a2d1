// A child process: a receiver of webhooks. It reads what it is sent and answers 204; with `verify` and a signing secret it
// first does what every receiver should, with the reference library. Tells how many requests it has accepted on request.
//
//   node receiver.ts read | node receiver.ts verify <secret>

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

const [mode, secret = ''] = process.argv.slice(2);
const webhook = mode === 'verify' ? new Webhook(secret) : undefined;

let accepted = 0;
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const isAccepted = verifies(request, Buffer.concat(chunks));
    if (isAccepted) accepted += 1;
    response.writeHead(isAccepted ? 204 : 401).end();
  });
});

function verifies({ headers }: IncomingMessage, body: Buffer): boolean {
  try {
    webhook?.verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
);
process.on('message', () => process.send?.(accepted));
process.on('disconnect', () => process.exit());
