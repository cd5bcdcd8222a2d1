// Every way inside: as a literal, as a name, over a redirect, at the end of a chain, by a name server that changes its
// mind, by a document that points there. Reports how each fetch ended and who was called.

import { createServer } from 'node:http';
import { report } from '../support/network-namespace.ts';
import {
  endOf,
  feedBody,
  feedClient,
  hostOf,
  listen,
  startCanaries,
  startNames,
  whoHears,
} from './inside.ts';
import { canaryAddresses, publicAddress } from './places.ts';

const pointing = `<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>feed</title><link>http://10.0.0.5/</link><image><url>http://10.0.0.5/icon</url></image>
<atom:link rel="hub" href="http://10.0.0.5/hub"/><atom:link rel="self" href="http://10.0.0.5/self"/>
<item><guid>1</guid><title>one</title><enclosure url="http://10.0.0.5/sound" length="1" type="audio/mpeg"/></item>
</channel></rss>`;

const names = await startNames(({ name, before }) => {
  const [label = '', number] = name.split('.')[0]?.split('-') ?? [];
  if (label === 'at') return [canaryAddresses[Number(number)] ?? ''];
  if (label === 'both') return ['10.0.0.5', publicAddress];
  // getaddrinfo asks twice; whoever asks again hears another answer.
  if (label === 'flips') return before < 2 ? 'server-fault' : ['127.0.0.9'];
  if (label === 'rebinds') return before < 1 ? [publicAddress] : ['127.0.0.9'];
  return 'no-such-name';
});

let requests = 0;
const origin = createServer((request, response) => {
  requests++;
  const url = new URL(request.url ?? '', 'http://origin');
  const to = url.searchParams.get('to') ?? '';
  const hops = Number(url.searchParams.get('hops') ?? 0);
  // A connection each, so that every request has to find the address again.
  response.setHeader('connection', 'close');
  if (to === '') {
    const pointers = { refresh: '0; url=http://10.0.0.5/', link: '<http://10.0.0.5/hub>; rel=hub' };
    return void response.writeHead(200, pointers).end(url.pathname === '/pointing' ? pointing : feedBody);
  }
  const next = hops > 1 ? `/?hops=${hops - 1}&to=${encodeURIComponent(to)}` : to;
  response.writeHead(302, { location: next }).end();
});
await listen(origin, publicAddress, 80);
const canaries = await startCanaries(canaryAddresses);
const client = await feedClient();
const home = `http://${publicAddress}`;
const over = (url: string, hops = 1) => `${home}/?hops=${hops}&to=${encodeURIComponent(url)}`;

const ends: Record<string, string> = {};
for (const [index, address] of canaryAddresses.entries()) {
  const literal = `http://${hostOf(address)}/`;
  const name = `http://at-${index}.example/`;
  ends[`${address} as a literal`] = await endOf(client, literal);
  ends[`${address} by name`] = await endOf(client, name);
  ends[`${address} over a redirect`] = await endOf(client, over(literal));
  ends[`${address} by name over a redirect`] = await endOf(client, over(name));
  ends[`${address} at hop 5`] = await endOf(client, over(literal, 5));
}
const chains = {
  loop: await endOf(client, over(`${home}/?hops=1&to=/`, 6)),
  six: await endOf(client, over(`${home}/feed`, 6)),
  five: await endOf(client, over(`${home}/feed`, 5)),
};
const changing = {
  flips: await endOf(client, 'http://flips.example/'),
  flipped: await endOf(client, 'http://flips.example/'),
  rebinds: await endOf(client, 'http://rebinds.example/'),
  rebound: await endOf(client, 'http://rebinds.example/'),
};
const both = await endOf(client, 'http://both.example/');
const pointed = await endOf(client, `${home}/pointing`);
const contacts = canaries.filter((canary) => canary.contacts > 0);
const heard = await whoHears(canaries);
await report({
  ends,
  chains,
  changing,
  both,
  pointed,
  contacts,
  heard,
  requests,
  questions: names.questions.length,
});
