import { describe, expect, test } from '@jest/globals';
import { deniedHosts } from '../../src/daemon/denied-hosts.ts';
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
