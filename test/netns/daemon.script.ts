// The real daemon, with a hundred feeds whose names are never answered, one that points inside in every way, and one
// that is well. Reports how each was polled, and who was called.

import { createServer } from 'node:http';
import { daemonFolder } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { report } from '../support/network-namespace.ts';
import { feedBody, listen, startCanaries, startNames, whoHears } from './inside.ts';
import { canaryAddresses, publicAddress } from './places.ts';

const inside = 'http://10.0.0.5';
const pointing = `<?xml version="1.0"?><?xml-stylesheet href="${inside}/style"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel><title>feed</title><link>${inside}/</link><image><url>${inside}/icon</url></image>
<itunes:new-feed-url>${inside}/moved</itunes:new-feed-url><itunes:image href="${inside}/cover"/>
<atom:link rel="hub" href="${inside}/hub"/><atom:link rel="self" href="${inside}/self"/>
<atom:link rel="prev-archive" href="${inside}/archive"/>
<item><guid>1</guid><title>one</title><link>${inside}/one</link><comments>${inside}/comments</comments>
<description>&lt;meta http-equiv="refresh" content="0; url=${inside}/"&gt;&lt;img src="${inside}/image"&gt;</description>
<enclosure url="${inside}/sound" length="1" type="audio/mpeg"/></item></channel></rss>`;

await startNames(({ name }) => {
  if (name.endsWith('dead.example')) return 'silent';
  return name === 'inside.example' ? ['169.254.169.254'] : [publicAddress];
});
const origin = createServer((request, response) => {
  const pointers = { refresh: `0; url=${inside}/`, link: `<${inside}/hub>; rel=hub` };
  if (request.url === '/literal')
    return response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
  response.writeHead(200, { etag: '"1"', ...pointers });
  response.end(request.url === '/pointing' ? pointing : feedBody);
});
await listen(origin, publicAddress, 80);
const canaries = await startCanaries(canaryAddresses);

const dead = Array.from({ length: 100 }, (_, index) => ({
  id: `dead-${index}`,
  url: `http://feed${index}.dead.example/`,
}));
const world = await daemonFolder({
  store: 'sqlite:./feedhook.db',
  startSpread: '0s',
  defaults: { interval: '500ms', contact: 'https://example.org/feedhook' },
  limits: { minInterval: '500ms', maxConcurrentLanes: 200 },
  origins: { 'alive.example': { gap: '0s' } },
  server: { listen: 'off' },
  feeds: [
    ...dead,
    { id: 'pointing', url: 'http://pointing.example/pointing' },
    { id: 'inside', url: 'http://inside.example/' },
    { id: 'literal', url: 'http://literal.example/literal' },
    { id: 'alive', url: 'http://alive.example/' },
  ],
});
const daemon = await world.start();
const polls = (id: string) => daemon.lines.filter(({ event, feed }) => event === 'poll' && feed === id);
const deadPolls = () =>
  daemon.lines.filter(({ event, code }) => event === 'poll' && code === 'dns-timeout').length;
await until(() => deadPolls() > 0, 'the first dead name has failed', 20_000);
const aliveBefore = daemon.lines
  .slice(
    0,
    daemon.lines.findIndex(({ code }) => code === 'dns-timeout'),
  )
  .filter(({ event, feed }) => event === 'poll' && feed === 'alive').length;
await until(() => deadPolls() === 100, 'all dead names have failed', 20_000);
// A report ends this process at once, which would leave daemon and folder behind.
await world[Symbol.asyncDispose]();
const contacts = canaries.filter((canary) => canary.contacts > 0);
await report({
  aliveBefore,
  ends: Object.fromEntries(
    ['alive', 'pointing', 'inside', 'literal'].map((id) => {
      const [first] = polls(id);
      return [id, first?.code ?? first?.outcome];
    }),
  ),
  contacts,
  heard: await whoHears(canaries),
});
