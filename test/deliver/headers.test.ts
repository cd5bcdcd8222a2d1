import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../src/config/secret.ts';
import { type AttemptHeaders, attemptHeaders, authorizationOf } from '../../src/deliver/headers.ts';
import { deliveryOf, storedEvent } from './records.ts';

const event = storedEvent();

function headersOf(over: Partial<AttemptHeaders> = {}): [string, string][] {
  const flat = attemptHeaders({
    events: [event],
    delivery: deliveryOf(event),
    requestId: event.id,
    isChat: false,
    timestampSeconds: 1_795_165_200,
    signature: 'v1,c2ln',
    lookAlikes: [],
    contentType: 'application/json; charset=utf-8',
    ofFormat: {},
    userAgent: 'feedhook/0.1.0',
    custom: {},
    ...over,
  });
  return Array.from({ length: flat.length / 2 }, (_, n) => [flat[2 * n] ?? '', flat[2 * n + 1] ?? '']);
}

const namesIn = (headers: [string, string][]) => headers.map(([name]) => name);

test('an attempt carries the signed headers, the content type, the user agent and our hints', () => {
  expect(Object.fromEntries(headersOf())).toEqual({
    'webhook-id': event.id,
    'webhook-timestamp': '1795165200',
    'webhook-signature': 'v1,c2ln',
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'feedhook/0.1.0',
    'feedhook-event': 'entry.new',
    'feedhook-feed': 'example-security',
    'feedhook-attempt': '1',
    'feedhook-sequence': '7',
  });
});

test('the attempt counts from 1 and a replay says so', () => {
  const headers = Object.fromEntries(
    headersOf({ delivery: deliveryOf(event, { attempts: 3, isReplay: true }) }),
  );
  expect(headers).toMatchObject({ 'feedhook-attempt': '4', 'feedhook-replay': 'true' });
});

test('an endpoint without a signing secret gets no signature header', () => {
  expect(namesIn(headersOf({ signature: '' }))).not.toContain('webhook-signature');
});

test('an event that is about no feed names none', () => {
  const alert = storedEvent({ type: 'endpoint.disabled', feedId: '' });
  const headers = headersOf({ events: [alert] });
  expect(namesIn(headers)).not.toContain('feedhook-feed');
  expect(headers).toContainEqual(['feedhook-event', 'endpoint.disabled']);
});

test('a batch has an id of its own, says how many it holds, and its first event speaks for all', () => {
  const second = storedEvent({ id: 'evt_second', type: 'entry.updated' });
  const headers = Object.fromEntries(headersOf({ events: [event, second], requestId: 'bat_abc' }));
  expect(headers).toMatchObject({
    'webhook-id': 'bat_abc',
    'feedhook-event': 'entry.new',
    'feedhook-sequence': '7',
    'feedhook-batch': '2',
  });
});

test('a chat gets neither signature nor hints: only what it needs, the format, and what is configured', () => {
  const headers = headersOf({
    isChat: true,
    ofFormat: { 'x-of-format': '1' },
    authorization: 'Bearer token',
    lookAlikes: [['x-hub-signature', 'sha256=00']],
    custom: { 'X-Mine': '2' },
  });
  expect(namesIn(headers).sort()).toEqual([
    'X-Mine',
    'authorization',
    'content-type',
    'user-agent',
    'x-of-format',
  ]);
});

test('look-alike signatures stand beside the signature', () => {
  const headers = headersOf({ lookAlikes: [['x-hub-signature-256', 'sha256=00']] });
  expect(headers).toContainEqual(['x-hub-signature-256', 'sha256=00']);
});

test('after a handshake each request names its origin', () => {
  expect(headersOf({ requestOrigin: 'feedhook' })).toContainEqual(['webhook-request-origin', 'feedhook']);
});

describe('custom headers', () => {
  test('they keep their case', () => {
    expect(headersOf({ custom: { 'X-Api-Key': 'abc' } })).toContainEqual(['X-Api-Key', 'abc']);
  });

  test.each([
    'webhook-id',
    'Webhook-Timestamp',
    'WEBHOOK-SIGNATURE',
    'webhook-request-origin',
    'Content-Type',
    'content-length',
    'Host',
    'Connection',
    'Transfer-Encoding',
    'feedhook-replay',
  ])('%s cannot be replaced', (name) => {
    expect(headersOf({ custom: { [name]: 'mine' } })).toEqual(headersOf());
    expect(headersOf({ isChat: true, custom: { [name]: 'mine' } })).toEqual(headersOf({ isChat: true }));
  });

  test.each([
    ['the credentials', 'Authorization', { authorization: 'Bearer token' }],
    ['a header of the format', 'Link', { ofFormat: { link: '<https://example.org/feed>; rel="self"' } }],
    [
      'a look-alike signature',
      'X-Hub-Signature',
      { lookAlikes: [['x-hub-signature', 'sha256=00']] as const },
    ],
  ])('%s cannot be replaced either', (_, name, over) => {
    expect(headersOf({ ...over, custom: { [name]: 'mine' } })).toEqual(headersOf(over));
  });

  test('the user agent can, and is sent once', () => {
    const named = headersOf({ custom: { 'User-Agent': 'mine' } }).filter(([name]) =>
      /^user-agent$/i.test(name),
    );
    expect(named).toEqual([['User-Agent', 'mine']]);
  });
});

describe('authorization', () => {
  test('RFC 7617 §2.1: the example in UTF-8', () => {
    const auth = { kind: 'basic', user: 'test', password: new Secret('123£') } as const;
    expect(authorizationOf(auth)).toBe('Basic dGVzdDoxMjPCow==');
  });

  test('RFC 6750 §2.1: a bearer token', () => {
    const auth = { kind: 'bearer', token: new Secret('mF_9.B5f-4.1JqM') } as const;
    expect(authorizationOf(auth)).toBe('Bearer mF_9.B5f-4.1JqM');
  });
});
