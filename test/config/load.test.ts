import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { defaultLimits, loadConfig } from '../../src/config/load.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { errorOf, faultsOf, oneFeed, read } from './reading.ts';

const K1 = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const K2 = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

describe('a file that names only a feed', () => {
  const config = read('feeds:\n  - https://example.org/feed.atom\n', { file: '/etc/feedhook/feeds.yaml' });

  test('gets every default', () => {
    expect(config).toEqual({
      file: '/etc/feedhook/feeds.yaml',
      warnings: [],
      store: { kind: 'sqlite', path: '/etc/feedhook/data/feedhook.db' },
      startSpreadMs: 600_000,
      retentionMs: 2_592_000_000,
      limits: {
        minIntervalMs: 300_000,
        connectTimeoutMs: 5000,
        headersTimeoutMs: 10_000,
        bodyTimeoutMs: 10_000,
        requestTimeoutMs: 30_000,
        maxInterimResponses: 10,
        maxHeaderBytes: 16_384,
        maxWireBytes: 10_000_000,
        maxBodyBytes: 20_000_000,
        maxRedirects: 5,
        maxDepth: 100,
        maxReferences: 500_000,
        maxTags: 200_000,
        maxEntries: 5000,
        maxArchives: 10,
        floodLimit: 50,
        maxConcurrentLanes: 32,
      },
      network: { feeds: { allow: [], http2: false }, webhooks: { allow: [] } },
      origins: new Map(),
      endpoints: [],
      feeds: [
        {
          id: 'example.org-4d4c3e3e',
          url: 'https://example.org/feed.atom',
          defaultIntervalMs: 3_600_000,
          initial: 'none',
          labels: [],
          documentHints: true,
          rawContent: false,
          headers: {},
          allowDowngrade: false,
          staleProbe: false,
        },
      ],
      server: { host: '127.0.0.1', port: 9464 },
      logLevel: 'info',
    });
  });

  test('has the limits that hold without any file', () => {
    expect(config.limits).toEqual(defaultLimits);
  });
});

test('an endpoint gets every default of WEBHOOKS §5', () => {
  const { endpoints } = read(`${oneFeed}endpoints: [{ id: app, url: http://localhost:1/h?token=x }]`);
  expect(endpoints).toEqual([
    {
      id: 'app',
      url: 'http://localhost:1/h?token=x',
      secrets: [],
      lookAlikes: [],
      events: ['entry.new'],
      format: 'standard',
      content: 'both',
      maxBytes: 65_536,
      sender: {},
      handshake: false,
      concurrency: 4,
      ordering: 'none',
      maxBlockMs: 3_600_000,
      timezone: 'UTC',
      maxKept: 100_000,
      tls: {},
      retryMs: [0, 5000, 300_000, 1_800_000, 7_200_000, 18e6, 36e6, 50.4e6, 72e6, 86.4e6],
      timeoutMs: 15_000,
      connectTimeoutMs: 5000,
      headers: {},
    },
  ]);
});

test('every key reaches the configuration', () => {
  const config = read(`
store: sqlite:/var/lib/feedhook.db
defaults: { interval: 2h, contact: https://example.org/, initial: all, documentHints: false, rawContent: true }
startSpread: 0
retention: 7d
limits:
  { minInterval: 1s, connectTimeout: 1s, headersTimeout: 2s, bodyTimeout: 3s, requestTimeout: 4s, maxHeaderSize: 1KiB,
    maxWireSize: 1B, maxBodySize: 2B, maxRedirects: 0, maxDepth: 1, maxReferences: 2, maxTags: 3, maxEntries: 4, maxArchives: 0, floodLimit: 0,
    maxConcurrentLanes: 5 }
network: { feeds: { allow: [Loopback, 10.0.0.0/8] }, webhooks: { allow: ["fd00::/8", nas.local] } }
origins: { "localhost:8080": { scope: feed, gap: 0, concurrency: 8 } }
endpoints:
  - { id: app, url: https://a.example/, secret: [${K2}, ${K1}], events: [entry.updated, entry.updated], format: standard,
      concurrency: 1, retry: [0s, 1s], timeout: 1s, connectTimeout: 2s, headers: { X-Key: k } }
feeds:
  - { id: A, url: https://a.example/f, interval: 1s, endpoints: [app], initial: 3, labels: [one], documentHints: true, rawContent: false,
      identity: link, headers: { Authorization: Basic x } }
  - { id: b, url: https://b.example/f, schedule: "*/20 7-19 * * 1-5", timezone: Europe/Berlin }
  - { id: c, url: https://c.example/f, schedule: "0 0 12 * * *" }
server: { listen: "[::1]:0" }
log: { level: debug }
`);
  expect(config).toMatchObject({
    store: { kind: 'sqlite', path: '/var/lib/feedhook.db' },
    contact: 'https://example.org/',
    startSpreadMs: 0,
    retentionMs: 604_800_000,
    limits: {
      ...{ minIntervalMs: 1000, connectTimeoutMs: 1000, headersTimeoutMs: 2000, bodyTimeoutMs: 3000 },
      ...{ requestTimeoutMs: 4000, maxHeaderBytes: 1024, maxWireBytes: 1, maxBodyBytes: 2, maxRedirects: 0 },
      ...{
        maxDepth: 1,
        maxReferences: 2,
        maxTags: 3,
        maxEntries: 4,
        maxArchives: 0,
        floodLimit: 0,
        maxConcurrentLanes: 5,
      },
    },
    network: { feeds: { allow: ['loopback', '10.0.0.0/8'] }, webhooks: { allow: ['fd00::/8', 'nas.local'] } },
    origins: new Map([['localhost:8080', { scope: 'feed', gapMs: 0, concurrency: 8 }]]),
    endpoints: [
      {
        id: 'app',
        events: ['entry.updated'],
        concurrency: 1,
        retryMs: [0, 1000],
        timeoutMs: 1000,
        connectTimeoutMs: 2000,
      },
    ],
    feeds: [
      {
        ...{ id: 'A', intervalMs: 1000, defaultIntervalMs: 7_200_000, endpointIds: ['app'], initial: 3 },
        ...{
          labels: ['one'],
          documentHints: true,
          rawContent: false,
          identity: 'link',
          headers: { Authorization: 'Basic x' },
        },
      },
      {
        ...{ id: 'b', schedule: { expression: '*/20 7-19 * * 1-5', timezone: 'Europe/Berlin' } },
        ...{ initial: 'all', documentHints: false, rawContent: true },
      },
      { id: 'c', schedule: { expression: '0 0 12 * * *', timezone: 'UTC' } },
    ],
    server: { host: '::1', port: 0 },
    logLevel: 'debug',
  });
  expect(config.endpoints[0]?.secrets.map((secret) => secret.reveal())).toEqual([K2, K1]);
  expect(config.endpoints[0]?.headers).toEqual({ 'X-Key': 'k' });
});

test('`server: { listen: off }` means no status server', () => {
  expect(read(`${oneFeed}server: { listen: off }`).server).toBeUndefined();
});

test('a key whose value is commented out counts as absent', () => {
  expect(read(`${oneFeed}endpoints:\n  # - id: app\nlimits:\n`).endpoints).toEqual([]);
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the syntax of feeds.yaml
describe('variables and secret files', () => {
  const env = {
    HOST: 'example.org',
    COUNT: '7',
    FLAG: 'false',
    KEY: K1,
    INJECTION: 'x", retention: 1m, y: "',
  };

  test('are filled into texts, numbers, spans and flags', () => {
    const config = read(
      `feeds: [{ url: "https://\${HOST}/", documentHints: "\${FLAG}", interval: "\${SPAN:-2h}" }]
limits: { maxRedirects: "\${COUNT}" }
endpoints: [{ id: app, url: "https://\${HOST}/", secret: "\${KEY}" }]`,
      { env },
    );
    expect(config.feeds[0]).toMatchObject({
      url: 'https://example.org/',
      documentHints: false,
      intervalMs: 7_200_000,
    });
    expect(config.limits.maxRedirects).toBe(7);
    expect(config.endpoints[0]?.secrets[0]?.reveal()).toBe(K1);
  });

  test('cannot add keys', () => {
    const config = read('{ feeds: [https://a.example/], store: "sqlite:/${INJECTION}" }', { env });
    expect(config.store).toEqual({ kind: 'sqlite', path: `/${env.INJECTION}` });
    expect(config.retentionMs).toBe(2_592_000_000);
  });

  test('a missing variable is a fault with its name and place, and the only one there', () => {
    expect(faultsOf('feeds:\n  - url: ${FEED_URL}\n')).toEqual([
      '2:10 feeds[0].url: the environment variable FEED_URL is not set; set it, or write ${FEED_URL:-default} (found "${FEED_URL}")',
    ]);
  });

  test.each([{}, { ONE: 'one' }])('a default that holds another variable is a fault (%j)', (env) => {
    const faults = faultsOf(`${oneFeed}store: "sqlite:\${ONE:-\${TWO}}"`, { env });
    expect(faults).toEqual([expect.stringContaining('the default of ONE cannot hold another variable')]);
  });

  test('what a variable held never shows, the name does', () => {
    const faults = faultsOf('feeds: ["${TOKEN}"]\nlog: { level: "${TOKEN}" }\nretention: ${TOKEN}', {
      env: { TOKEN: 's3cr3t' },
    });
    expect(faults).toHaveLength(3);
    expect(faults.join()).not.toContain('s3cr3t');
    expect(faults.join()).toContain('(found "${TOKEN}")');
  });

  test('a secret, a header or the URL of an endpoint may stand in a file', async () => {
    await using folder = await temporaryFolder();
    await mkdir(folder.file('run'));
    await writeFile(folder.file('run/secret'), `${K1}\n`, { mode: 0o600 });
    await writeFile(folder.file('run/url'), 'https://a.example/token\r\n', { mode: 0o600 });
    await writeFile(folder.file('run/auth'), 'Bearer x', { mode: 0o600 });
    const text = `feeds: [{ url: https://a.example/, headers: { Authorization: file:run/auth } }]
endpoints: [{ id: app, url: "file:\${DIR}/url", secret: [file:./run/secret], headers: { Authorization: file:run/auth } }]`;
    await writeFile(folder.file('feeds.yaml'), text);
    const config = await loadConfig(folder.file('feeds.yaml'), { DIR: folder.file('run') });
    expect(config.warnings).toEqual([]);
    expect(config.endpoints[0]).toMatchObject({
      url: 'https://a.example/token',
      headers: { Authorization: 'Bearer x' },
    });
    expect(config.endpoints[0]?.secrets[0]?.reveal()).toBe(K1);
    expect(config.feeds[0]?.headers).toEqual({ Authorization: 'Bearer x' });
  });

  test('a secret file that every user can read is a warning', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('secret'), K1);
    await chmod(folder.file('secret'), 0o644);
    await writeFile(
      folder.file('feeds.yaml'),
      `${oneFeed}endpoints: [{ id: app, url: https://a.example/, secret: "file:secret" }]`,
    );
    const { warnings } = await loadConfig(folder.file('feeds.yaml'), {});
    expect(warnings).toEqual([
      `${folder.file('feeds.yaml')}:2:57: endpoints[0].secret: every user can read file:secret; take the right away (chmod o-r)`,
    ]);
  });

  test('a secret file is named as written, not by what a variable held', () => {
    expect(
      faultsOf(`${oneFeed}endpoints: [{ id: app, url: https://a.example/, secret: "\${KEY_FILE}" }]`, {
        env: { KEY_FILE: 'file:/s3cr3t' },
      }),
    ).toEqual(['2:57 endpoints[0].secret: ${KEY_FILE} cannot be read: no files in this test (found set)']);
  });

  test.each([
    ['that is missing', 'none', 'it does not exist'],
    ['that is a folder', '.', 'it is not a regular file'],
    ['that is a device', '/dev/zero', 'it is not a regular file'],
    ['that is a pipe nobody writes to', 'pipe', 'it is not a regular file'],
    ['that is too large', 'large', 'it is larger than 65536 bytes'],
    ['behind links in a circle', 'circle', 'its links form a loop'],
  ])('a secret file %s is a fault', async (_, path, reason) => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('large'), 'x'.repeat(65_537));
    await symlink('circle', folder.file('circle'));
    execFileSync('mkfifo', [folder.file('pipe')]);
    await writeFile(
      folder.file('feeds.yaml'),
      `${oneFeed}endpoints: [{ id: app, url: https://a.example/, secret: "file:${path}" }]`,
    );
    await expect(loadConfig(folder.file('feeds.yaml'), {})).rejects.toMatchObject({
      code: 'config-unreadable',
      message: expect.stringContaining(reason),
    });
  });

  test('a secret file at its largest size is read', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('value'), 'x'.repeat(65_536), { mode: 0o600 });
    await writeFile(
      folder.file('feeds.yaml'),
      'feeds: [{ url: https://a.example/, headers: { X: file:value } }]',
    );
    const config = await loadConfig(folder.file('feeds.yaml'), {});
    expect(config.feeds[0]?.headers.X).toHaveLength(65_536);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the syntax of feeds.yaml

describe('a file that cannot be read', () => {
  test.each([
    ['is missing', 'none.yaml', 'cannot be read: it does not exist'],
    ['is a folder', '.', 'cannot be read: it is not a regular file'],
    ['never ends', '/dev/zero', 'cannot be read: it is not a regular file'],
    ['is larger than 16 MiB', 'large.yaml', 'cannot be read: it is larger than 16777216 bytes'],
    ['is not UTF-8', 'latin1.yaml', 'is not UTF-8'],
  ])('is a fault that names it: it %s', async (_, name, message) => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('large.yaml'), Buffer.alloc(16 * 1024 * 1024 + 1, '#'));
    await writeFile(folder.file('latin1.yaml'), Buffer.from([0x23, 0xe4, 0x0a]));
    const file = name.startsWith('/') ? name : folder.file(name);
    await expect(loadConfig(file, {})).rejects.toMatchObject({
      code: 'config-unreadable',
      faults: [{ file, path: '', message }],
    });
  });

  test('a file of 16 MiB is read', async () => {
    await using folder = await temporaryFolder();
    const comment = Buffer.alloc(16 * 1024 * 1024 - oneFeed.length, '#');
    await writeFile(folder.file('feeds.yaml'), Buffer.concat([Buffer.from(oneFeed), comment]));
    await expect(loadConfig(folder.file('feeds.yaml'), {})).resolves.toMatchObject({ logLevel: 'info' });
  });

  test('a byte order mark is no part of the file', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('feeds.yaml'), `\ufeff${oneFeed}`);
    await expect(loadConfig(folder.file('feeds.yaml'), {})).resolves.toMatchObject({ warnings: [] });
  });
});

test('10,000 feeds load, each with an id of its own', () => {
  const urls = Array.from(
    { length: 10_000 },
    (_, index) => `  - https://host${index % 500}.example.org/${index}.xml\n`,
  );
  const { feeds } = read(`feeds:\n${urls.join('')}`);
  expect(feeds).toHaveLength(10_000);
  expect(new Set(feeds.map((feed) => feed.id)).size).toBe(10_000);
});

test('the message of the error has every fault on a line of its own, with file, line and column', () => {
  expect(errorOf('feeds:\n  - nonsense\nretention: 5\n').message).toBe(
    [
      'feeds.yaml:2:5: feeds[0]: expected an absolute URL with http:// or https:// (found nonsense)',
      'feeds.yaml:3:12: retention: a number without a unit; write 5m for minutes, 5s for seconds (found 5)',
    ].join('\n'),
  );
});
