// A server that is not ours: the real daemon polls static feeds of nginx, and nginx's own log is the witness of what
// it was asked. ETag strong and weak, gzip, exact If-Modified-Since, expires, 429, Basic, 301 and a cut upstream.

import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { DaemonProcess } from '../../src/commands/demo/daemon-process.ts';
import { type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { hasNginx, type Nginx, type NginxRequest, startNginx } from '../support/nginx.ts';
import { answering, type RawOrigin, startRawOrigin } from '../support/raw-origin.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

if (!hasNginx) {
  process.stderr.write(
    'test/e2e/nginx.test.ts: skipped, there is no nginx here (Debian: apt-get install nginx-light)\n',
  );
}

const password = 'opensesame';

const entry = (n: number) =>
  `<entry><id>urn:entry:${n}</id><title>Entry ${n}</title><updated>2026-11-20T09:00:00Z</updated>` +
  `<link href="https://example.org/${n}"/><content>${'Text that is worth compressing. '.repeat(20)}</content></entry>`;
const atom = (count: number) =>
  `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><id>urn:feed</id><title>Log</title>` +
  `<updated>2026-11-20T09:00:00Z</updated>${Array.from({ length: count }, (_, at) => entry(count - at)).join('')}</feed>`;

let nginx: Nginx;
let upstream: RawOrigin;
let passwords: TemporaryFolder;
let world: DaemonFolder | undefined;

async function startServers(): Promise<void> {
  passwords = await temporaryFolder();
  writeFileSync(passwords.file('htpasswd'), `reader:{PLAIN}${password}\n`);
  // What nginx cannot know to be cut: no length, and a clean end in the middle of an entry.
  upstream = await startRawOrigin(
    answering(
      'HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml\r\nConnection: close\r\n\r\n',
      atom(3).slice(0, 900),
    ),
  );
  nginx = await startNginx({
    http: 'limit_req_zone $uri zone=slow:1m rate=1r/m;',
    server: `
      if_modified_since exact;
      location /strong/ { etag on; }
      location /gzip/ { etag on; gzip on; gzip_types application/atom+xml; gzip_vary on; gzip_min_length 1; }
      location /dated/ { etag off; }
      location /fresh/ { expires 1h; }
      location /busy/ { limit_req zone=slow; limit_req_status 429; error_page 429 @busy; }
      location @busy { internal; add_header Retry-After 3600 always; return 429; }
      location /secret/ { auth_basic "feeds"; auth_basic_user_file ${passwords.file('htpasswd')}; }
      location /old/ { return 301 /strong/moved.atom; }
      location /cut/ { proxy_pass ${upstream.url}; proxy_http_version 1.1; }
      location /gone/ { return 410; }
    `,
  });
}

async function stopServers(): Promise<void> {
  await nginx?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
  await passwords?.[Symbol.asyncDispose]();
}

interface Polled {
  readonly path: string;
  readonly more?: object;
}

/** The daemon on these paths of nginx; without endpoints it prints each event as a line. */
async function startDaemon(...feeds: readonly Polled[]): Promise<DaemonProcess> {
  const configured = feeds.map(({ path, more }) => ({ id: idOf(path), url: nginx.url + path, ...more }));
  world = await daemonFolder(loopbackConfig({ feeds: configured, interval: '100ms' }));
  return world.start();
}

const idOf = (path: string) => path.slice(1).replace(/\W/g, '-');
const isPollOf = (path: string) => (line: { readonly event?: string; readonly [field: string]: unknown }) =>
  line.event === 'poll' && line.feed === idOf(path);
const titlesOf = (daemon: DaemonProcess) => daemon.output.map((line) => JSON.parse(line).data.entry.title);

/** Waits until nginx has been asked for `path` so often, and returns what it was asked. */
async function asked(path: string, times: number): Promise<NginxRequest[]> {
  await until(() => nginx.requests(path).length >= times, `${path} is asked ${times} times`);
  return nginx.requests(path);
}

/** Each request carries the pair of the answer before it, across 304s, changes and restarts; only the first none. */
function expectValidatorsOfTheLastAnswer(requests: readonly NginxRequest[]): void {
  const sent = requests.map(({ ifNoneMatch, ifModifiedSince }) => [ifNoneMatch, ifModifiedSince]);
  const given = requests.map(({ etag, lastModified }) => [etag, lastModified]);
  expect(sent).toEqual([['', ''], ...given.slice(0, -1)]);
}

/** POLITENESS §1, rules 15, 18 and 19. */
function expectOneManner(requests: readonly NginxRequest[]): void {
  for (const { cookie, referer, authorization, agent, acceptEncoding } of requests) {
    expect([cookie, referer, authorization]).toEqual(['', '', '']);
    expect(agent).toMatch(/^feedhook\/\S+ \(\+https:\/\/example\.org\/feedhook\)$/);
    expect(acceptEncoding).toBe('gzip, deflate, br, zstd');
  }
}

(hasNginx ? describe : describe.skip)('against nginx', () => {
  beforeAll(startServers);
  afterAll(stopServers);
  afterEach(async () => {
    await world?.[Symbol.asyncDispose]();
    world = undefined;
  });

  test.each([
    {
      what: 'a strong ETag',
      path: '/strong/log.atom',
      validators: {
        etag: /^"[0-9a-f]+-[0-9a-f]+"$/,
        lastModified: /^Fri, 20 Nov 2026 08:00:00 GMT$/,
        coding: /^$/,
      },
    },
    {
      what: 'gzip, whose ETag is weak',
      path: '/gzip/log.atom',
      validators: {
        etag: /^W\/"[0-9a-f]+-[0-9a-f]+"$/,
        lastModified: /^Fri, 20 Nov 2026 08:00:00 GMT$/,
        coding: /^gzip$/,
      },
    },
    {
      what: 'a date alone, compared exactly',
      path: '/dated/log.atom',
      validators: { etag: /^$/, lastModified: /^Fri, 20 Nov 2026 08:00:00 GMT$/, coding: /^$/ },
    },
  ])(
    '$what: one unconditional request in its life, 304 until the file changes, each entry once',
    async ({ path, validators }) => {
      nginx.write(path, atom(2), '2026-11-20T08:00:00Z');
      const daemon = await startDaemon({ path });
      const [first, second] = await asked(path, 3);
      expect(first).toMatchObject({ method: 'GET', status: 200, ifNoneMatch: '', ifModifiedSince: '' });
      for (const [name, form] of Object.entries(validators)) {
        expect(first?.[name as keyof typeof validators]).toMatch(form);
      }
      expect(second).toMatchObject({
        status: 304,
        ifNoneMatch: first?.etag,
        ifModifiedSince: first?.lastModified,
      });

      // Older than the first one: exact means exact, not "not later than".
      nginx.write(path, atom(3), '2026-11-20T07:00:00Z');
      await until(() => daemon.output.length > 0, 'the entry is delivered');
      await asked(path, nginx.requests(path).length + 3);
      await daemon.stop();
      expect(titlesOf(daemon)).toEqual(['Entry 3']);

      const beforeRestart = nginx.requests(path).length;
      const again = await world?.start();
      const all = await asked(path, beforeRestart + 1);
      await again?.stop();
      expect(again?.output).toEqual([]);
      expect(all.map(({ status }) => status).filter((status) => status !== 304)).toEqual([200, 200]);
      expectValidatorsOfTheLastAnswer(all);
      expectOneManner(all);
    },
  );

  test('expires, 429 with Retry-After and 410 each hold their feed back', async () => {
    for (const path of ['/fresh/log.atom', '/busy/log.atom', '/strong/pace.atom']) {
      nginx.write(path, atom(2), '2026-11-20T08:00:00Z');
    }
    const paths = ['/fresh/log.atom', '/busy/log.atom', '/gone/log.atom', '/strong/pace.atom'];
    const daemon = await startDaemon(...paths.map((path) => ({ path })));
    await asked('/busy/log.atom', 2);
    const pace = nginx.requests('/strong/pace.atom').length;
    await asked('/strong/pace.atom', pace + 10);

    expect(nginx.requests('/fresh/log.atom')).toHaveLength(1);
    expect(daemon.lines.filter(isPollOf('/fresh/log.atom'))).toMatchObject([{ nextReason: 'max-age' }]);
    expect(nginx.requests('/busy/log.atom').map(({ status }) => status)).toEqual([200, 429]);
    expect(daemon.lines.findLast(isPollOf('/busy/log.atom'))).toMatchObject({
      outcome: 'failed',
      code: 'http-429',
      nextReason: 'retry-after',
    });
    expect(nginx.requests('/gone/log.atom')).toHaveLength(1);
    expect(daemon.lines.findLast(isPollOf('/gone/log.atom'))).toMatchObject({
      outcome: 'gone',
      nextReason: 'gone-check',
    });
    await daemon.stop();
  });

  test('a permanent redirect is followed each time and not adopted yet; its target gets the validators', async () => {
    nginx.write('/strong/moved.atom', atom(2), '2026-11-20T08:00:00Z');
    const daemon = await startDaemon({ path: '/old/log.atom' });
    const [first, second] = await asked('/strong/moved.atom', 2);
    expect(first).toMatchObject({ status: 200, ifNoneMatch: '' });
    expect(second).toMatchObject({ status: 304, ifNoneMatch: first?.etag });
    expect(nginx.requests('/old/log.atom').slice(0, 2)).toMatchObject([
      { status: 301, ifNoneMatch: '', ifModifiedSince: '' },
      { status: 301, ifNoneMatch: '', ifModifiedSince: '' },
    ]);
    await daemon.stop();
  });

  test('an upstream that is cut behind the proxy is incomplete-xml', async () => {
    const daemon = await startDaemon({ path: '/cut/log.atom' });
    const line = await daemon.line(isPollOf('/cut/log.atom'), 'the poll', 10_000);
    expect(line).toMatchObject({ outcome: 'failed', status: 200, code: 'incomplete-xml' });
    await daemon.stop();
    expect(daemon.output).toEqual([]);
  });

  test('Basic is sent when asked for, and shows in no line of the log', async () => {
    nginx.write('/secret/log.atom', atom(2), '2026-11-20T08:00:00Z');
    const auth = { basic: { user: 'reader', password } };
    const daemon = await startDaemon({ path: '/secret/log.atom', more: { auth } });
    const requests = await asked('/secret/log.atom', 4);
    const basic = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;
    expect(requests.slice(0, 2)).toMatchObject([
      { status: 401, authorization: '' },
      { status: 200, authorization: basic, ifNoneMatch: '' },
    ]);
    expect(requests.at(-1)).toMatchObject({ status: 304, authorization: basic });
    await daemon.stop();
    const said = JSON.stringify(daemon.lines) + daemon.output.join() + daemon.complaint;
    expect(said).not.toContain(password);
    expect(said).not.toContain(basic.slice(6));
  });

  test('credentials that are wrong are http-401, and not sent without end', async () => {
    const auth = { basic: { user: 'reader', password: 'wrong' } };
    nginx.write('/secret/other.atom', atom(2), '2026-11-20T08:00:00Z');
    const daemon = await startDaemon({ path: '/secret/other.atom', more: { auth } });
    const line = await daemon.line(isPollOf('/secret/other.atom'), 'the poll', 10_000);
    expect(line).toMatchObject({ outcome: 'failed', code: 'http-401' });
    await daemon.stop();
    expect(nginx.requests('/secret/other.atom').length).toBeLessThanOrEqual(2);
  });

  test('nginx had nothing to complain of but what these tests did to it', () => {
    const complaints = nginx
      .errors()
      .split('\n')
      .filter((line) => /\[(alert|crit|emerg)\]/.test(line));
    expect(complaints).toEqual([]);
  });
});
