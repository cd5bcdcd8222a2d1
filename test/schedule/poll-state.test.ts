import { describe, expect, test } from '@jest/globals';
import type { FeedState } from '../../src/model/feed.ts';
import type { FetchedFeed, PollSummary, PollTerms } from '../../src/model/poll.ts';
import { endState, isOfOtherUrl, noteRequest, stateAtUrl, termsOf } from '../../src/schedule/poll-state.ts';
import { troubleAfter } from '../../src/schedule/trouble.ts';

const now = Date.parse('2026-11-20T09:00:00Z');
const later = { at: now + 3_600_000, reason: 'interval' } as const;
const figures = {
  exchanges: [],
  requests: 1,
  conditional: true,
  wireBytes: 700,
  decodedBytes: 900,
  durationMs: 5,
};
const url = 'https://example.org/feed';

const document: FetchedFeed = {
  kind: 'document',
  status: 200,
  url,
  hops: [],
  figures,
  body: new Uint8Array(),
  validators: { url, etag: '"a"' },
  terms: { endedAt: now, freshnessMs: 7_200_000, freshnessSource: 'max-age' },
};
const notModified: FetchedFeed = {
  kind: 'notModified',
  status: 304,
  url,
  hops: [],
  figures: { ...figures, wireBytes: 0 },
  terms: { endedAt: now },
};
const failed: FetchedFeed = {
  kind: 'failed',
  status: 503,
  code: 'http-503',
  message: '503',
  url,
  hops: [],
  figures,
  terms: { endedAt: now },
};

const noted = noteRequest('log', undefined, now, later);
const terms: PollTerms = { endedAt: now, hasValidators: true };

function end(fetched: FetchedFeed, outcome: PollSummary['outcome'], before = noted) {
  const summary: PollSummary = {
    startedAt: now,
    endedAt: now,
    outcome,
    url,
    hops: [],
    events: 0,
    wireBytes: 0,
  };
  const standing = { url, ...troubleAfter(before, summary) };
  return endState(before, fetched, { summary, terms, nextPoll: later, standing });
}

describe('the terms of an answer', () => {
  test('a 304 that says nothing of freshness renews the stored lifetime (RFC 9111 §4.3.4)', () => {
    const before = termsOf(document, undefined);
    expect(termsOf(notModified, before)).toMatchObject({
      freshnessMs: 7_200_000,
      freshnessSource: 'max-age',
    });
  });

  test('a failure between a document and its 304 changes nothing about that', () => {
    const overloaded = {
      ...failed,
      terms: { ...failed.terms, freshnessMs: 60_000, freshnessSource: 'max-age' },
    };
    const before = termsOf(overloaded as FetchedFeed, termsOf(failed, termsOf(document, undefined)));
    expect(before.freshnessMs).toBe(60_000);
    expect(termsOf(notModified, before).freshnessMs).toBe(7_200_000);
  });

  test('a document that says nothing of freshness ends the lifetime of the one before', () => {
    const silent = { ...document, terms: { endedAt: now } };
    expect(termsOf(notModified, termsOf(silent, termsOf(document, undefined))).freshnessMs).toBeUndefined();
  });

  test('a failure takes no freshness from the answer before', () => {
    expect(termsOf(failed, termsOf(document, undefined)).freshnessMs).toBeUndefined();
  });

  test.each([
    ['a document with an ETag has validators', document, true],
    ['a document without any has none', { ...document, validators: { url } }, false],
    ['a failure keeps what was known of them', failed, false],
  ] as const)('%s', (_rule, fetched, expected) => {
    expect(termsOf(fetched, { ...terms, hasValidators: false }).hasValidators).toBe(expected);
  });
});

describe('the state after a poll', () => {
  test('a page that is no feed leaves the validators and the lifetime of the last feed in force', () => {
    const page = { ...document, validators: { url }, terms: { endedAt: now } } as FetchedFeed;
    const before = termsOf(document, undefined);
    expect(termsOf(page, before, false)).toMatchObject({ hasValidators: true, renewable: before.renewable });
    expect(termsOf(page, before)).toMatchObject({ hasValidators: false });
  });

  test('failures are counted in a row and forgotten at a success', () => {
    const once = end(failed, 'failed');
    const twice = end(failed, 'failed', once);
    expect([once.failures, twice.failures, twice.failingSince]).toEqual([1, 2, now]);
    const healed = end(document, 'unchanged', twice);
    expect([healed.failures, healed.failingSince, healed.lastSuccessAt]).toEqual([0, undefined, now]);
  });

  test('a failure keeps the time of the last success', () => {
    expect(end(failed, 'failed', end(document, 'unchanged')).lastSuccessAt).toBe(now);
  });

  test('410 answers in a row are counted since the first, and anything else ends the count', () => {
    const twice = end(failed, 'gone', end(failed, 'gone'));
    expect(twice.gone).toEqual({ since: now, count: 2 });
    expect(end(document, 'unchanged', twice).gone).toBeUndefined();
  });

  test('each 304 saves the bytes of the last document', () => {
    const saved = end(
      notModified,
      'notModified',
      end(notModified, 'notModified', end(document, 'unchanged')),
    );
    expect(saved.totals).toMatchObject({ polls: 3, notModified: 2, savedBytes: 1_400, documentBytes: 700 });
  });
});

describe('another URL in feeds.yaml', () => {
  const feed = { url: 'https://edited.example/feed' };
  const polled: FeedState = {
    ...end(document, 'unchanged'),
    url,
    adopted: { url: 'https://new.example/', at: now },
    pendingMove: { to: 'https://third.example/', since: now, polls: 1 },
    rhythm: { changedAt: now },
    gone: { since: now, count: 3 },
    parkedAt: now,
    failures: 3,
    failingSince: now,
  };

  test('leaves nothing of what the old one did, but that it was told', () => {
    expect(isOfOtherUrl(feed, polled)).toBe(true);
    const { adopted, pendingMove, rhythm, gone, parkedAt, ...kept } = polled;
    expect(stateAtUrl(feed, polled)).toEqual({ ...kept, url: feed.url, failures: 0 });
  });

  test.each<[string, FeedState]>([
    ['the same URL', { ...polled, url: feed.url }],
    ['a state that names none, of an earlier version', noted],
  ])('%s changes nothing', (_, state) => {
    expect([isOfOtherUrl(feed, state), stateAtUrl(feed, state)]).toEqual([false, state]);
  });
});
