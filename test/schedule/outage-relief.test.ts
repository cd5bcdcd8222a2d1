// What is owed to feeds that an outage of ours was blamed on.

import { expect, test } from '@jest/globals';
import type { Agenda, ScheduledFeed } from '../../src/schedule/agenda.ts';
import { type Forgiven, OutageRelief } from '../../src/schedule/outage-relief.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('more feeds are forgiven at once than a call takes arguments', () => {
  const relief = new OutageRelief<ScheduledFeed>({
    clock: new FakeClock(),
    agenda: {} as Agenda<ScheduledFeed>,
    outage: undefined,
    isShared: false,
    states: { writeState: () => Promise.resolve() },
    readStates: () => Promise.resolve(new Map()),
    takeState: () => undefined,
  });
  const feeds: Forgiven[] = Array.from({ length: 200_000 }, (_, at) => ({
    feedId: String(at),
    before: undefined,
  }));
  expect(() => relief.forgive(feeds)).not.toThrow();
});
