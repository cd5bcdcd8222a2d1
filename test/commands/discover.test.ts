// `discover`, run for real against loopback sites; and its search under a clock of its own, which must never hurry an
// origin.

import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Clock } from '../../src/clock.ts';
import { Inquiry } from '../../src/commands/discover/inquiry.ts';
import { everyText, yamlText } from '../../src/commands/discover/report.ts';
import { type Discovery, discover } from '../../src/commands/discover/search.ts';
import { startOf } from '../../src/commands/discover.ts';
import { interpolate } from '../../src/config/interpolate.ts';
import { defaultLimits } from '../../src/config/load.ts';
import { createFeedClient } from '../../src/fetch/client.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { feedhook } from '../support/command.ts';
import { type Answer, startServer, type TestServer } from '../support/http-server.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

let site: TestServer;
let pages: Record<string, string | Answer>;

beforeEach(async () => {
  pages = {};
  site = await startServer((request, response, message) => {
    const page = pages[request.path];
    if (typeof page === 'function') return page(request, response, message);
    if (page === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
});

afterEach(() => site.close());

const asked = () => site.requests.map(({ path }) => path);
const html = (...inside: string[]) =>
  `<!doctype html><html><head>${inside.join('')}</head><body></body></html>`;
const link = (href: string, title = '') =>
  `<link rel="alternate" type="application/rss+xml" href="${href}" title="${title}">`;

interface Made {
  readonly title?: string;
  readonly ids?: readonly string[];
  readonly inside?: string;
}

/** The entries are three days apart, the newest first. */
function rss({ title = 'Log', ids = ['c', 'b', 'a'], inside = '' }: Made = {}): string {
  const items = ids.map((id, at) => {
    const date = new Date(Date.parse('2026-11-20T09:00:00Z') - at * 3 * 86_400_000).toUTCString();
    return `<item><guid isPermaLink="false">${id}</guid><title>Entry ${id}</title><pubDate>${date}</pubDate></item>`;
  });
  return `<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>${title}</title>${inside}${items.join('')}</channel></rss>`;
}

describe('feedhook discover', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });
  const run = (url: string, ...args: string[]) =>
    feedhook(['discover', url, '--allow', 'loopback', ...args], folder.path);

  test('a page behind a redirect: each feed with what it holds, and what is none with the reason', async () => {
    pages['/'] = (_request, response) => void response.writeHead(301, { location: '/home' }).end();
    pages['/home'] = html(link('/comments.rss', 'Comments'), link('/log.rss'), link('/dead.rss'));
    pages['/log.rss'] = rss({ inside: '<atom:link rel="hub" href="https://hub.example.org/"/>' });
    pages['/comments.rss'] = (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/rss+xml; charset=utf-8' })
        .end(Buffer.from(rss({ title: 'Comments on Caf\u00e9', ids: ['x'] }), 'latin1'));
    const { code, stdout } = await run(`${site.url}/`);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^2 feeds found at \S+\/home, by its link elements\.\n\nURL +FORMAT +ENTRIES .*\n\S+\/log\.rss +rss20 +3 +every 3 days +2026-11-20 +Entry c +Log\n\S+\/comments\.rss +rss20 +1 +- +2026-11-20 +Entry x +Comments on Café\n/,
    );
    expect(stdout).toMatch(/\n\S+\/log\.rss\n {2}hub +https:\/\/hub\.example\.org\/\n/);
    expect(stdout).toMatch(/\/comments\.rss\n {2}comments .*\n {2}charset +windows-1252 \(recovered-/);
    expect(stdout).toMatch(/\nno feed:\n {2}\S+\/dead\.rss {2}http-404: /);
    expect(stdout).toMatch(/\nfor feeds\.yaml:\n\nfeeds:\n {2}- \S+\/log\.rss\n$/);
    expect(asked()).toEqual(['/', '/home', '/log.rss', '/dead.rss', '/comments.rss']);
    for (const { method, headers } of site.requests) {
      expect(method).toBe('GET');
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('cookie');
      expect(headers).not.toHaveProperty('referer');
    }
  });

  test('--json is one document with whole URLs', async () => {
    pages['/?p=1'] = html(link('/?feed=rss2'));
    pages['/?feed=rss2'] = rss();
    const { stdout } = await run(`${site.url}/?p=1`, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      asked: `${site.url}/?p=1`,
      is: 'document',
      found: [{ url: `${site.url}/?feed=rss2`, format: 'rss20', entries: 3, usualGapMs: 259_200_000 }],
      misses: [{ url: `${site.url}/?p=1`, source: 'given', code: 'not-a-feed' }],
      feeds: [`${site.url}/?feed=rss2`],
    });
  });

  test('a host that nothing tells a scheme for is asked by https, then by http because nothing answers', async () => {
    pages['/'] = rss();
    const listensAtHttpOnly = site.url.replace('http://', '');
    const { code, stdout } = await run(listensAtHttpOnly);
    // Something listens, but no TLS: that is no reason to go without.
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(
        /^no feed found: https:\/\/\S+: tls-.*; https was assumed: begin the URL with http:\/\/ /,
      ),
    ]);
    expect(asked()).toEqual([]);
    await site.close();
    expect((await run(listensAtHttpOnly)).stdout).toMatch(
      /^https could not be asked \(connect-refused\), so http was\.\nno feed found: /,
    );
  });

  test('nothing found: 1, and what was tried', async () => {
    pages['/'] = html('<title>\u009b31m</title>');
    const { code, stdout } = await run(site.url);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^no feed found at \S+: tried its link elements \(0\), known paths \(7\)\.\n/);
    expect(stdout.match(/http-404/g)).toHaveLength(7);
    expect(stdout).not.toContain('feeds.yaml');
  });

  test('a private address is refused unless the command line or feeds.yaml allows it', async () => {
    pages['/'] = rss();
    const alone = await feedhook(['discover', site.url], folder.path);
    expect(alone).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/: blocked-address: .*; for this search alone, --allow does the same\n$/),
    });
    await writeFile(
      folder.file('feeds.yaml'),
      'network: { feeds: { allow: [loopback] } }\ndefaults: { contact: "https://example.org/me" }\nfeeds: [https://example.org/feed]\n',
    );
    const allowed = await feedhook(['discover', site.url, '--config', 'feeds.yaml'], folder.path);
    expect(allowed).toMatchObject({ code: 0, stdout: expect.stringContaining('is a feed itself') });
    expect(site.requests.map(({ headers }) => headers['user-agent'])).toEqual([
      expect.stringMatching(/\(\+https:\/\/example\.org\/me\)$/),
    ]);
  });

  test.each([['ftp://example.org/'], ['mailto:me@example.org'], ['https://me:secret@example.org/'], ['a b']])(
    '%s is refused as feeds.yaml would refuse it',
    async (url) => {
      expect(await run(url)).toMatchObject({ code: 2, stdout: '' });
    },
  );
});

describe('the search', () => {
  /** Does not wait, but remembers that it was told to. */
  class HastyClock implements Clock {
    #now = Date.parse('2026-11-20T09:00:00Z');
    now() {
      return this.#now;
    }
    startTimer(delayMs: number, run: () => void) {
      this.#now += delayMs;
      queueMicrotask(run);
      return { cancel() {} };
    }
  }

  const real: Clock = { now: () => 0, startTimer: () => ({ cancel() {} }) };

  async function search(
    path = '/',
    { gapMs = 2_000, hasScheme = true }: { gapMs?: number; hasScheme?: boolean } = {},
  ): Promise<Discovery & { readonly times: readonly number[] }> {
    const clock = new HastyClock();
    const guard = createGuard({ audience: 'feeds', allow: ['loopback'] });
    const client = createFeedClient({
      clock: real,
      limits: defaultLimits,
      guard,
      userAgent: 'feedhook/test',
    });
    const start = clock.now();
    const times: number[] = [];
    const answer = site.answer;
    site.answer = (...args) => {
      times.push(clock.now() - start);
      return answer(...args);
    };
    const origins = new Map([[new URL(site.url).host, { scope: 'host' as const, gapMs }]]);
    try {
      const inquiry = new Inquiry({ clock, client, limits: defaultLimits, origins });
      return { ...(await discover({ url: site.url + path, hasScheme }, inquiry)), times };
    } finally {
      await client.close();
    }
  }

  const paths = (all: readonly { readonly url: string }[]) => all.map(({ url }) => url.replace(site.url, ''));

  test('a feed is its own answer, and its self link is told', async () => {
    pages['/log'] = rss({ inside: '<atom:link rel="self" href="https://example.org/log.rss"/>' });
    expect(await search('/log')).toMatchObject({
      is: 'feed',
      found: [{ source: 'given', selfUrl: 'https://example.org/log.rss' }],
      misses: [],
    });
    expect(asked()).toEqual(['/log']);
  });

  test('requests to one host are the gap of its lane apart', async () => {
    pages['/'] = html(link('/a'), link('/b'), link('/c'));
    expect((await search()).times.slice(0, 5)).toEqual([0, 2_000, 4_000, 6_000, 8_000]);
  });

  test('known paths are asked one after the other until one is a feed', async () => {
    pages['/deep/page'] = html();
    pages['/rss.xml'] = rss();
    const { found, misses } = await search('/deep/page');
    expect([paths(found), asked().slice(1)]).toEqual([['/rss.xml'], ['/feed', '/feed.xml', '/rss.xml']]);
    expect(paths(misses)).toEqual(['/deep/page', '/feed', '/feed.xml']);
  });

  test('known paths are asked when the URL itself does not exist', async () => {
    pages['/feed'] = rss();
    expect(paths((await search('/old-feed')).found)).toEqual(['/feed']);
  });

  test.each([401, 403, 500])('a %i is not answered with guesses', async (status) => {
    pages['/'] = (_request, response) => void response.writeHead(status).end();
    expect(await search()).toMatchObject({ is: 'failed', found: [], misses: [{ code: `http-${status}` }] });
    expect(asked()).toEqual(['/']);
  });

  test('anchors are asked when no link element leads to a feed, and else only named', async () => {
    pages['/'] = html(link('/dead'), '<a href="/a.rss">', '<a href="/b.rss">');
    pages['/a.rss'] = rss();
    const { found, notAsked } = await search();
    expect([paths(found), paths(notAsked)]).toEqual([['/a.rss'], ['/b.rss']]);
    expect(asked()).toEqual(['/', '/dead', '/a.rss']);
  });

  test('no more than ten URLs are asked, comments last', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `/${at}.rss`);
    pages['/'] = html(link('/comments/feed'), ...names.map((name) => link(name)));
    for (const name of names) pages[name] = rss({ title: name, ids: [name] });
    const { found, notAsked } = await search();
    expect(asked()).toEqual(['/', ...names.slice(0, 10)]);
    expect(paths(found)).toEqual(names.slice(0, 10));
    expect(paths(notAsked)).toEqual(['/10.rss', '/11.rss', '/comments/feed']);
  });

  test('a search ends after two minutes', async () => {
    pages['/'] = html(link('/a'), link('/b'), link('/c'));
    const { times, notAsked } = await search('/', { gapMs: 60_000 });
    expect(times).toEqual([0, 60_000, 120_000]);
    expect(notAsked[0]?.why).toBe('the 2 min of a search are over');
  });

  test.each([
    ['a 429', 429, {}],
    ['a Retry-After', 503, { 'retry-after': '60' }],
  ])('after %s its host is left alone', async (_, status, headers) => {
    pages['/'] = html(link('/a'), link('/b'));
    pages['/a'] = (_request, response) => void response.writeHead(status, headers).end();
    const { notAsked } = await search();
    expect(asked()).toEqual(['/', '/a']);
    expect(notAsked[0]).toMatchObject({
      url: `${site.url}/b`,
      why: expect.stringContaining('asked for time'),
    });
  });

  test.each([
    ['the same bytes', () => rss(), () => rss()],
    [
      'the same self link',
      () => rss({ inside: '<atom:link rel="self" href="https://example.org/a"/>' }),
      () => rss({ inside: '<atom:link rel="self" href="https://example.org/a"/><ttl>5</ttl>' }),
    ],
  ])('two URLs with %s are one feed', async (_, one, other) => {
    pages['/'] = html(link('/a'), link('/b'));
    pages['/a'] = one();
    pages['/b'] = other();
    expect((await search()).found).toMatchObject([{ url: `${site.url}/a`, alsoAt: [`${site.url}/b`] }]);
  });

  test('RSS and Atom of the same entries are two feeds, of which the page names the better first', async () => {
    pages['/'] = html(link('/rss'), link('/atom'), link('/other'));
    pages['/rss'] = rss({ ids: ['a', 'b', 'c'] });
    const entries = ['a', 'b', 'c', 'd'].map((id) => `<entry><id>${id}</id><title>${id}</title></entry>`);
    pages['/atom'] = `<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id>${entries.join('')}</feed>`;
    pages['/other'] = rss({ ids: ['x'] });
    expect((await search()).found).toMatchObject([
      { format: 'rss20' },
      { format: 'atom10', sameEntriesAs: `${site.url}/rss` },
      { url: `${site.url}/other` },
    ]);
  });

  test('a permanent redirect gives the URL to keep, a temporary one does not', async () => {
    pages['/'] = html(link('/for-good'), link('/for-now'));
    const to =
      (status: number, location: string): Answer =>
      (_request, response) =>
        void response.writeHead(status, { location }).end();
    pages['/for-good'] = to(301, '/a');
    pages['/for-now'] = to(302, '/b');
    pages['/a'] = rss({ ids: ['a'] });
    pages['/b'] = rss({ ids: ['b'] });
    expect(paths((await search()).found)).toEqual(['/a', '/for-now']);
  });

  test('what a redirect led to already is not asked again', async () => {
    pages['/'] = html(link('/old'), link('/new'));
    pages['/old'] = (_request, response) => void response.writeHead(301, { location: '/new' }).end();
    pages['/new'] = rss();
    await search();
    expect(asked()).toEqual(['/', '/old', '/new']);
  });

  test('a document that says where the feed went leads there', async () => {
    pages['/old.xml'] = `<redirect><newLocation>${site.url}/new.xml</newLocation></redirect>`;
    pages['/new.xml'] = rss();
    expect((await search('/old.xml')).found).toMatchObject([{ source: 'moved', url: `${site.url}/new.xml` }]);
  });

  test('addresses inside are as far away as for a poll', async () => {
    pages['/'] = html(link('http://169.254.169.254/feed'), link('file:///etc/passwd'));
    const { misses } = await search();
    expect(misses[1]).toMatchObject({ url: 'http://169.254.169.254/feed', code: 'blocked-address' });
  });
});

describe('the words', () => {
  test.each([
    ['example.org', 'https://example.org', false],
    ['example.org:8443/x', 'https://example.org:8443/x', false],
    ['//example.org/', 'https://example.org/', false],
    ['http://example.org/#top', 'http://example.org/', true],
    ['feed://example.org/rss', 'https://example.org/rss', false],
    ['feed:http://example.org/rss', 'http://example.org/rss', true],
    ['ftp://example.org/', 'ftp://example.org/', true],
    ['mailto:me@example.org', 'mailto:me@example.org', true],
  ])('%s means %s', (text, url, hasScheme) => {
    expect(startOf(text)).toEqual({ url, hasScheme });
  });

  test.each([
    [0, 'many at once'],
    [60_000, 'every minute'],
    [20 * 60_000, 'every 20 minutes'],
    [24 * 3_600_000, 'every 24 hours'],
    [2 * 86_400_000, 'every 2 days'],
    [10 * 86_400_000, 'every 10 days'],
    [21 * 86_400_000, 'every 3 weeks'],
    [400 * 86_400_000, 'every 13 months'],
    [730 * 86_400_000, 'every 2 years'],
  ])('a gap of %i ms is %s', (gapMs, words) => {
    expect(everyText(gapMs)).toBe(words);
  });

  test('a URL in the lines for feeds.yaml reads no variable and is no key', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a hostile page would write
    const hostile = 'https://example.org/?a=${HOME}';
    const inert = JSON.parse(yamlText(hostile));
    expect(interpolate(inert, { HOME: 'secret' }).text).toBe(hostile);
    expect(yamlText('https://example.org/a:')).toBe('"https://example.org/a:"');
    expect(yamlText('https://example.org/?feed=rss2')).toBe('https://example.org/?feed=rss2');
  });
});
