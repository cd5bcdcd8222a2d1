import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../src/config/secret.ts';
import type { NextPoll } from '../../src/model/poll.ts';
import { inSource, longestOf, type SourceFeed, sourceKey, sourcesOf } from '../../src/schedule/source.ts';

const url = 'https://example.org/feed?a=1';
const feed = (id: string, over: Partial<SourceFeed> = {}): SourceFeed => ({ id, url, ...over });
const lane = { id: 'example.org', gapMs: 0, concurrency: 1 };

function idsOf(feeds: readonly SourceFeed[], urlOf = (each: SourceFeed) => each.url): string[][] {
  return sourcesOf(feeds, urlOf, () => lane).map((source) => source.feeds.map(({ id }) => id));
}

describe('POLITENESS rule 21: feeds are one source', () => {
  const basic = (password: string) => ({
    kind: 'basic' as const,
    user: 'me',
    password: new Secret(password),
    isPreemptive: false,
  });

  test.each<[string, Partial<SourceFeed>, Partial<SourceFeed>]>([
    ['that have one URL', {}, {}],
    ['whose URLs differ in the spelling of the host', {}, { url: 'HTTPS://Example.ORG/feed?a=1' }],
    ['whose URLs differ in the default port', {}, { url: 'https://example.org:443/feed?a=1' }],
    ['whose URLs differ in the fragment', {}, { url: `${url}#top` }],
    [
      'whose headers differ in order and case',
      { headers: { 'X-One': '1', 'X-Two': '2' } },
      { headers: { 'x-two': '2', 'x-one': '1' } },
    ],
    ['with the same credentials', { auth: basic('a') }, { auth: basic('a') }],
  ])('%s', (_case, one, other) => {
    expect(idsOf([feed('a', one), feed('b', other)])).toEqual([['a', 'b']]);
  });

  test.each<[string, Partial<SourceFeed>, Partial<SourceFeed>]>([
    ['another path', {}, { url: 'https://example.org/other?a=1' }],
    ['another query', {}, { url: 'https://example.org/feed?a=2' }],
    ['another scheme', {}, { url: 'http://example.org/feed?a=1' }],
    ['a trailing slash more', {}, { url: 'https://example.org/feed/?a=1' }],
    ['a header more', {}, { headers: { 'X-One': '1' } }],
    ['another header value', { headers: { 'X-One': '1' } }, { headers: { 'X-One': '2' } }],
    ['credentials', {}, { auth: basic('a') }],
    ['another password', { auth: basic('a') }, { auth: basic('b') }],
    [
      'the same password, sent unasked',
      { auth: basic('a') },
      { auth: { ...basic('a'), isPreemptive: true } },
    ],
    ['a token', { auth: basic('a') }, { auth: { kind: 'bearer', token: new Secret('a') } }],
    ['leave to be downgraded', {}, { allowDowngrade: true }],
  ])('but not with %s', (_case, one, other) => {
    expect(idsOf([feed('a', one), feed('b', other)])).toEqual([['a'], ['b']]);
  });

  test('that have moved to one URL, or to where another is configured', () => {
    const moved = new Map([
      ['a', 'https://new.example/feed'],
      ['b', 'https://new.example/feed'],
    ]);
    const feeds = [
      feed('a'),
      feed('b', { url: 'https://b.example/' }),
      feed('c', { url: 'https://new.example/feed' }),
    ];
    expect(idsOf(feeds, ({ id, url: own }) => moved.get(id) ?? own)).toEqual([['a', 'b', 'c']]);
  });

  test('but not when their headers belong to different configured origins', () => {
    const headers = { 'X-One': '1' };
    const feeds = [feed('a', { headers }), feed('b', { headers, url: 'https://new.example/feed' })];
    expect(idsOf(feeds, () => 'https://new.example/feed')).toEqual([['a'], ['b']]);
  });
});

test('a source keeps the order of the feeds, and is named after its first', () => {
  const feeds = [feed('x', { url: 'https://x.example/' }), feed('b'), feed('a')];
  const sources = sourcesOf(
    feeds,
    (each) => each.url,
    () => lane,
  );
  expect(sources.map(({ id, site }) => [id, site])).toEqual([
    ['x', 'x.example'],
    ['b', 'example.org'],
  ]);
});

test('no secret lies in the key of a source', () => {
  const auth = { kind: 'bearer' as const, token: new Secret('tops3cret') };
  expect(sourceKey(feed('a', { auth, headers: { 'X-Key': 'hidd3n' } }), url)).not.toMatch(/tops3cret|hidd3n/);
});

describe('the wait of a source', () => {
  const parked: NextPoll = { at: Number.POSITIVE_INFINITY, reason: 'parked' };
  const at = (ms: number): NextPoll => ({ at: ms, reason: 'interval' });

  test.each<[string, NextPoll[], NextPoll | undefined]>([
    ['is the longest that any feed owes', [at(1), at(3), at(2)], at(3)],
    ['is not made endless by a feed that is parked', [at(1), parked], at(1)],
    ['is endless when all are parked', [parked, parked], parked],
    ['of no feeds is none', [], undefined],
  ])('%s', (_rule, own, longest) => {
    expect(longestOf(own)).toEqual(longest);
  });

  test('holds for every feed of it, but wakes none that is parked', () => {
    expect(inSource(at(1), at(3))).toEqual(at(3));
    expect(inSource(parked, at(3))).toEqual(parked);
  });
});
