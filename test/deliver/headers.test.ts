import { describe, expect, test } from '@jest/globals';
import { type AttemptHeaders, attemptHeaders } from '../../src/deliver/headers.ts';
import { deliveryOf, storedEvent } from './records.ts';

const event = storedEvent();

function headersOf(over: Partial<AttemptHeaders> = {}): [string, string][] {
  const flat = attemptHeaders({
    event,
    delivery: deliveryOf(event),
    timestampSeconds: 1_795_165_200,
    signature: 'v1,c2ln',
    contentType: 'application/json; charset=utf-8',
    userAgent: 'feedhook/0.1.0',
    custom: {},
    ...over,
  });
  return Array.from({ length: flat.length / 2 }, (_, n) => [flat[2 * n] ?? '', flat[2 * n + 1] ?? '']);
}

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
  expect(headersOf({ signature: '' }).map(([name]) => name)).not.toContain('webhook-signature');
});

describe('custom headers', () => {
  test('they keep their case', () => {
    expect(headersOf({ custom: { 'X-Api-Key': 'abc' } })).toContainEqual(['X-Api-Key', 'abc']);
  });

  test.each([
    'webhook-id',
    'Webhook-Timestamp',
    'WEBHOOK-SIGNATURE',
    'Content-Type',
    'content-length',
    'Host',
    'Connection',
    'Transfer-Encoding',
    'feedhook-replay',
  ])('%s cannot be replaced', (name) => {
    expect(headersOf({ custom: { [name]: 'mine' } })).toEqual(headersOf());
  });

  test('the user agent can, and is sent once', () => {
    const named = headersOf({ custom: { 'User-Agent': 'mine' } }).filter(([name]) =>
      /^user-agent$/i.test(name),
    );
    expect(named).toEqual([['User-Agent', 'mine']]);
  });
});
