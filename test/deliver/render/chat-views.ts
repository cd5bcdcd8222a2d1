// Events for chat messages, texts that try to be more than text, and how a rendered body is read again.

import { test } from '@jest/globals';
import fc from 'fast-check';
import { viewOf } from '../../../src/deliver/render/payload.ts';
import type { EventView, Render, RenderOptions } from '../../../src/deliver/render/rendered.ts';
import type { EventType } from '../../../src/model/event.ts';
import { nastyEvent, optionsFor } from './nasty.ts';

type Fields = Readonly<Record<string, unknown>>;

const feed = {
  id: 'example-security',
  url: 'https://example.org/feed',
  feed_url: 'https://example.org/feed.atom',
  home_page_url: 'https://example.org/',
  title: 'Example security',
  labels: [],
};

const extension = {
  key: 'guid:1',
  key_source: 'guid',
  revision: 1,
  sequence: 1,
  first_seen: '2026-11-20T09:20:11Z',
};

export function view(type: EventType, data: Fields): EventView {
  const id = 'evt_ddlojucljyocbycxwkbxztcgdz';
  const body = JSON.stringify({ id, type, timestamp: '2026-11-20T09:20:11.482Z', data });
  return viewOf({ id, type, feedId: feed.id, detectedAt: 0, body });
}

export function entryView(entry: Fields, over: { type?: EventType; feed?: Fields } = {}): EventView {
  const data = { feed: { ...feed, ...over.feed }, entry: { id: '1', _feedhook: extension, ...entry } };
  return view(over.type ?? 'entry.new', data);
}

export const plainEntry = {
  title: 'A title',
  url: 'https://example.org/posts/42',
  summary: 'One sentence.',
  date_published: '2026-11-20T08:58:00+01:00',
  authors: [{ name: 'J. Doe' }],
  image: 'https://example.org/42.jpg',
};

export type Views = readonly [EventView, ...EventView[]];

/** `count` entries, each made of its number. */
export function views(count: number, make: (index: number) => Fields): Views {
  const [first, ...more] = Array.from({ length: count }, (_, index) => entryView(make(index)));
  if (!first) throw new Error('a request has at least one event');
  return [first, ...more];
}

// biome-ignore lint/suspicious/noExplicitAny: the JSON of a request, whose form is what is tested.
export type Json = any;

export function jsonOf(
  render: Render,
  given: Views,
  over: Partial<RenderOptions> & Pick<RenderOptions, 'format'>,
): Json {
  return JSON.parse(render(given, optionsFor(over.format, over)).body.toString('utf8'));
}

/** FAULTS B21 and B22, and what the dialects have besides. */
export const mentions = [
  '@everyone',
  '@here',
  '@channel',
  '@all',
  '@alice',
  '<@123>',
  '<@!123>',
  '<@&1>',
  '<#42>',
  '<:blob:1>',
  '<a:wave:1>',
  '<t:1:R>',
  '</ban:1>',
  '<!channel>',
  '<!here|here>',
  '<!subteam^S1>',
  '<@U12345678>',
  '<at>Everyone</at>',
  '&lt;!here&gt;',
  '&#64;channel',
  '&commat;all',
  '\\@channel',
  '~town-square',
  '#hashtag',
  ':smile:',
  ':white_check_mark:',
] as const;

export const markup = [
  '<https://evil.example|https://bank.example>',
  '[https://bank.example](https://evil.example)',
  '![x](https://tracker.example/p.gif)',
  '[x]: javascript:alert(1)',
  '# heading',
  '-# small',
  '> quote',
  '- list',
  '+ list',
  '1. list',
  '```\nfence',
  '`code`',
  '**bold** __under__ *it* _it_ ~~no~~ ||spoiler||',
  'title\n===',
  'a | b\n--|--\n1 | 2',
  `{{DATE(2026-11-20T09:20:11Z, SHORT)}} $${'{name}'}`,
  'https://evil.example/a_b_c www.evil.example',
  '\\',
  '\\\\*',
] as const;

const letters = [
  '👨‍👩‍👧‍👦',
  '🇩🇪',
  'é',
  'שלום',
  '日本',
  '\u202e',
  '\u200b',
  '\u0000',
  '\n',
  '\ud83d',
  'word ',
  ' ',
];

/** Anything, and more often than by chance what hurts. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.constantFrom(...mentions, ...markup, ...letters), { maxLength: 40 })
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom(...mentions, ...markup, ...letters), fc.integer({ min: 1, max: 6_000 }))
    .map(([part, most]) => part.repeat(Math.ceil(most / part.length))),
);

const anyUrl = fc
  .tuple(
    fc.constantFrom('https://example.org/', 'http://localhost/', 'javascript:'),
    fc.webPath(),
    fc.integer({ min: 0, max: 4_000 }),
  )
  .map(([start, path, more]) => `${start}${path}?|@here(${'&'.repeat(more)}`);

const anyEntry = fc.record(
  {
    title: anyText,
    summary: anyText,
    content_text: anyText,
    url: anyUrl,
    image: anyUrl,
    authors: anyText.map((name) => [{ name }]),
  },
  { requiredKeys: [] },
);

/** Requests of one or several entries of feeds with names of their own. */
const anyViews = fc
  .tuple(fc.array(anyEntry, { minLength: 1, maxLength: 12 }), anyText)
  .map(([entries, title]): Views => {
    const [first, ...more] = entries.map((entry) => entryView(entry, { feed: { title } }));
    return [first ?? entryView({}), ...more];
  });

const anyOptions = fc.record({
  content: fc.constantFrom('none', 'summary', 'text', 'html', 'both'),
  isFallback: fc.boolean(),
}) satisfies fc.Arbitrary<Partial<RenderOptions>>;

/** Few enough for seconds, the same each time. */
const runs = { numRuns: 40, seed: 5 };

/** The two tests that every chat has; `most` is what one of its messages carries. */
export function testLimits(most: number, expectWithinLimits: (given: Views, over: object) => void): void {
  test.each([1, most])('%d of the nasty entry keep to the limits', (count) => {
    const [first, ...more] = Array.from({ length: count }, (_, index) => viewOf(nastyEvent(index)));
    if (first) expectWithinLimits([first, ...more], { content: 'text' });
  });

  test('any texts keep to the limits and mention nobody', () => {
    fc.assert(
      fc.property(anyViews, anyOptions, (given, options) => expectWithinLimits(given, options)),
      runs,
    );
  });
}
