// The ledger is the judge of the crash test, so each of its rules is shown one case that breaks it.

import { describe, expect, test } from '@jest/globals';
import type { Arrival, Reply } from '../../src/commands/demo/receiver.ts';
import { Ledger, type Rule } from './ledger.ts';

const startedAt = 1_000_000;
const setup = { endpointIds: ['a', 'b'], orderedIds: ['b'], concurrency: 2, intervalMs: 200, startedAt };

function ledgerWith(...entries: number[]): Ledger {
  const ledger = new Ledger(setup);
  for (const each of entries) ledger.notePublished({ feedId: 'f', entryId: `e${each}`, version: each });
  return ledger;
}

interface Sent {
  readonly entry?: number;
  readonly id?: string;
  readonly ownId?: string;
  readonly body?: string;
  readonly answer?: Reply['answer'];
  readonly refusal?: string;
}

function arrival({
  entry = 1,
  id = `evt_${entry}`,
  ownId = id,
  body = 'x',
  answer = 200,
  refusal,
}: Sent): Arrival {
  return {
    number: 1,
    at: startedAt,
    path: '/hook',
    headers: {},
    webhookId: id,
    body: Buffer.from(body),
    bodyHash: body,
    event: { id: ownId, type: 'entry.new', data: { feed: { id: 'f' }, entry: { id: `e${entry}` } } },
    reply: { answer },
    ...(refusal !== undefined && { refusal }),
  };
}

/** Several in a request, as a JSON Feed. */
function listed(entries: readonly number[]): Arrival {
  const id = entries.length > 1 ? `bat_${entries.join('')}` : `evt_${entries[0]}`;
  const items = entries.map((entry) => ({
    id: `e${entry}`,
    _feedhook: { event: { id: `evt_${entry}`, type: 'entry.new' } },
  }));
  return { ...arrival({ id, body: id }), event: { items, _feedhook: { id: 'f' } } };
}

/** Arrives and is answered. */
function deliver(ledger: Ledger, endpointId: string, sent: Sent): void {
  ledger.noteArrival(endpointId, arrival(sent));
  if (sent.answer !== 'reset') ledger.noteAnswered(endpointId, arrival(sent));
}

function asked(over: { at?: number; isConditional?: boolean; knownVersion?: number } = {}) {
  return { feedId: 'f', at: startedAt, isConditional: true, ...over };
}

describe('the ledger', () => {
  test.each<{ name: string; rules: Rule[]; run: (ledger: Ledger) => void }>([
    {
      name: 'accepted once at each endpoint: nothing to say',
      rules: [],
      run: (ledger) => {
        deliver(ledger, 'a', {});
        deliver(ledger, 'b', {});
      },
    },
    {
      name: 'failed, then accepted: nothing to say',
      rules: [],
      run: (ledger) => {
        deliver(ledger, 'a', { answer: 500 });
        deliver(ledger, 'a', { answer: 'reset' });
        deliver(ledger, 'a', {});
        deliver(ledger, 'b', {});
      },
    },
    {
      name: 'arrived, but its sender died before the answer: L1',
      rules: ['L1'],
      run: (ledger) => {
        ledger.noteArrival('a', arrival({}));
        deliver(ledger, 'b', {});
      },
    },
    {
      name: 'accepted at one of two endpoints: L1',
      rules: ['L1'],
      run: (ledger) => deliver(ledger, 'a', {}),
    },
    {
      name: 'missing, and validators that vouch for it were sent: L1 and L6',
      rules: ['L1', 'L6'],
      run: (ledger) => ledger.noteRequest(asked({ knownVersion: 1 })),
    },
    {
      name: 'an entry that was never published as news: L0',
      rules: ['L0', 'L1'],
      run: (ledger) => deliver(ledger, 'a', { entry: 99 }),
    },
    {
      name: 'one entry under two ids: L2',
      rules: ['L2'],
      run: (ledger) => {
        deliver(ledger, 'a', {});
        deliver(ledger, 'b', { id: 'evt_other' });
      },
    },
    {
      name: 'an id in the header that is not the one in the body: L2',
      rules: ['L2'],
      run: (ledger) => {
        deliver(ledger, 'a', { ownId: 'evt_other' });
        deliver(ledger, 'b', {});
      },
    },
    {
      name: 'two bodies under one id at one endpoint: L3',
      rules: ['L3'],
      run: (ledger) => {
        deliver(ledger, 'a', { answer: 500 });
        deliver(ledger, 'a', { body: 'y' });
        deliver(ledger, 'b', {});
      },
    },
    {
      name: 'a signature that does not verify is no acceptance: L4 and L1',
      rules: ['L4', 'L1'],
      run: (ledger) => {
        deliver(ledger, 'a', { refusal: 'no' });
        deliver(ledger, 'b', {});
      },
    },
    {
      name: 'accepted twice without any kill: L5',
      rules: ['L5'],
      run: (ledger) => {
        for (const endpoint of ['a', 'a', 'b']) deliver(ledger, endpoint, {});
      },
    },
    {
      name: 'accepted twice within what one kill allows: nothing to say',
      rules: [],
      run: (ledger) => {
        ledger.kills = 1;
        for (const endpoint of ['a', 'a', 'b', 'b', 'b', 'b']) deliver(ledger, endpoint, {});
      },
    },
    {
      name: 'more requests than the interval allows: L6',
      rules: ['L6'],
      run: (ledger) => {
        for (const endpoint of ['a', 'b']) deliver(ledger, endpoint, {});
        for (let request = 0; request < 7; request++) ledger.noteRequest(asked());
      },
    },
    {
      name: 'a second request without validators: L6',
      rules: ['L6'],
      run: (ledger) => {
        for (const endpoint of ['a', 'b']) deliver(ledger, endpoint, {});
        for (let request = 0; request < 2; request++) ledger.noteRequest(asked({ isConditional: false }));
      },
    },
  ])('$name', ({ rules, run }) => {
    const ledger = ledgerWith(1);
    run(ledger);
    ledger.checkQuiet(startedAt + 1_000);
    expect(ledger.violations.map(({ rule }) => rule)).toEqual(rules);
  });

  test('one id for two entries: L2', () => {
    const ledger = ledgerWith(1, 2);
    deliver(ledger, 'a', { entry: 1, id: 'evt_same' });
    deliver(ledger, 'a', { entry: 2, id: 'evt_same' });
    expect(ledger.violations).toMatchObject([
      { rule: 'L2', text: expect.stringContaining('names two events') },
    ]);
  });

  test.each([
    { name: 'the later one first, at the endpoint in order: L9', order: [2, 1], rules: ['L9'] },
    { name: 'as they were published: nothing to say', order: [1, 2], rules: [] },
    { name: 'again the first one after the second: L5 alone', order: [1, 2, 1], rules: ['L5'] },
  ])('$name', ({ order, rules }) => {
    const ledger = ledgerWith(1, 2);
    for (const entry of [2, 1]) deliver(ledger, 'a', { entry });
    for (const entry of order) deliver(ledger, 'b', { entry });
    ledger.checkQuiet(startedAt + 1_000);
    expect(ledger.violations.map(({ rule }) => rule)).toEqual(rules);
  });

  test.each([
    {
      name: 'several in a request, repeated whole',
      requests: [
        [1, 2],
        [1, 2],
      ],
      duplicates: 1,
      rules: ['L5'],
    },
    {
      name: 'one of several alone, under an id of its own',
      requests: [[1, 2], [1]],
      duplicates: 1,
      rules: ['L2', 'L5'],
    },
    { name: 'several, the later one first', requests: [[2, 1]], duplicates: 0, rules: ['L9'] },
    { name: 'several, each once', requests: [[1, 2]], duplicates: 0, rules: [] },
  ])('$name: $rules', ({ requests, duplicates, rules }) => {
    const ledger = ledgerWith(1, 2);
    for (const entry of [1, 2]) deliver(ledger, 'a', { entry });
    for (const entries of requests) {
      ledger.noteArrival('b', listed(entries));
      ledger.noteAnswered('b', listed(entries));
    }
    ledger.checkQuiet(startedAt + 1_000);
    expect(ledger.violations.map(({ rule }) => rule)).toEqual(rules);
    expect(ledger.duplicates).toBe(duplicates);
  });

  test.each([
    { name: 'accepted while the store lost what it confirmed: may come again', isRollBack: true, rules: [] },
    { name: 'accepted before that: may not', isRollBack: false, rules: ['L5'] },
  ])('$name', ({ isRollBack, rules }) => {
    const ledger = ledgerWith(1);
    deliver(ledger, 'b', {});
    if (isRollBack) ledger.beginRollBack();
    deliver(ledger, 'a', {});
    ledger.endRollBack();
    deliver(ledger, 'a', {});
    ledger.checkQuiet(startedAt + 1_000);
    expect(ledger.violations.map(({ rule }) => rule)).toEqual(rules);
  });

  test('found again after a roll-back, it may tell another time; once all is quiet, no more', () => {
    const ledger = ledgerWith(1);
    ledger.beginRollBack();
    for (const body of ['x', 'y']) deliver(ledger, 'b', { answer: 500, body });
    ledger.endRollBack();
    for (const endpoint of ['a', 'b']) deliver(ledger, endpoint, { body: 'y' });
    ledger.checkQuiet(startedAt + 1_000);
    expect(ledger.violations).toEqual([]);
    for (const body of ['y', 'z']) deliver(ledger, 'b', { answer: 500, body });
    expect(ledger.violations.map(({ rule }) => rule)).toEqual(['L3']);
  });

  test('a loss is reported once, and what follows is judged anew', () => {
    const ledger = ledgerWith(1);
    ledger.checkQuiet(startedAt);
    expect([ledger.missing, ledger.isSettled]).toEqual([1, true]);
    ledger.checkQuiet(startedAt);
    expect(ledger.violations).toHaveLength(1);
  });

  test('a feed that nobody asks for any more is named', () => {
    const ledger = ledgerWith();
    ledger.noteRequest(asked({ at: startedAt }));
    expect(ledger.neglectedSince(startedAt + 1)).toEqual(['f']);
    expect(ledger.neglectedSince(startedAt)).toEqual([]);
  });
});
