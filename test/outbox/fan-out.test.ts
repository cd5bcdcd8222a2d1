import { describe, expect, test } from '@jest/globals';
import type { Entry, EntryChange } from '../../src/model/entry.ts';
import { eventTypes, type StoredEvent } from '../../src/model/event.ts';
import { entryEvent } from '../../src/outbox/event.ts';
import { type FanOutEndpoint, type FanOutFeed, fanOut, verdictFor } from '../../src/outbox/fan-out.ts';
import { filterOf } from '../filter/reading.ts';
import { bare, change, deletion, detectedAt, full, label, feed as sampleFeed } from './sample.ts';

const event = (id: string, type: StoredEvent['type'] = 'entry.new'): StoredEvent => ({
  id,
  type,
  feedId: 'f',
  detectedAt: 0,
  body: '{}',
});
const eventOf = (entry: Entry, fields: Partial<EntryChange> = {}) =>
  entryEvent(change(entry, fields), sampleFeed, detectedAt);
const feed: FanOutFeed = { id: 'f', labels: [] };
const endpoints: readonly FanOutEndpoint[] = [
  { id: 'app', events: ['entry.new', 'entry.updated'] },
  { id: 'chat', events: ['entry.new'] },
  { id: 'mute', events: [] },
];

function pairs(events: readonly StoredEvent[], of = feed, to = endpoints): string[] {
  return fanOut(events, of, to).map(
    ({ eventId, endpointId, skipped }) => `${eventId}>${endpointId}${skipped ? ` ${skipped}` : ''}`,
  );
}

describe('which endpoints get an event', () => {
  test('all that subscribe to its type, when the feed names none', () => {
    expect(pairs([event('1')])).toEqual(['1>app', '1>chat']);
  });

  test('those the feed names, when it names some', () => {
    expect(pairs([event('1')], { ...feed, endpointIds: ['chat'] })).toEqual(['1>chat']);
  });

  test('none, when the feed names none of them', () => {
    expect(pairs([event('1')], { ...feed, endpointIds: [] })).toEqual([]);
  });

  test('not those that do not subscribe to its type', () => {
    expect(pairs([event('1', 'entry.updated')])).toEqual(['1>app']);
    expect(pairs([event('1', 'entry.updated')], { ...feed, endpointIds: ['chat'] })).toEqual([]);
  });

  test('in the order of the events', () => {
    expect(pairs([event('2'), event('1', 'entry.updated'), event('3')])).toEqual([
      '2>app',
      '2>chat',
      '1>app',
      '3>app',
      '3>chat',
    ]);
  });

  test('an event that is withheld is withheld from each of them', () => {
    const withheld = { ...event('1'), isWithheld: true as const };
    expect(fanOut([withheld, event('2')], feed, endpoints)).toEqual([
      { eventId: '1', endpointId: 'app', feedId: 'f', isWithheld: true },
      { eventId: '1', endpointId: 'chat', feedId: 'f', isWithheld: true },
      { eventId: '2', endpointId: 'app', feedId: 'f' },
      { eventId: '2', endpointId: 'chat', feedId: 'f' },
    ]);
  });

  test.each([
    ['an update', eventOf(full, { type: 'entry.updated', revision: 3 })],
    ['a deletion', eventOf(label, deletion)],
  ])('%s follows the event by which its entry was new', (_, later) => {
    const { id: follows } = eventOf(full);
    const all = [{ id: 'app', events: eventTypes }];
    expect(fanOut([later], feed, all)).toEqual([
      { eventId: later.id, endpointId: 'app', feedId: later.feedId, follows },
    ]);
  });

  test('what happened to an endpoint goes another way, whoever subscribes to it', () => {
    const all = [{ id: 'ops', events: [...eventTypes, 'test.ping' as const] }];
    for (const type of [
      'endpoint.warning',
      'endpoint.disabled',
      'delivery.exhausted',
      'test.ping',
    ] as const) {
      expect(pairs([event('1', type)], feed, all)).toEqual([]);
    }
  });
});

describe('labels', () => {
  const labelled = [{ id: 'sec', events: ['entry.new' as const], labels: ['security', 'cve'] }];
  test.each([
    ['none', [], []],
    ['another', ['releases'], []],
    ['one of them', ['releases', 'cve'], ['1>sec']],
    ['one of them in other letters', ['CVE'], []],
  ])('an endpoint with labels gets a feed with %s', (_, labels, reached) => {
    expect(pairs([event('1')], { ...feed, labels }, labelled)).toEqual(reached);
  });

  test('a feed that names it reaches it whatever its labels', () => {
    expect(pairs([event('1')], { ...feed, endpointIds: ['sec'] }, labelled)).toEqual(['1>sec']);
  });

  test('a feed with its label that names others does not', () => {
    expect(pairs([event('1')], { ...feed, labels: ['cve'], endpointIds: ['app'] }, labelled)).toEqual([]);
  });
});

describe('filters', () => {
  const rust = filterOf({ title: 'rust' });
  const go = filterOf({ title: 'go' });
  const titled = (title: string, type: 'entry.new' | 'entry.updated' = 'entry.new') =>
    eventOf({ ...full, title }, { type });
  const wanting: readonly FanOutEndpoint[] = [
    { id: 'app', events: eventTypes },
    { id: 'rust', events: eventTypes, filter: rust },
  ];

  test('what a filter stops is skipped, and not withheld any more', () => {
    const stopped = { ...titled('Zig'), isWithheld: true as const };
    expect(fanOut([stopped], feed, wanting)).toEqual([
      { eventId: stopped.id, endpointId: 'app', feedId: stopped.feedId, isWithheld: true },
      { eventId: stopped.id, endpointId: 'rust', feedId: stopped.feedId, skipped: 'filtered' },
    ]);
  });

  test('both that of the feed and that of the endpoint must let it through', () => {
    const both = titled('Rust or Go');
    const one = titled('Rust');
    const verdicts = [both, one].map((each) => pairs([each], { ...feed, filter: go }, wanting));
    expect(verdicts).toEqual([
      [`${both.id}>app`, `${both.id}>rust`],
      [`${one.id}>app filtered`, `${one.id}>rust filtered`],
    ]);
  });

  test('an update is filtered like a new entry', () => {
    const update = titled('Zig', 'entry.updated');
    expect(pairs([update], feed, wanting)).toEqual([`${update.id}>app`, `${update.id}>rust filtered`]);
  });

  test.each([['entry.deleted'], ['feed.error'], ['feed.identity_churn']] as const)(
    '%s passes every filter',
    (type) => {
      expect(pairs([event('1', type)], { ...feed, filter: go }, wanting)).toEqual(['1>app', '1>rust']);
    },
  );

  test('a deletion passes although its title would be stopped: who got the entry must hear that it is gone', () => {
    const gone = eventOf({ ...label, title: 'Zig' }, deletion);
    expect(gone.type).toBe('entry.deleted');
    expect(pairs([gone], { ...feed, filter: go }, wanting)).toEqual([`${gone.id}>app`, `${gone.id}>rust`]);
  });

  test('an event that is not subscribed to is not skipped: nobody asked for it', () => {
    expect(pairs([titled('Zig')], feed, [{ id: 'rust', events: ['entry.updated'], filter: rust }])).toEqual(
      [],
    );
  });

  test.each([
    ['no JSON', '{'],
    ['no entry', '{"data":{}}'],
    ['nothing', ''],
  ])('a body that is %s passes: only the sender can say what is wrong with it', (_, body) => {
    expect(pairs([{ ...event('1'), body }], feed, wanting)).toEqual(['1>app', '1>rust']);
  });

  test('the JSON of an event is read once, and only if a filter asks', () => {
    let read = 0;
    const counted = {
      ...event('1'),
      get body() {
        read++;
        return titled('Rust').body;
      },
    };
    fanOut([counted], feed, endpoints);
    expect(read).toBe(0);
    fanOut([counted], { ...feed, filter: rust }, [
      ...wanting,
      { id: 'more', events: eventTypes, filter: go },
    ]);
    expect(read).toBe(1);
  });
});

describe('why an endpoint does not get it', () => {
  const rust: FanOutEndpoint = { id: 'rust', events: ['entry.new'], filter: filterOf({ title: 'rust' }) };
  const entry = eventOf(full);

  test.each([
    [
      'the feed names others',
      { ...feed, endpointIds: ['a', 'b'] },
      rust,
      { kind: 'not-routed', because: 'the feed names other endpoints: a, b' },
    ],
    [
      'its labels',
      { ...feed, labels: ['x'] },
      { ...rust, labels: ['y', 'z'] },
      { kind: 'not-routed', because: 'the endpoint wants feeds labelled y or z, and this one is x' },
    ],
    ['its types', feed, { ...rust, events: [] }, { kind: 'not-subscribed' }],
    [
      'its filter',
      feed,
      rust,
      { kind: 'filtered', by: 'endpoint', because: 'title does not contain "rust"' },
    ],
    [
      'the filter of the feed',
      { ...feed, filter: filterOf({ not: { category: 'cve' } }) },
      rust,
      { kind: 'filtered', by: 'feed', because: 'category contains "cve"' },
    ],
    ['nothing', feed, { ...rust, filter: filterOf({ title: 'plain' }) }, { kind: 'owed' }],
  ] as const)('%s', (_, of, endpoint, verdict) => {
    expect(verdictFor(entry, of, endpoint)).toEqual(verdict);
  });
});

describe('what the fields of a filter are', () => {
  const passes = (filter: unknown, of: StoredEvent) =>
    verdictFor(of, feed, { id: 'e', events: ['entry.new'], filter: filterOf(filter) }).kind === 'owed';
  const whole = eventOf({ ...full, title: 'Plain text title' });

  test.each([
    [{ title: { equals: 'plain text title' } }],
    [{ summary: 'plain sentences' }],
    [{ content: { equals: 'Sanitised HTML' } }],
    [{ url: '/posts/42' }],
    [{ url: { equals: 'https://other.example/report' } }],
    [{ id: { equals: 'tag:example.org,2026:post-42' } }],
    [{ author: { equals: 'j. doe' } }],
    [{ category: { equals: 'CVE' } }],
    [{ language: 'en' }],
    [{ attachment: { equals: 'audio/mpeg' } }],
    [{ attachment: '/a.mp3' }],
    [{ feed: { equals: 'example-security' } }],
    [{ feed: { equals: 'Example security' } }],
    [{ label: { equals: 'security' } }],
    [{ type: { equals: 'entry.new' } }],
    [{ age: { over: '1h', under: '2h' } }],
  ])('%j', (filter) => {
    expect(passes(filter, whole)).toBe(true);
    expect(passes({ not: filter }, whole)).toBe(false);
  });

  test('markup is no content, and what it says is', () => {
    const marked = eventOf({ ...full, contentHtml: '<p class="rust">one <b>tw</b>o</p>' });
    expect(passes({ content: 'one two' }, marked)).toBe(true);
    expect(passes({ content: 'rust' }, marked)).toBe(false);
    expect(passes({ content: 'b>' }, marked)).toBe(false);
  });

  test('an entry with nothing has no fields but those of its feed, and is new', () => {
    const empty = eventOf({ ...bare, id: 'x' });
    for (const field of ['title', 'summary', 'content', 'url', 'author', 'category', 'attachment']) {
      expect([field, passes({ [field]: { exists: false } }, empty)]).toEqual([field, true]);
    }
    expect(passes({ language: sampleFeed.facts.language }, empty)).toBe(true);
    expect(passes({ age: { under: '1s' } }, empty)).toBe(true);
  });

  test.each([
    ['modified, where it was not published', { published: undefined }, '56m', '55m'],
    ['published, where it was', {}, '1h23m', '1h22m'],
    ['in the future', { published: '2030-01-01T00:00:00Z' }, '1s', undefined],
    ['unreadable', { published: 'yesterday' }, '1s', undefined],
  ])('age by a date that is %s', (_, dates, under, over) => {
    const { published, updated, ...undated } = full;
    const dated = { published, updated: '2026-11-20T09:25:00+01:00', ...dates };
    const one = eventOf({ ...undated, ...Object.fromEntries(Object.entries(dated).filter(([, at]) => at)) });
    expect(passes({ age: { under } }, one)).toBe(true);
    if (over) expect(passes({ age: { over } }, one)).toBe(true);
  });

  test('one from the future is new, and no negative number of hours old', () => {
    const future = eventOf({ ...full, published: '2030-01-01T00:00:00Z' });
    const filter = filterOf({ age: { over: '1h' } });
    expect(verdictFor(future, feed, { id: 'e', events: ['entry.new'], filter })).toMatchObject({
      because: 'it is new, which is not over 1h',
    });
  });
});
