// Connections that do not come about, or to no avail: SYNs into nowhere, dead addresses before living ones, servers
// that accept and say nothing. Reports the codes, and every address that was tried.

import { subscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import { createServer as createRawServer, type Socket } from 'node:net';
import { report } from '../support/network-namespace.ts';
import { endOf, feedBody, feedClient, listen, startNames } from './inside.ts';
import { publicAddress } from './places.ts';

const dead = (count: number) => Array.from({ length: count }, (_, index) => `198.41.0.${index + 1}`);
await startNames(({ name }) => {
  if (name === 'half-dead.example') return ['2606:4700:dead::1', publicAddress];
  if (name === 'five-dead.example') return [...dead(5), publicAddress];
  if (name === 'twenty-dead.example') return [...dead(20), publicAddress];
  return 'no-such-name';
});
/** The connection attempts by port: each case has its own. */
const tried: Record<number, string[]> = {};
subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  socket.on('connectionAttempt', (address: string, port: number) => {
    tried[port] = [...(tried[port] ?? []), address];
  });
});
const raw = (port: number, accept: (socket: Socket) => void) =>
  new Promise<void>((resolve) => createRawServer(accept).listen(port, publicAddress, resolve));
await raw(81, (socket) => socket.on('error', () => {}));
await raw(82, (socket) => socket.resetAndDestroy());

const client = await feedClient({ connectTimeoutMs: 4_000 });
const attemptsOf = async (name: string, port: number) => {
  const origin = createServer((_request, response) => void response.end(feedBody));
  await listen(origin, publicAddress, port);
  const end = await endOf(client, `http://${name}.example:${port}/`);
  return { end, tried: tried[port] ?? [] };
};
const impatient = await feedClient({ connectTimeoutMs: 500, headersTimeoutMs: 500 });
const [halfDead, fiveDead, twentyDead] = await Promise.all([
  attemptsOf('half-dead', 84),
  attemptsOf('five-dead', 85),
  attemptsOf('twenty-dead', 86),
]);
const [blackhole, blackholeOf6, silent, reset, refused, unreachable] = await Promise.all(
  [
    'http://198.41.0.4/',
    'http://[2606:4700:dead::1]/',
    `http://${publicAddress}:81/`,
    `http://${publicAddress}:82/`,
    `http://${publicAddress}:83/`,
    'http://8.8.8.8/',
  ].map((url) => endOf(impatient, url)),
);
await report({
  halfDead,
  fiveDead,
  twentyDead,
  codes: { blackhole, blackholeOf6, silent, reset, refused, unreachable },
});
