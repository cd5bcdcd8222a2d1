import { describe, expect, test } from '@jest/globals';
import { deniedHosts, deniedNames } from '../../src/daemon/denied-hosts.ts';
import type { LookUp } from '../../src/fetch/look-up.ts';
import { read } from '../config/reading.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const withFeed = (url: string, more = '') => read(`feeds: [{ id: a, url: "${url}" }]\n${more}`);

describe('WEBHOOKS §10: a literal host in feeds.yaml', () => {
  test.each([
    ['a loopback address', 'http://127.0.0.1:8080/feed', 'loopback'],
    ['a private address in another spelling', 'http://0xa000005/feed', '10.0.0.5'],
    ['a metadata address', 'http://169.254.169.254/latest', '169.254.169.254'],
    ['an IPv6 address that holds a private one', 'http://[::ffff:10.0.0.5]/feed', '::ffff:a00:5'],
  ])('that is %s is refused for a feed, with the line that allows it', (_, url, allowed) => {
    expect(deniedHosts(withFeed(url))).toEqual([
      {
        path: ['feeds', 0, 'url'],
        message: expect.stringContaining(`network: { feeds: { allow: ["${allowed}"] } }`),
      },
    ]);
  });

  test('is taken once it is allowed, and so are public addresses and all names', () => {
    const allowed = 'network: { feeds: { allow: [loopback] } }';
    expect(deniedHosts(withFeed('http://127.0.0.1:8080/feed', allowed))).toEqual([]);
    expect(deniedHosts(withFeed('http://93.184.216.34/feed'))).toEqual([]);
    expect(deniedHosts(withFeed('http://localhost/feed'))).toEqual([]);
  });

  test('of an endpoint may be on this machine, but not where clouds keep credentials', () => {
    const endpoints = (url: string) => `endpoints: [{ id: app, secret: ${secret}, url: "${url}" }]`;
    const feed = 'https://a.example/feed';
    expect(deniedHosts(withFeed(feed, endpoints('http://127.0.0.1:9000/hook')))).toEqual([]);
    expect(deniedHosts(withFeed(feed, endpoints('http://169.254.169.254/hook')))).toEqual([
      expect.objectContaining({ path: ['endpoints', 0, 'url'] }),
    ]);
  });
});

describe('WEBHOOKS §10: a name of an endpoint at the start', () => {
  const config = (host: string, network = '') =>
    withFeed(
      'https://a.example/feed',
      `endpoints: [{ id: app, secret: ${secret}, url: "http://${host}/hook" }]\n${network}`,
    );
  const asked: [string, number | undefined][] = [];
  const finding =
    (...addresses: string[]): LookUp =>
    (name, { limitMs }, callback) => {
      asked.push([name, limitMs]);
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
  const failing: LookUp = (_name, _options, callback) => callback(new Error('no such name'), []);

  test('that leads to forbidden addresses alone is refused, with the line that allows it', async () => {
    expect(await deniedNames(config('meta.example'), finding('169.254.169.254', 'fe80::1'))).toEqual([
      {
        path: ['endpoints', 0, 'url'],
        message: expect.stringMatching(
          /^meta\.example is at 169\.254\.169\.254, .* network: \{ webhooks: \{ allow: \["meta\.example"\] \} \}$/,
        ),
      },
    ]);
  });

  test.each([
    ['one that may be reached', finding('169.254.169.254', '93.184.216.34')],
    ['this machine', finding('127.0.0.1')],
    ['the own network', finding('10.0.0.5')],
    ['nothing now', failing],
    ['no address', finding()],
  ])('that leads to %s is taken', async (_, find) => {
    expect(await deniedNames(config('hook.example'), find)).toEqual([]);
  });

  test('is taken when it is allowed by name', async () => {
    const allowed = config('meta.example', 'network: { webhooks: { allow: [meta.example] } }');
    expect(await deniedNames(allowed, finding('169.254.169.254'))).toEqual([]);
  });

  test('is waited for for 5 s at most, and names of feeds are not looked up at all', async () => {
    asked.length = 0;
    await deniedNames(config('hook.example'), finding('127.0.0.1'));
    expect(asked).toEqual([['hook.example', 5_000]]);
  });
});
