// `preview`, run for real: whatever feedhook decides about a feed can be seen before the feed is configured.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { feedhook } from '../support/command.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { itemComplaints } from '../support/json-feed-item.ts';

let site: TestServer;
let document: { readonly type: string; readonly body: string | Buffer };

beforeEach(async () => {
  site = await startServer(({ path }, response) => {
    if (path === '/') return void response.writeHead(301, { location: '/here' }).end();
    response.writeHead(200, { 'content-type': document.type }).end(document.body);
  });
});

afterEach(() => site.close());

const run = (...args: string[]) => feedhook(['preview', `${site.url}/`, '--allow', 'loopback', ...args], '/');

const podcast = `<?xml version="1.0"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel><title>Caf\u00e9</title><language>fr</language>
<atom:link rel="self" href="https://example.org/show.rss"/><atom:link rel="hub" href="https://hub.example.org/"/>
<itunes:new-feed-url>https://example.com/show.rss</itunes:new-feed-url>
<item><guid isPermaLink="false">one</guid><title>First</title><author>ann@example.org (Ann)</author><pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate>
<enclosure url="https://example.org/1.mp3" length="1000" type="audio/mpeg"/></item>
<item><pubDate>Thu, 19 Nov 2026 09:00:00 GMT</pubDate></item>
<item><title>Third</title><link>https://example.org/3</link></item>
<item><guid isPermaLink="false">one</guid><title>First</title></item>
</channel></rss>`;

test('charset with its reason, format, flaws, identity, and each entry with date, authors and files', async () => {
  document = { type: 'application/rss+xml; charset=utf-8', body: Buffer.from(podcast, 'latin1') };
  const { code, stdout } = await run();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Caf\u00e9: rss20, 4 entries\n/);
  expect(stdout).toMatch(/\nredirect +301 from \S+\/\nurl +\S+\/here\n/);
  expect(stdout).toMatch(
    /\ncharset +windows-1252 \(recovered-.*\): the bytes contradict what they are sent as\n/,
  );
  expect(stdout).toMatch(/\nidentity +guid: .*1 by guid, 1 by link; 2 repeat another entry or have nothing/);
  expect(stdout).toMatch(/\nlanguage +fr\n/);
  expect(stdout).toMatch(/\nself +https:\/\/example\.org\/show\.rss\nhub +https:\/\/hub\.example\.org\/\n/);
  expect(stdout).toMatch(/\nmoved +it says to https:\/\/example\.com\/show\.rss\n/);
  expect(stdout).toMatch(/\nflaw in entry 1: the entry has no id/);
  expect(stdout).toMatch(
    /\nDATE +TITLE +AUTHORS +FILES +LINK +ID\n2026-11-20T09:00:00Z +First +Ann +audio\/mpeg +- +one\n/,
  );
});

test('--json has the parsed feed, and the items that receivers would get, each valid', async () => {
  document = { type: 'application/rss+xml; charset=utf-8', body: Buffer.from(podcast, 'latin1') };
  const shown = JSON.parse((await run('--json')).stdout);
  expect(shown).toMatchObject({
    url: `${site.url}/here`,
    hops: [{ status: 301 }],
    charset: { charset: 'windows-1252', recovered: true },
    format: 'rss20',
    identity: 'guid',
    flaws: [{ entryIndex: 1 }],
  });
  expect(shown.entries).toHaveLength(4);
  expect(shown.items.map(({ id }: { id: string }) => id)).toContain('one');
  expect(shown.items.flatMap(itemComplaints)).toEqual([]);
  expect(shown.items[0]).toMatchObject({
    authors: [{ name: 'Ann' }],
    attachments: [{ mime_type: 'audio/mpeg' }],
  });
});

test('a page is refused with the feeds that it links to', async () => {
  const links = ['/dead', '/a', '/b'].map(
    (href) => `<link rel=alternate type=application/atom+xml href=${href}>`,
  );
  document = { type: 'text/html', body: `<!doctype html><title>t</title>${links.join('')}` };
  expect(await run()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^not-a-feed: the root element is <title> \(sent as text\/html\); the page links to \S+\/dead \(application\/atom\+xml\) and \S+\/a \(application\/atom\+xml\) and 1 more; "feedhook discover" looks for feeds there\n$/,
    ),
  });
});
