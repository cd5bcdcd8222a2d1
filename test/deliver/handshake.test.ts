import { describe, expect, test } from '@jest/globals';
import { consentIn, Handshake } from '../../src/deliver/handshake.ts';
import type { Answered, OutRequest, Unanswered } from '../../src/deliver/send.ts';
import { FakeClock } from '../support/fake-clock.ts';

const never = new AbortController().signal;
const options: OutRequest = { method: 'OPTIONS', path: '/hook', headers: [], body: Buffer.alloc(0) };
const event: OutRequest = { method: 'POST', path: '/hook', headers: [], body: Buffer.from('{}') };

const answered = (status: number, headers: Record<string, string> = {}): Answered => ({
  kind: 'answered',
  status,
  headers,
  text: '',
  phases: {},
});
const consent = (rate?: string) =>
  answered(200, {
    'webhook-allowed-origin': '*',
    ...(rate !== undefined && { 'webhook-allowed-rate': rate }),
  });

function world(toOptions: () => Answered | Unanswered | Promise<Answered>) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const sender = {
    async send({ method }: OutRequest) {
      asked.push(method);
      return method === 'OPTIONS' ? toOptions() : answered(204);
    },
  };
  const handshake = new Handshake({ sender, clock, request: options });
  return { clock, asked, send: () => handshake.send(event, never) };
}

describe('CloudEvents webhooks §4.2: consent', () => {
  test.each([
    ['for all', { 'webhook-allowed-origin': '*' }, {}],
    ['for us, in any case', { 'webhook-allowed-origin': 'Feedhook' }, {}],
    ['with a rate', { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '120' }, { perMinute: 120 }],
    ['with any rate', { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' }, {}],
    ['with a rate that is none', { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': 'fast' }, {}],
    [
      'with a rate of nothing, which the specification does not know',
      { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '0' },
      {},
    ],
    ['for another', { 'webhook-allowed-origin': 'other.example' }, undefined],
    ['for nobody', {}, undefined],
    ['for an empty name', { 'webhook-allowed-origin': '' }, undefined],
  ])('%s', (_, headers, expected) => {
    expect(consentIn({ headers: headers as Record<string, string> })).toEqual(expected);
  });
});

describe('before the first event', () => {
  test('consent is asked for once', async () => {
    const { asked, send } = world(() => consent());
    expect(await send()).toEqual(answered(204));
    await send();
    expect(asked).toEqual(['OPTIONS', 'POST', 'POST']);
  });

  test('attempts that begin together ask once', async () => {
    const { asked, send } = world(() => consent());
    await Promise.all([send(), send(), send()]);
    expect(asked).toEqual(['OPTIONS', 'POST', 'POST', 'POST']);
  });

  test.each([200, 204, 405, 501])(
    'a %d with the header is consent: the status says nothing',
    async (status) => {
      const { send } = world(() => answered(status, { 'webhook-allowed-origin': '*' }));
      expect(await send()).toMatchObject({ status: 204 });
    },
  );

  test.each([200, 204, 301, 401, 404, 405])(
    'a %d without it is a refusal, and nothing is sent',
    async (status) => {
      const { asked, send } = world(() => answered(status));
      expect(await send()).toEqual({
        kind: 'unanswered',
        code: 'handshake-refused',
        message: `the receiver answered ${status} to OPTIONS, without WebHook-Allowed-Origin: feedhook`,
        phases: {},
      });
      expect(asked).toEqual(['OPTIONS']);
    },
  );

  test.each([408, 410, 429, 500, 503])('a %d without it is what it is for any request', async (status) => {
    const { asked, send } = world(() => answered(status, { 'retry-after': '9' }));
    expect(await send()).toEqual(answered(status, { 'retry-after': '9' }));
    expect(asked).toEqual(['OPTIONS']);
  });

  test('no answer is passed on', async () => {
    const silence: Unanswered = { kind: 'unanswered', code: 'timeout', message: 'late', phases: {} };
    expect(await world(() => silence).send()).toBe(silence);
  });

  test('after a refusal the next attempt asks again', async () => {
    const answers = [answered(403), consent()];
    const { asked, send } = world(() => answers.shift() ?? answered(500));
    expect(await send()).toMatchObject({ code: 'handshake-refused' });
    expect(await send()).toMatchObject({ status: 204 });
    expect(asked).toEqual(['OPTIONS', 'OPTIONS', 'POST']);
  });
});

describe('WebHook-Allowed-Rate', () => {
  test('is counted down within a minute, and anew in the next', async () => {
    const { clock, send } = world(() => consent('2'));
    expect(await send()).toMatchObject({ allowance: { remaining: 1, resetMs: 60_000 } });
    await clock.advance(20_000);
    expect(await send()).toMatchObject({ allowance: { remaining: 0, resetMs: 40_000 } });
    expect(await send()).toMatchObject({ allowance: { remaining: 0, resetMs: 40_000 } });
    await clock.advance(40_000);
    expect(await send()).toMatchObject({ allowance: { remaining: 1, resetMs: 60_000 } });
  });
});
