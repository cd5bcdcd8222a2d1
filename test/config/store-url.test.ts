// The `store` key for Redis: what each form means, and that no fault repeats what was written.

import { describe, expect, test } from '@jest/globals';
import type { RedisStoreConfig } from '../../src/config/config.ts';
import { storeName } from '../../src/config/store-url.ts';
import { faultsOf, oneFeed, read } from './reading.ts';

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

const storeOf = (url: string, source = {}) => {
  const { store } = read(`${oneFeed}store: "${url}"`, source);
  if (store.kind !== 'redis') throw new Error('not a Redis store');
  return store;
};

/** With its passwords as texts. */
const plain = ({ password, sentinelPassword, ...rest }: RedisStoreConfig) => ({
  ...rest,
  ...(password && { password: password.reveal() }),
  ...(sentinelPassword && { sentinelPassword: sentinelPassword.reveal() }),
});

const usual = {
  kind: 'redis',
  topology: 'single',
  nodes: [{ host: 'redis.example', port: 6379 }],
  database: 0,
  prefix: 'feedhook',
  leaseMs: 30_000,
};

const cluster = { ...usual, topology: 'cluster' };

describe('a store URL', () => {
  test.each<[string, object]>([
    ['redis://redis.example', usual],
    ['redis://redis.example/', usual],
    [
      'redis://redis.example:7000/3',
      { ...usual, nodes: [{ host: 'redis.example', port: 7000 }], database: 3 },
    ],
    ['redis://10.0.0.1', { ...usual, nodes: [{ host: '10.0.0.1', port: 6379 }] }],
    ['redis://[::1]:7000', { ...usual, nodes: [{ host: '::1', port: 7000 }] }],
    ['redis://[fd00::2]', { ...usual, nodes: [{ host: 'fd00::2', port: 6379 }] }],
    ['rediss://redis.example', { ...usual, tls: {} }],
    ['redis://:pass@redis.example', { ...usual, password: 'pass' }],
    ['redis://me:pass@redis.example', { ...usual, user: 'me', password: 'pass' }],
    ['redis://me:p%40s%2Fs%3A%25@redis.example', { ...usual, user: 'me', password: 'p@s/s:%' }],
    ['redis://me:p:ss@redis.example', { ...usual, user: 'me', password: 'p:ss' }],
    [
      'redis://s1,s2:26380?sentinel=mymaster&sentinelPassword=p%26w',
      {
        ...usual,
        topology: 'sentinel',
        nodes: [
          { host: 's1', port: 26_379 },
          { host: 's2', port: 26_380 },
        ],
        masterName: 'mymaster',
        sentinelPassword: 'p&w',
      },
    ],
    ['redis://redis.example?cluster', cluster],
    ['redis://redis.example/0?cluster', cluster],
    ['redis://redis.example?cluster=true', cluster],
    ['redis://redis.example?prefix=news-2.a_b', { ...usual, prefix: 'news-2.a_b' }],
    ['redis://redis.example?lease=500ms', { ...usual, leaseMs: 500 }],
    ['redis://redis.example?lease=10m&durability=none', { ...usual, leaseMs: 600_000, durability: 'none' }],
  ])('%s', (url, meaning) => {
    expect(plain(storeOf(url))).toEqual(meaning);
  });

  test('may come from a variable, or whole from a file', () => {
    const env = { PASSWORD: 'a%2Fb' };
    expect(plain(storeOf(`redis://:${'$'}{PASSWORD}@redis.example`, { env }))).toEqual({
      ...usual,
      password: 'a/b',
    });
    const readSecretFile = () => ({ text: 'redis://:a%2Fb@redis.example', isWorldReadable: false });
    expect(plain(storeOf('file:/run/secrets/store', { readSecretFile }))).toEqual({
      ...usual,
      password: 'a/b',
    });
  });

  test('shows no password, however it is printed', () => {
    const store = storeOf('redis://me:s3cr3t@s1?sentinel=m&sentinelPassword=s3cr3t');
    expect(JSON.stringify(store)).not.toContain('s3cr3t');
  });

  test.each([
    ['redis://me:s3cr3t@redis.example:7000/3', 'redis://redis.example:7000/3'],
    ['rediss://:s3cr3t@[::1]?prefix=a', 'rediss://[::1]:6379'],
    ['redis://a,b?cluster', 'redis://a:6379,b:6379'],
  ])('%s is known to people as %s', (url, name) => {
    expect(storeName(storeOf(url))).toBe(name);
  });
});

describe('certificates after ca=', () => {
  test('are read, from the folder of the file, whoever may read them', () => {
    const paths: string[] = [];
    const readSecretFile = (path: string) => {
      paths.push(path);
      return { text: certificate, isWorldReadable: true };
    };
    const { store, warnings } = read(`${oneFeed}store: rediss://redis.example?ca=certs/ca.pem`, {
      file: '/srv/feedhook/feeds.yaml',
      readSecretFile,
    });
    expect(store).toEqual({ ...usual, tls: { ca: certificate } });
    expect(paths).toEqual(['/srv/feedhook/certs/ca.pem']);
    expect(warnings).toEqual([]);
  });

  test('that are none, or cannot be read, are a fault', () => {
    const text = `${oneFeed}store: rediss://redis.example?ca=ca.pem`;
    const garbage = () => ({ text: 'no PEM', isWorldReadable: false });
    expect(faultsOf(text, { readSecretFile: garbage })).toEqual([
      '2:8 store: the file after ca= holds no certificates in PEM form (found set)',
    ]);
    const missing = () => {
      throw Object.assign(new Error('no'), { code: 'ENOENT' });
    };
    expect(faultsOf(text, { readSecretFile: missing })).toEqual([
      '2:8 store: the file after ca= cannot be read: it does not exist (found set)',
    ]);
  });
});

describe('a store URL that is refused', () => {
  test.each([
    ['redis://', 'expected host, host:port'],
    ['redis://redis.example:0', 'expected host, host:port'],
    ['redis://redis.example:70000', 'expected host, host:port'],
    ['redis://a,,b?cluster', 'expected host, host:port'],
    ['redis://[zz]', 'expected host, host:port'],
    ['redis://::1', 'expected host, host:port'],
    ['redis://me@redis.example', 'a user without a password'],
    ['redis://me:s3cr3t/x@redis.example', 'in a password write %2F for /'],
    ['redis://me:s3cr3t%zz@redis.example', 'write %25 for a percent sign'],
    ['redis://me:s3cr#3t@redis.example', 'expected redis://[[user]:password@]host'],
    ['redis://me:s3cr3t?x@redis.example', '%3F for ?'],
    ['redis://a,,b?cluster&sentinelPassword=s3cr3t', 'expected host, host:port'],
    ['redis://redis.example/zero', 'expected the number of a database'],
    ['redis://redis.example/1?cluster', 'a cluster has database 0 alone'],
    ['redis://redis.example?cluster=no', 'cluster takes no value'],
    ['redis://redis.example?cluster&sentinel=m', 'exclude each other'],
    ['redis://a,b', 'several hosts: add sentinel=NAME'],
    ['redis://a?sentinel=', 'sentinel= names no master'],
    ['redis://a?sentinelPassword=s3cr3t', 'has no effect without sentinel=NAME'],
    ['redis://a?ca=x.pem', 'write rediss://'],
    ['redis://a?prefx=x', 'did you mean prefix?'],
    ['redis://a?s3cr3t=x', 'known are sentinel, '],
    ['redis://a?prefix=a&prefix=b', 'stands there twice'],
    ['redis://a?prefix=a{b}', 'prefix: expected 1 to 64 letters'],
    ['redis://a?prefix=', 'prefix: expected 1 to 64 letters'],
    ['redis://a?lease=499ms', 'lease: expected 500ms to 10m'],
    ['redis://a?lease=30', 'lease: expected a span of time'],
    ['redis://a?durability=some', 'durability: expected none'],
    ['postgres://a', 'expected sqlite:./path/to/file.db or redis://host:6379'],
  ])('%s', (url, message) => {
    const faults = faultsOf(`${oneFeed}store: "${url}"`);
    expect(faults).toContainEqual(expect.stringContaining(message));
    expect(faults.join()).not.toContain('s3cr');
  });
});
