// The demo's receiver must refuse what is not rightly signed, and fail exactly when it is told to.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { request } from 'undici';
import { systemClock } from '../../../src/clock.ts';
import { Receiver } from '../../../src/commands/demo/receiver.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = '{"id":"evt_1","type":"entry.new","data":{"feed":{"id":"f"},"entry":{"id":"e","title":"é"}}}';
let receiver: Receiver;

beforeEach(async () => {
  receiver = await Receiver.start({ clock: systemClock, secret });
});
afterEach(() => receiver.close());

interface Sent {
  readonly id?: string;
  readonly ageSeconds?: number;
  readonly signedBody?: string;
  readonly key?: string;
}

async function send({ id = 'evt_1', ageSeconds = 0, signedBody = body, key = secret }: Sent = {}) {
  const at = new Date(systemClock.now() - ageSeconds * 1000);
  const answer = await request(receiver.url, {
    method: 'POST',
    body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(key).sign(id, at, signedBody),
    },
  });
  await answer.body.dump();
  return answer.statusCode;
}

describe('verification by the reference library', () => {
  test.each([
    { name: 'a right signature', sent: {}, isVerified: true },
    { name: 'another secret', sent: { key: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' }, isVerified: false },
    { name: 'other bytes', sent: { signedBody: body.replace('é', 'e') }, isVerified: false },
    { name: 'six minutes old', sent: { ageSeconds: 360 }, isVerified: false },
  ])('$name -> verified: $isVerified', async ({ sent, isVerified }) => {
    await send(sent);
    expect(receiver.arrivals.map(({ refusal }) => refusal === undefined)).toEqual([isVerified]);
  });

  test('a request without signature headers is kept and refused', async () => {
    await (await request(receiver.url, { method: 'POST', body: 'no json' })).body.dump();
    const [arrival] = receiver.arrivals;
    expect(arrival?.refusal).toMatch(/header/i);
    expect(arrival?.event).toBeUndefined();
  });
});

describe('the receiver', () => {
  test('keeps id, body, hash and event of each arrival', async () => {
    await send();
    expect(receiver.arrivals).toMatchObject([
      { number: 1, webhookId: 'evt_1', path: '/hook', event: { type: 'entry.new' } },
    ]);
    expect(receiver.arrivals[0]?.body.toString()).toBe(body);
    expect(receiver.arrivals[0]?.bodyHash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('fails as told, then accepts', async () => {
    receiver.failNext(503, 500);
    expect([await send(), await send(), await send()]).toEqual([503, 500, 200]);
  });

  test('a reset is no answer at all', async () => {
    receiver.failNext('reset');
    await expect(send()).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) });
    expect(receiver.arrivals).toHaveLength(1);
  });

  test('an arrival is told before it is answered', async () => {
    const told: string[] = [];
    receiver.on('request', () => told.push('request'));
    receiver.on('arrival', ({ number }) => told.push(`arrival ${number}`));
    receiver.on('answered', ({ number }) => told.push(`answered ${number}`));
    await send();
    expect(told).toEqual(['request', 'arrival 1', 'answered 1']);
  });
});
