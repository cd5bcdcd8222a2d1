// WEBHOOKS.md §9: the stages that `feedhook why FEED [ENTRY]` has to name, each against what it says. What decides is told
// by delivery-stage.test.ts and why-entry.test.ts; here no stage may be missing, or unknown to docs/commands.md.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { deliveryStages } from '../../src/commands/delivery-stage.ts';
import { endpointViews } from '../../src/commands/endpoint-views.ts';
import { entryReport } from '../../src/commands/entry-report.ts';
import type { EntryTrace, EventTrace } from '../../src/commands/entry-trace.ts';
import { routingOf } from '../../src/commands/routes.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';
import type { KnownEntry } from '../../src/model/entry.ts';
import { memoryOf } from '../conformance/records.ts';
import { deliveryOf, endpoint, storedEvent } from '../deliver/records.ts';

const now = Date.parse('2026-11-20T09:00:00Z');
const second = now / 1000;
const event = storedEvent({ type: 'entry.new' });
const key = { source: 'guid', value: 'guid:1' } as const;
const base: KnownEntry = { fingerprint: 'a', revision: 1, firstSeen: second - 60, lastSeen: second };

interface Case {
  /** What became of its event; absent: nobody was owed it. */
  readonly delivery?: Partial<Delivery>;
  readonly condition?: EndpointCondition;
  readonly labels?: readonly string[];
  readonly events?: 'none' | 'unwanted';
  readonly known?: Partial<KnownEntry>;
}

function reportOf({ delivery, condition = {}, labels, events, known = {} }: Case) {
  const own = endpoint('https://my-app.example', {
    events: [events === 'unwanted' ? 'entry.updated' : 'entry.new'],
    ...(labels && { labels }),
  });
  const config = { endpoints: [own] };
  const health = {
    endpointId: own.id,
    condition,
    ...{ pending: 1, withheld: 0, done: 0, dead: 0, skipped: 0 },
  };
  const deliveries = delivery
    ? [{ delivery: deliveryOf(event, { addedAt: now, dueAt: now, ...delivery }) }]
    : [];
  const told: EventTrace[] = events === 'none' ? [] : [{ event, deliveries }];
  const trace: EntryTrace = { key, label: { id: '1' }, known: { ...base, ...known }, events: told };
  const feed = { id: event.feedId, labels: [] };
  return entryReport(trace, {
    ...{ feedId: feed.id, initial: 'none', retentionMs: 86_400_000, now },
    memory: memoryOf(feed.id, { baseline: { at: second - 3_600, entries: 1 } }),
    routing: routingOf(feed, config),
    views: endpointViews(config, [health], now),
  });
}

const circuit = { since: now, code: 'http-503', waitMs: 30_000, probeAt: now + 30_000 } as const;
const flap = { runs: 3, until: second + 60 };

describe('the stages that were promised', () => {
  test.each<[promised: string, stage: string, Case]>([
    ['delivered', 'delivered', { delivery: { state: 'done' } }],
    ['baseline', 'baseline', { events: 'none', known: { firstSeen: second - 3_600 } }],
    // An entry that was recognised as a known one: without an event, and where it lives on under another id.
    ['duplicate', 'silent', { events: 'none' }],
    ['duplicate', 'renamed', { events: 'none', known: { isFormer: true } }],
    ['filtered', 'filtered', { delivery: { state: 'skipped', reason: 'filtered' } }],
    ['not-subscribed', 'not-subscribed', { events: 'unwanted' }],
    ['not-subscribed', 'not-routed', { labels: ['news'] }],
    ['rate-limited', 'rate-limited', { delivery: {}, condition: { restsUntil: now + 60_000 } }],
    ['waiting', 'waiting', { delivery: { attempts: 1, dueAt: now + 60_000 } }],
    ['circuit-open', 'circuit-open', { delivery: {}, condition: { circuit } }],
    ['disabled', 'disabled', { delivery: {}, condition: { disabled: { since: now, reason: 'http-410' } } }],
    ['withheld', 'withheld', { delivery: { state: 'withheld' } }],
  ])('%s is told as %s', (_promised, stage, given) => {
    const report = reportOf(given);
    expect(report.stage).toBe(stage);
    expect(report.because).not.toBe('');
    expect(documented).toContain(stage);
  });

  test('update-suppressed is told beside the stage: which field, and that there were too many', () => {
    expect(reportOf({ events: 'none', known: { flaps: { title: flap }, revision: 25 } })).toMatchObject({
      damped: { title: flap.until * 1000 },
      hasManyUpdates: true,
    });
  });

  // `unchanged` and `feed-error` are about the feed: why.test.ts (last poll), and why-entry.test.ts (an entry that was never seen).
});

const documented = [...readFileSync('docs/commands.md', 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm)].map(
  ([, name]) => name,
);

test('docs/commands.md has every stage of a delivery, the gravest first', () => {
  const inDocs = documented.filter((name) => deliveryStages.some((stage) => stage === name));
  expect(inDocs.slice(0, deliveryStages.length)).toEqual([...deliveryStages]);
});
