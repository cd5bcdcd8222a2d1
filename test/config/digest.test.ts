import { describe, expect, test } from '@jest/globals';
import { configDigest } from '../../src/config/digest.ts';
import { read } from './reading.ts';

const [one, other] = ['a', 'b'].map((letter) => `whsec_${Buffer.from(letter.repeat(24)).toString('base64')}`);

const text = `
store: sqlite:./feedhook.db
retention: 30d
defaults: { interval: 1h, contact: "mailto:me@example.org" }
limits: { maxRedirects: 5, maxEntries: 100 }
network: { feeds: { allow: ["192.0.2.1"] } }
origins:
  a.example: { gap: 3s }
  b.example: { gap: 4s }
server: { listen: 127.0.0.1:9464 }
log: { level: info }
endpoints:
  - id: hook
    url: https://hook.example/in?token=1
    secret: ${one}
    filter: { title: { matches: "a+b" } }
    headers: { x-key: one }
feeds:
  - { id: first, url: "https://a.example/feed", interval: 2h, auth: { bearer: one } }
  - { id: second, url: "https://b.example/feed", labels: [x] }
`;

const digestOf = (changed: string) => configDigest(read(changed));
const changed = (from: string, to: string) => {
  if (!text.includes(from)) throw new Error(`the text has no ${from}`);
  return digestOf(text.replace(from, to));
};

describe('the digest of a configuration', () => {
  test.each([
    ['a comment', 'retention: 30d', 'retention: 30d # a month'],
    ['white space', 'limits: { maxRedirects', 'limits:   {  maxRedirects'],
    ['another way to write a span', '30d', '720h'],
    ['the order of keys', 'maxRedirects: 5, maxEntries: 100', 'maxEntries: 100, maxRedirects: 5'],
    [
      'the order of origins',
      'a.example: { gap: 3s }\n  b.example: { gap: 4s }',
      'b.example: { gap: 4s }\n  a.example: { gap: 3s }',
    ],
    ['a default that is written out', 'interval: 2h,', 'interval: 2h, initial: none,'],
    ['where it is stored', 'sqlite:./feedhook.db', 'sqlite:./other.db'],
    ['where it listens', '9464', '9465'],
    ['how much it logs', 'level: info', 'level: debug'],
  ])('is the same with %s', (_change, from, to) => {
    expect(changed(from, to)).toBe(digestOf(text));
  });

  test.each([
    ['the retention', 'retention: 30d', 'retention: 29d'],
    ['a default', 'interval: 1h', 'interval: 3h'],
    ['the contact', 'me@', 'you@'],
    ['a limit', 'maxEntries: 100', 'maxEntries: 101'],
    ['an address that may be reached', '192.0.2.1', '192.0.2.2'],
    ['an origin', 'gap: 3s', 'gap: 5s'],
    ['an origin more', 'b.example: { gap', 'c.example: { gap: 1s }\n  b.example: { gap'],
    ['the URL of an endpoint', 'token=1', 'token=2'],
    ['a secret', String(one), String(other)],
    ['one more secret', `secret: ${one}`, `secret: [${one}, ${other}]`],
    ['a pattern', 'a+b', 'a*b'],
    ['a header', 'x-key: one', 'x-key: two'],
    ['the interval of a feed', 'interval: 2h', 'interval: 4h'],
    ['a token', 'bearer: one', 'bearer: two'],
    ['a label', 'labels: [x]', 'labels: [y]'],
    ['the id of a feed', 'id: second', 'id: third'],
    ['a feed less', '  - { id: second, url: "https://b.example/feed", labels: [x] }\n', ''],
  ])('is another one with another value of %s', (_key, from, to) => {
    expect(changed(from, to)).not.toBe(digestOf(text));
  });

  test('is a hash of 64 digits, in which a limit without end counts too', () => {
    expect(digestOf(text)).toMatch(/^[0-9a-f]{64}$/);
    const config = read(text);
    const endless = { ...config, retentionMs: Number.POSITIVE_INFINITY };
    const none = { ...config, retentionMs: Number.NEGATIVE_INFINITY };
    expect(configDigest(endless)).not.toBe(configDigest(none));
  });
});
