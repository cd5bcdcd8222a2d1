// The keys that say how origins are reached: credentials, proxy, certificates, HTTP/2.

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { faultsOf, oneFeed, read } from './reading.ts';

/** Nobody holds its key any more; valid until 2126. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBijCCAS+gAwIBAgIUJ+SDVQzqJO9ZUGiKiSmVFmJOQYowCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTIxMTIxOTA3WhgPMjEy
NjEwMjgxMjE5MDdaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEes0AoC+vF1cM5GOuBaVko/LlDjka6bf9Z9uxNSCn
2+ka2aIYsb/y8ikYpvbVDTHpQxW7XkMBoxT5QoJMummx+aNTMFEwHQYDVR0OBBYE
FH6z/KVSTAm+r1ZMnMlzA7oZ+r/FMB8GA1UdIwQYMBaAFH6z/KVSTAm+r1ZMnMlz
A7oZ+r/FMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhALssNPHh
RiwpXDWT4TKRmwywVw4pmaXsIs6rUj/nGHffAiEA3aX2ngwtXDSy4V5c/MAGvhV6
GC10NMgD5NYjKETXcew=
-----END CERTIFICATE-----
`;
const key = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

const files: Readonly<Record<string, string>> = {
  '/pki/ca.pem': certificate,
  '/pki/key.pem': key,
  '/run/token': 's3cr3t',
};
const withFiles = {
  readSecretFile(path: string) {
    const text = files[path];
    if (text === undefined) throw new Error(`no ${path}`);
    return { text, isWorldReadable: false };
  },
};

const feedWith = (more: string) => `feeds: [{ id: a, url: "https://a.example/feed", ${more} }]`;

describe('credentials of a feed', () => {
  test('Basic waits for the challenge unless it is preemptive', () => {
    const [patient] = read(feedWith('auth: { basic: { user: me, password: s3cr3t } }')).feeds;
    const [eager] = read(feedWith('auth: { basic: { user: me, password: s3cr3t }, preemptive: true }')).feeds;
    expect(patient?.auth).toMatchObject({ kind: 'basic', user: 'me', isPreemptive: false });
    expect(eager?.auth).toMatchObject({ kind: 'basic', user: 'me', isPreemptive: true });
  });

  test('a token comes from a file too, and is shown by nothing', () => {
    const config = read(feedWith('auth: { bearer: "file:/run/token" }'), withFiles);
    const auth = config.feeds[0]?.auth;
    expect(auth?.kind === 'bearer' && auth.token.reveal()).toBe('s3cr3t');
    expect(JSON.stringify(config)).not.toContain('s3cr3t');
  });

  test.each([
    ['both kinds', 'auth: { basic: { user: me, password: x }, bearer: y }', 'either `basic` or `bearer`'],
    ['neither kind', 'auth: {}', 'either `basic` or `bearer`'],
    ['a bearer token that is preemptive', 'auth: { bearer: x, preemptive: true }', 'belongs to `basic`'],
    ['a user name with a colon', 'auth: { basic: { user: "a:b", password: x } }', 'has no ":"'],
    ['an empty password', 'auth: { basic: { user: me, password: "" } }', 'and not empty'],
    ['a token with a line break', 'auth: { bearer: "a\\nb" }', 'without control characters'],
    [
      'a header that says the same',
      'auth: { bearer: x }, headers: { Authorization: y }',
      'exclude each other; remove one',
    ],
  ])('%s are refused', (_, more, message) => {
    expect(faultsOf(feedWith(more))).toEqual([expect.stringContaining(message)]);
  });

  test.each(['auth: { bearer: "s3cr3t\\n" }', 'auth: { basic: { user: me, password: "s3cr3t\\n" } }'])(
    'a fault in %s does not show it',
    (more) => {
      expect(faultsOf(feedWith(more)).join()).not.toContain('s3cr3t');
    },
  );
});

describe('the proxy', () => {
  test('is one URL, with a password if it wants one, and looks nothing up unless told', () => {
    const config = read(
      `${oneFeed}network: { feeds: { proxy: { url: "http://me:pw@proxy.example:3128" } } }`,
    );
    expect(config.network.feeds.proxy).toEqual({ url: 'http://me:pw@proxy.example:3128', resolves: 'here' });
  });

  test.each([
    ['another scheme', 'socks5://proxy.example:1080'],
    ['a path', 'http://proxy.example/path'],
    ['no URL', 'proxy.example:3128'],
  ])('%s is refused, and the value not shown', (_, url) => {
    const faults = faultsOf(`${oneFeed}network: { feeds: { proxy: { url: "${url}" } } }`);
    expect(faults).toEqual([expect.stringContaining('expected the URL of an HTTP proxy')]);
    expect(faults.join()).not.toContain(url);
  });
});

describe('certificates', () => {
  test('come from files: authorities for all origins, and for one with a client certificate', () => {
    const text = `${oneFeed}
network: { feeds: { ca: "file:/pki/ca.pem", http2: true } }
origins: { a.example: { ca: "file:/pki/ca.pem", cert: "file:/pki/ca.pem", key: "file:/pki/key.pem", http2: false } }`;
    const { network, origins } = read(text, withFiles);
    const own = origins.get('a.example');
    expect(network.feeds).toMatchObject({ ca: certificate, http2: true });
    expect(own).toMatchObject({ ca: certificate, cert: certificate, http2: false });
    expect(own?.key?.reveal()).toBe(key);
  });

  test.each([
    ['an authority that is no certificate', 'ca: "file:/run/token"', 'expected certificates in PEM form'],
    [
      'a damaged certificate',
      `ca: "${'-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----'}"`,
      'PEM form',
    ],
    [
      'a key that is a certificate',
      'cert: "file:/pki/ca.pem", key: "file:/pki/ca.pem"',
      'private key in PEM',
    ],
    ['a certificate without its key', 'cert: "file:/pki/ca.pem"', '`cert` and `key` belong together'],
    ['a key without its certificate', 'key: "file:/pki/key.pem"', '`cert` and `key` belong together'],
  ])('%s is refused', (_, more, message) => {
    const faults = faultsOf(`${oneFeed}origins: { a.example: { ${more} } }`, withFiles);
    expect(faults).toEqual([expect.stringContaining(message)]);
  });

  test('a key that is written into the file is not shown in a fault', () => {
    const faults = faultsOf(`${oneFeed}origins: { a.example: { key: "s3cr3t PRIVATE KEY-----" } }`);
    expect(faults.join()).toContain('private key in PEM');
    expect(faults.join()).not.toContain('s3cr3t');
  });
});

test('an origin can be one lane with its whole site', () => {
  const { origins } = read(`${oneFeed}origins: { a.example: { scope: site, gap: 10s } }`);
  expect(origins.get('a.example')).toEqual({ scope: 'site', gapMs: 10_000 });
});

test('what only the operator may allow is off until then', () => {
  const [usual] = read(oneFeed).feeds;
  const [allowed] = read(feedWith('allowDowngrade: true, staleProbe: true')).feeds;
  expect(usual).toMatchObject({ allowDowngrade: false, staleProbe: false });
  expect(allowed).toMatchObject({ allowDowngrade: true, staleProbe: true });
});

test('an endpoint may ask for what happens to feeds too', () => {
  const text = `${oneFeed}endpoints: [{ id: ops, url: "https://ops.example", events: [feed.error, feed.recovered, feed.moved, feed.gone] }]`;
  expect(read(text).endpoints[0]?.events).toEqual([
    'feed.error',
    'feed.recovered',
    'feed.moved',
    'feed.gone',
  ]);
});

describe('certificates of an endpoint', () => {
  const endpointWith = (more: string) =>
    `feeds: [https://a.example/feed]\nendpoints: [{ id: app, url: https://a.example/, ${more} }]`;

  test('authorities, a client certificate and its key come from files, and the key is shown by nothing', () => {
    const config = read(
      endpointWith('ca: file:/pki/ca.pem, cert: file:/pki/ca.pem, key: file:/pki/key.pem'),
      withFiles,
    );
    const { tls } = config.endpoints[0] ?? {};
    expect([tls?.ca, tls?.cert, tls?.key?.reveal()]).toEqual([certificate, certificate, key]);
    expect(JSON.stringify(config)).not.toContain('PRIVATE KEY');
  });

  test.each([
    ['cert', 'ca'],
    ['key', 'key'],
  ])('%s alone is a fault', (name, file) => {
    expect(faultsOf(endpointWith(`${name}: file:/pki/${file}.pem`), withFiles)).toEqual([
      expect.stringContaining(`endpoints[0].${name}: \`cert\` and \`key\` belong together; add the other`),
    ]);
  });
});
