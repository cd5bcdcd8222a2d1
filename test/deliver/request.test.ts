import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from '../../src/config/secret.ts';
import { pathOf, requestMaker } from '../../src/deliver/request.ts';
import { targetSecrets } from '../../src/deliver/target-secrets.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { deliveryOf, endpoint, k1, k2, k3, k3Public, storedEvent } from './records.ts';
import { type SignedHeaders, verifiesByPublicKey, verifyByReference } from './verifier.ts';

const clock = new FakeClock();
const tools = { clock, userAgent: 'feedhook/test' };
const unixNow = () => Math.floor(clock.now() / 1_000);

function headersIn(flat: readonly string[]): SignedHeaders {
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 ? [] : [[name, flat[at + 1] ?? '']])));
}

describe('the path', () => {
  test.each([
    ['https://a.example/hook?token=x', undefined, '/hook?token=x'],
    ['https://a.example', undefined, '/'],
    ['https://a.example/', '/message', '/message'],
    ['https://a.example?token=x', '/message', '/message?token=x'],
    ['https://a.example/base/', '/message', '/base/message'],
    ['https://a.example/base', '/message', '/base/message'],
    ['https://a.example/hook/#fragment', undefined, '/hook/'],
  ])('of %s and %s is %s', (url, appended, path) => {
    expect(pathOf(url, appended)).toBe(path);
  });
});

test('FAULTS G19: whatever the text, the bytes signed are the bytes to be sent, in every scheme', () => {
  const secrets = [k1, k2, k3].map((key) => new Secret(key));
  const make = requestMaker(endpoint('https://a.example/hook', { secrets }), tools);
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('\ud800 lone surrogate', '\u2028\u2029', '</script>', '🚀'.repeat(15_000), '', '\u0000'),
  );
  fc.assert(
    fc.property(text, (title) => {
      const id = 'evt_ddlojucljyocbycxwkbxztcgdz';
      const event = storedEvent({ id, body: JSON.stringify({ id, data: { entry: { title } } }) });
      const { body, headers: flat } = make([event], [deliveryOf(event)], {});
      const headers = headersIn(flat);
      expect(() => verifyByReference(k1, body, headers, unixNow())).not.toThrow();
      expect(() => verifyByReference(k2, body, headers, unixNow())).not.toThrow();
      expect(verifiesByPublicKey(k3Public, body, headers)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('a look-alike signature is made over the same bytes', () => {
  const lookAlikes = [{ scheme: 'github' as const, secret: new Secret('s3cr3t') }];
  const event = storedEvent();
  const make = requestMaker(endpoint('https://a.example', { lookAlikes }), tools);
  const { headers } = make([event], [deliveryOf(event)], {});
  expect(headersIn(headers)['x-hub-signature-256']).toMatch(/^sha256=[0-9a-f]{64}$/);
});

test('a chat is neither signed nor told which feed it is', () => {
  const over = { format: 'slack' as const, headers: { 'X-Mine': '1' } };
  const make = requestMaker(endpoint('https://a.example/services/T0', over), tools);
  const event = storedEvent({ body: pingBody() });
  const { headers } = make([event], [deliveryOf(event)], {});
  const names = Object.keys(headersIn(headers));
  expect(names.filter((name) => /^(?:webhook|feedhook)-/.test(name))).toEqual([]);
  expect(names).toContain('X-Mine');
  expect(headers.join()).not.toContain(event.feedId);
});

test('a chat that has moved is written to where it is now', () => {
  const over = { format: 'telegram' as const, to: '-100' };
  const make = requestMaker(endpoint('https://api.telegram.org/bot1:x', over), tools);
  const event = storedEvent({ body: pingBody() });
  const chatIn = (condition: { movedTo?: string }) =>
    JSON.parse(make([event], [deliveryOf(event)], condition).body.toString()).chat_id;
  expect(chatIn({})).toBe('-100');
  expect(chatIn({ movedTo: '-200' })).toBe('-200');
});

test('a header that no byte can say is our fault, named without its value', () => {
  const make = requestMaker(endpoint('https://a.example', { headers: { 'X-Mine': 'ż' } }), tools);
  const event = storedEvent();
  expect(() => make([event], [deliveryOf(event)], {})).toThrow(
    `header X-Mine of event ${event.id} cannot be sent`,
  );
});

describe('what an answer may repeat, and nobody may see', () => {
  const secrets = targetSecrets(
    endpoint('https://hooks.example/services/T0123456/B0123456/tokentokenA?key=querysecret', {
      headers: { 'X-Api-Key': 'headersecret' },
      auth: { kind: 'basic', user: 'me', password: new Secret('passwordsecret') },
      to: 'ntfy-topic',
    }),
  );
  const masked = (text: string) => text.replace(secrets, '***');

  test.each([
    'Cannot POST /services/T0123456/B0123456/tokentokenA?key=querysecret',
    'no team T0123456',
    'wrong token tokentokenA',
    'key=querysecret',
    'key=query%73ecret',
    'x-api-key: headersecret',
    'Basic bWU6cGFzc3dvcmRzZWNyZXQ=',
    'password passwordsecret',
    'topic ntfy-topic',
  ])('%s', (text) => {
    expect(masked(text)).not.toMatch(/T0123456|tokentokenA|querysecret|headersecret|secret|bWU6|ntfy-topic/i);
  });

  test('what is a word stays', () => {
    expect(masked('services are down, try again')).toBe('services are down, try again');
  });
});

function pingBody(): string {
  const id = 'evt_ddlojucljyocbycxwkbxztcgdz';
  const data = { message: 'hello' };
  return JSON.stringify({ id, type: 'test.ping', timestamp: '2026-11-20T09:00:00Z', data });
}
