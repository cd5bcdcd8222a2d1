// `preview --endpoint`: what an endpoint would be sent and why not the rest, judged and rendered by what does it in the daemon.

import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endpointPreview, type PreviewedFeed } from '../../src/commands/endpoint-requests.ts';
import { chosen, previewJson, previewText } from '../../src/commands/preview-endpoint-report.ts';
import type { EndpointConfig } from '../../src/config/config.ts';
import { entryEvent } from '../../src/outbox/event.ts';
import { read as readConfig } from '../config/reading.ts';
import { change, detectedAt, full, feed as sampleFeed } from '../outbox/sample.ts';
import { feedhook } from '../support/command.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

const K1 = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const feed: PreviewedFeed = { id: 'f', url: 'https://example.org/feed', labels: [], isConfigured: true };
const tools = { clock: { now: () => detectedAt }, userAgent: 'feedhook/test' };

function endpoint(more: string): EndpointConfig {
  const text = `feeds: [https://a.example/]\nendpoints: [{ id: app, url: "https://me.example/t0ken?k=s3cr3t", ${more} }]`;
  const [found] = readConfig(text).endpoints;
  if (!found) throw new Error('no endpoint');
  return found;
}

const events = ['Rust 2', 'Go 3', 'Rust 1'].map((title, index) =>
  entryEvent(
    change(
      { ...full, title, id: `urn:${index}` },
      { key: { source: 'guid', value: `guid:urn:${index}` }, sequence: index },
    ),
    sampleFeed,
    detectedAt,
  ),
);
const previewOf = (of: EndpointConfig) => endpointPreview(events, feed, of, tools);

describe('what would be sent', () => {
  test('a request for each entry that is owed, oldest first, and the reason for the others', () => {
    const { entries, requests } = previewOf(endpoint(`secret: ${K1}, filter: { title: rust }`));
    expect(entries.map(({ number, title, verdict }) => [number, title, verdict.kind])).toEqual([
      [1, 'Rust 2', 'owed'],
      [2, 'Go 3', 'filtered'],
      [3, 'Rust 1', 'owed'],
    ]);
    expect(requests.map((request) => request.entries)).toEqual([[3], [1]]);
    expect(requests[0]).toMatchObject({
      id: events[2]?.id,
      made: {
        method: 'POST',
        target: 'https://me.example',
        bytes: Buffer.byteLength(events[2]?.body ?? ''),
        body: JSON.parse(events[2]?.body ?? ''),
      },
    });
  });

  test('a batch is one request, with the id that it would have', () => {
    const { requests } = previewOf(endpoint(`format: jsonfeed, secret: ${K1}, batch: { count: 2 }`));
    expect(requests.map((request) => request.entries)).toEqual([[3, 2], [1]]);
    expect(requests[0]?.id).toMatch(/^bat_[a-z2-7]{26}$/);
    expect(requests[1]?.id).toBe(events[0]?.id);
  });

  test('what was cut is named', () => {
    const long = entryEvent(
      change({ ...full, contentHtml: `<p>${'long '.repeat(40_000)}</p>` }),
      sampleFeed,
      detectedAt,
    );
    const { requests } = endpointPreview([long], feed, endpoint(`secret: ${K1}`), tools);
    expect(requests[0]?.made).toMatchObject({ cut: expect.arrayContaining(['content_html']) });
  });

  test('what cannot be rendered says why', () => {
    const huge = entryEvent(
      change({ ...full, url: `https://a.example/${'x'.repeat(3_000)}` }),
      sampleFeed,
      detectedAt,
    );
    const { requests } = endpointPreview([huge], feed, endpoint(`secret: ${K1}, maxBytes: 1KiB`), tools);
    expect(requests[0]?.made).toEqual({ fault: expect.stringMatching(/^event-unrenderable: /) });
  });

  test('neither path nor query of the URL, nor a secret, token, header value or signature is shown', () => {
    const of = endpoint(
      `secret: ${K1}, signatures: { github: gh-secret, miniflux: mf-secret }, headers: { X-Api-Key: key-secret }, auth: { bearer: bearer-secret }`,
    );
    const shown = { feed, endpoint: of, preview: previewOf(of), isOneAsked: false };
    for (const text of [previewText(shown), previewJson(shown)]) {
      expect(text).not.toMatch(/t0ken|s3cr3t|-secret|v1,|sha256=[0-9a-f]/);
      expect(text).toMatch(/authorization[^a-z]+set/);
      expect(text).toMatch(/X-Api-Key[^a-z]+set/);
    }
  });
});

describe('which entry is meant', () => {
  const preview = previewOf(endpoint(`secret: ${K1}, filter: { title: rust }`));
  test.each([
    ['its number', '2', [2]],
    ['its id', 'urn:2', [3]],
    ['the id of its event', events[0]?.id ?? '', [1]],
    ['a part of the title', 'RUST', [1, 3]],
    ['a number beyond the last, which may be a title', '1', [1]],
    ['nothing', 'zig', []],
  ])('by %s', (_, words, numbers) => {
    expect(chosen(preview, words).entries.map(({ number }) => number)).toEqual(numbers);
  });

  test('its request is shown, whole; without words only the first that would leave', () => {
    const of = endpoint(`secret: ${K1}, filter: { title: rust }`);
    const one = previewText({ feed, endpoint: of, preview: chosen(preview, 'Rust 2'), isOneAsked: true });
    expect(one).toContain('the request of entry 1: ');
    const all = previewText({ feed, endpoint: of, preview, isOneAsked: false });
    expect(all).toContain('f to app (standard): 2 of 3 entries would be sent');
    expect(all).toMatch(/\n2 +Go 3 +filtered +title does not contain "rust" \(filter of the endpoint\)\n/);
    expect(all).toContain('the request of entry 3: ');
    expect(all).not.toContain('the request of entry 1: ');
    expect(all).toContain('--entry shows the request of another');
  });
});

describe('run for real', () => {
  let site: TestServer;
  let folder: TemporaryFolder;
  let asked: string[];

  beforeAll(async () => {
    asked = [];
    site = await startServer(({ method, path, headers }, response) => {
      asked.push(`${method} ${path} ${headers['x-key'] ?? ''}`.trim());
      response.writeHead(200, { 'content-type': 'application/atom+xml' }).end(
        `<feed xmlns="http://www.w3.org/2005/Atom">
<id>urn:f</id><title>F</title><updated>2026-11-20T09:00:00Z</updated>
<entry><id>urn:1</id><title>Weekly \u001b[31mrust</title><updated>2026-11-20T09:00:00Z</updated><content>x</content></entry>
<entry><id>urn:2</id><title>Sponsored rust</title><updated>2026-11-19T09:00:00Z</updated><content>y</content></entry>
</feed>`.replace('\u001b', '&#x9b;'),
      );
    });
    folder = await temporaryFolder();
    await writeFile(
      folder.file('feeds.yaml'),
      `network: { feeds: { allow: [loopback] } }
feeds:
  - { id: mine, url: "${site.url}/feed", labels: [rust], headers: { X-Key: k }, filter: { not: { title: sponsored } } }
endpoints:
  - { id: chat, url: "${site.url}/hook", format: slack, labels: [rust] }
  - { id: other, url: "${site.url}/hook", secret: ${K1}, labels: [none] }
`,
    );
  });

  afterAll(async () => {
    await site.close();
    await folder[Symbol.asyncDispose]();
  });

  const run = (...args: string[]) => feedhook(['preview', ...args], folder.path);

  test('a feed of feeds.yaml, by its id, with its headers and filter; nothing is sent and nothing is stored', async () => {
    const { code, stdout, stderr } = await run('mine', '--endpoint', 'chat');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^mine to chat \(slack\): 1 of 2 entries would be sent\n/);
    expect(stdout).toContain('title contains "sponsored" (filter of the feed)');
    expect(stdout).toMatch(/\nPOST http:\/\/127\.0\.0\.1:\d+\/…\ncontent-type: application\/json/);
    expect(stdout).not.toMatch(/[\x1b\x9b]/);
    expect(asked).toEqual(['GET /feed k']);
    expect(await feedhook(['status'], folder.path)).toMatchObject({ code: 1 });
  });

  test('another URL is judged as a feed that names the endpoint, and says so', async () => {
    const { stdout } = await run(`${site.url}/feed?x=1`, '--endpoint', 'chat', '--json', '--entry', '2');
    const shown = JSON.parse(stdout);
    expect(shown).toMatchObject({
      feed: { isConfigured: false, labels: [] },
      entries: [{ number: 2, verdict: { kind: 'owed' } }],
      requests: [{ entries: [2], method: 'POST', body: { text: expect.stringContaining('Sponsored rust') } }],
    });
  });

  test('an endpoint that the feed does not reach', async () => {
    const { stdout } = await run('mine', '--endpoint', 'other');
    expect(stdout).toContain('0 of 2 entries would be sent');
    expect(stdout).toContain('not-routed');
    expect(stdout).toContain('the endpoint wants feeds labelled none, and this one is rust');
  });

  test.each([
    ['an unknown endpoint', ['mine', '--endpoint', 'chatt'], 'no endpoint "chatt"; did you mean "chat"?'],
    ['no such entry', ['mine', '--endpoint', 'chat', '--entry', 'zig'], 'no entry "zig" in 2 entries'],
    ['--entry alone', ['https://a.example/', '--entry', '1'], '--entry belongs to --endpoint'],
    [
      'a feed that is none',
      ['minne', '--endpoint', 'chat'],
      'no feed "minne" in feeds.yaml; did you mean "mine"?',
    ],
  ])('%s ends with 2', async (_, args, message) => {
    expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
