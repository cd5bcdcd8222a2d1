// Names that end badly, and a hundred that never end, beside one that is answered. Reports the codes, and what had
// already ended when the first of the hundred did.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { report } from '../support/network-namespace.ts';
import { endOf, feedBody, feedClient, listen, startNames } from './inside.ts';
import { publicAddress } from './places.ts';

await startNames(({ name }) => {
  if (name.endsWith('dead.example')) return 'silent';
  if (name === 'fault.example') return 'server-fault';
  if (name === 'refused.example') return 'refused';
  if (name === 'empty.example') return 'empty';
  return name === 'alive.example' ? [publicAddress] : 'no-such-name';
});
const origin = createServer((_request, response) => {
  response.writeHead(200, { connection: 'close' }).end(feedBody);
});
await listen(origin, publicAddress, 80);
const client = await feedClient();

const codes: Record<string, string> = {};
for (const name of ['fault', 'refused', 'empty', 'missing', 'hosts']) {
  codes[name] = await endOf(client, `http://${name}.example/`);
}

let deadEnds = 0;
const dead = Array.from({ length: 100 }, async (_, index) => {
  const code = await endOf(client, `http://feed${index}.dead.example/`);
  deadEnds++;
  return code;
});
const ahead: string[] = [];
for (let round = 0; round < 10; round++) {
  ahead.push(await endOf(client, 'http://alive.example/'));
  await readFile('/etc/hosts');
}
const deadEndsMeanwhile = deadEnds;
await report({ codes, ahead, deadEndsMeanwhile, dead: [...new Set(await Promise.all(dead))] });
