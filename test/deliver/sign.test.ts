import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseSigningSecret } from '../../src/config/secret.ts';
import { sign } from '../../src/deliver/sign.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { k1, k2, k3, k3Public } from './records.ts';
import { type SignedHeaders, verifiesByPublicKey, verifyByReference } from './verifier.ts';

const keys = (...secrets: string[]) => secrets.map(parseSigningSecret);

describe('public vectors', () => {
  const testBody = '{"test": 2432232314}';
  test.each([
    {
      from: 'A: the Standard Webhooks libraries',
      secret: k1,
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1614265330,
      body: testBody,
      signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    {
      from: 'B: the Rust library',
      secret: k2,
      id: 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
      timestamp: 1649367553,
      body: '{"email":"test@example.com","username":"test_user"}',
      signature: 'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
    },
    {
      from: 'C: Svix, Ed25519',
      secret: k3,
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1614265330,
      body: testBody,
      signature:
        'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    },
  ])('$from', ({ secret, id, timestamp, body, signature }) => {
    expect(sign(keys(secret), id, timestamp, Buffer.from(body))).toBe(signature);
  });
});

const id = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';
const timestamp = 1674087231;
const plain = Buffer.from(
  '{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}',
);
const accents = Buffer.from(
  'eyJ0eXBlIjoiZW50cnkubmV3IiwiZGF0YSI6eyJ0aXRsZSI6IsW7w7PFgsSHIOKAkyDml6XmnKzoqp4g8J+agOKAqGVuZCJ9fQ==',
  'base64',
);
const empty = Buffer.alloc(0);

describe('derived vectors', () => {
  const rows = [
    {
      name: 'a plain body of 121 bytes',
      body: plain,
      bytes: 121,
      byK1: 'v1,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ=',
      byK2: 'v1,Inw/unYkpAh6Njpdz4O+hnN82xYMXQ6NjnZIQN/mzIQ=',
      byK3: 'v1a,LvaM/XV2eiveYbh3nDJB9CFU6SgUQsSFO7Nz5u3M+PUesso2vWw2zj6zoee2ijOae0RluTX9xaoEs9uSSJ/uDg==',
    },
    {
      name: 'accents, CJK, emoji and U+2028',
      body: accents,
      bytes: 73,
      byK1: 'v1,tKCeQUDQmKxzL/awwJ8RyfrkjZxghTaygShqEQbZ6NI=',
      byK2: 'v1,Eq301us9g4mRT4ZhojUuXaLQIa1OGLOZ5NuTyadQBCM=',
      byK3: 'v1a,mysbDCJc6VM70CoIjmPYdqr6hBldHPEmuui+Z6RWqayvxxR0RtMSRpTmLrG/h9sgawOhflbut4Z7iSh8a3wDCg==',
    },
    {
      name: 'an empty body',
      body: empty,
      bytes: 0,
      byK1: 'v1,A5hMMR9P/3wRdDlYQIpfU6eGBMB4KECXzx5EMRv7TBg=',
      byK2: 'v1,/UDKUDcN4YveAmdlBknfIZYcDboSj+dR2stMiun99cg=',
      byK3: 'v1a,SIPFZC70KUIDngnWvLFvJXQOh39yv1fweWm6OAdOPEDvQ6IR/O8S4QzGqNFkPLdjax0qfJfX8f/CqHheKD15Bg==',
    },
  ];

  test.each(rows)('$name', ({ body, bytes, byK1, byK2, byK3 }) => {
    expect(body).toHaveLength(bytes);
    expect(sign(keys(k1), id, timestamp, body)).toBe(byK1);
    expect(sign(keys(k2), id, timestamp, body)).toBe(byK2);
    expect(sign(keys(k3), id, timestamp, body)).toBe(byK3);
  });

  test.each(rows)(
    '$name: every key that is valid signs, separated by one space',
    ({ body, byK1, byK2, byK3 }) => {
      expect(sign(keys(k1, k2, k3), id, timestamp, body)).toBe(`${byK1} ${byK2} ${byK3}`);
    },
  );

  test.each(rows)('$name: receivers with either key verify what was signed with all', ({ body }) => {
    const headers = headersWith(sign(keys(k1, k2, k3), id, timestamp, body));
    expect(() => verifyByReference(k1, body, headers, timestamp)).not.toThrow();
    expect(() => verifyByReference(k2, body, headers, timestamp)).not.toThrow();
    expect(verifiesByPublicKey(k3Public, body, headers)).toBe(true);
  });
});

describe('what a receiver makes of it', () => {
  const good = sign(keys(k1), id, timestamp, plain);
  const goodV1a = sign(keys(k3), id, timestamp, plain);

  test.each([
    { name: 'ours alone', signature: good },
    {
      name: 'ours behind another key and before an unknown scheme',
      signature: `v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= ${good} v2,x`,
    },
  ])('it verifies: $name', ({ signature }) => {
    expect(() => verifyByReference(k1, plain, headersWith(signature), timestamp)).not.toThrow();
  });

  test('it verifies: a v1a signature behind a broken one and a bogus v1', () => {
    const headers = headersWith(`v1a,AAAA v1,bogus ${goodV1a}`);
    expect(verifiesByPublicKey(k3Public, plain, headers)).toBe(true);
  });

  test.each([
    { name: 'a scheme without a signature', signature: 'v1,' },
    { name: 'a made-up signature', signature: 'v1,dawfeoifkpqwoekfpqoekf' },
    { name: 'a truncated signature', signature: good.slice(0, -5) },
    { name: 'only a v1a signature for a v1 receiver', signature: goodV1a },
  ])('it refuses: $name', ({ signature }) => {
    expect(() => verifyByReference(k1, plain, headersWith(signature), timestamp)).toThrow();
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('it refuses: no %s', (name) => {
    const { [name]: _, ...headers } = headersWith(good);
    expect(() => verifyByReference(k1, plain, headers, timestamp)).toThrow();
  });

  test('it refuses: a timestamp that is no number', () => {
    const headers = { ...headersWith(good), 'webhook-timestamp': 'hello' };
    expect(() => verifyByReference(k1, plain, headers, timestamp)).toThrow();
  });

  test.each([
    { skew: -301, verifies: false },
    { skew: -240, verifies: true },
    { skew: 240, verifies: true },
    { skew: 301, verifies: false },
  ])('a receiver whose clock is $skew s off: verifies $verifies', ({ skew, verifies }) => {
    const check = () => verifyByReference(k1, plain, headersWith(good), timestamp + skew);
    if (verifies) expect(check).not.toThrow();
    else expect(check).toThrow();
  });

  test('one changed byte of id, timestamp or body is refused', () => {
    const headers = headersWith(good);
    const changed = Buffer.from(plain.toString().replace('contact', 'Contact'));
    expect(() => verifyByReference(k1, changed, headers, timestamp)).toThrow();
    expect(() => verifyByReference(k1, plain, { ...headers, 'webhook-id': `${id}x` }, timestamp)).toThrow();
    const later = { ...headers, 'webhook-timestamp': String(timestamp + 1) };
    expect(() => verifyByReference(k1, plain, later, timestamp)).toThrow();
  });
});

test('no key, no signature', () => {
  expect(sign([], id, timestamp, plain)).toBe('');
});

const has = (command: string, version: string) => spawnSync(command, [version]).status === 0;
const bodies = [plain, accents, empty];

const hasPython = has('python3', '--version');
(hasPython ? test : test.skip)('FAULTS G17: Python computes the same v1 signatures', () => {
  const script = `
import base64, hashlib, hmac, sys
key = base64.b64decode(sys.argv[1].removeprefix("whsec_"))
signed = sys.argv[2].encode() + sys.stdin.buffer.read()
print("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode(), end="")`;
  for (const body of bodies) {
    const args = ['-c', script, k1, `${id}.${timestamp}.`];
    expect(String(execFileSync('python3', args, { input: body }))).toBe(sign(keys(k1), id, timestamp, body));
  }
});

const hasOpenssl = has('openssl', 'version');
(hasOpenssl ? test : test.skip)(
  'FAULTS G17: openssl computes the same v1 signatures, and verifies v1a',
  async () => {
    await using folder = await temporaryFolder();
    const spki = Buffer.from(k3Public.replace('whpk_', ''), 'base64');
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), spki]);
    writeFileSync(folder.file('public.der'), der);
    const hex = Buffer.from(k1.replace('whsec_', ''), 'base64').toString('hex');
    for (const body of bodies) {
      const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
      const mac = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${hex}`, '-binary'];
      const digest = execFileSync('openssl', mac, { input: signed }).toString('base64');
      expect(`v1,${digest}`).toBe(sign(keys(k1), id, timestamp, body));
      writeFileSync(folder.file('signed'), signed);
      const signature = Buffer.from(sign(keys(k3), id, timestamp, body).slice(4), 'base64');
      writeFileSync(folder.file('signature'), signature);
      const key = ['-verify', '-pubin', '-inkey', folder.file('public.der'), '-keyform', 'DER', '-rawin'];
      const files = ['-in', folder.file('signed'), '-sigfile', folder.file('signature')];
      expect(String(execFileSync('openssl', ['pkeyutl', ...key, ...files]))).toContain('Success');
    }
  },
);

function headersWith(signature: string): SignedHeaders {
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
}
