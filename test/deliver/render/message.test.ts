// What a message says of each type of event, before any target's markup.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { byline, digestTitle, messageOf, moreLine } from '../../../src/deliver/render/message.ts';
import type { EventType } from '../../../src/model/event.ts';
import { eventTypes } from '../../../src/model/event.ts';
import { anyText, entryView, plainEntry, view } from './chat-views.ts';

const feed = {
  id: 'f',
  url: 'https://example.org/feed',
  feed_url: 'https://example.org/feed',
  title: 'Example',
  labels: [],
};

describe('an entry', () => {
  test('has title, link, source, author, date, summary and picture', () => {
    expect(messageOf(entryView(plainEntry), 'summary')).toEqual({
      title: 'A title',
      url: 'https://example.org/posts/42',
      source: 'Example security',
      sourceUrl: 'https://example.org/',
      author: 'J. Doe',
      at: '2026-11-20T08:58:00+01:00',
      text: 'One sentence.',
      image: 'https://example.org/42.jpg',
    });
  });

  test.each([
    { situation: 'new', type: 'entry.new', title: 'A title' },
    { situation: 'changed', type: 'entry.updated', title: 'Updated: A title' },
    { situation: 'gone', type: 'entry.deleted', title: 'Deleted: A title' },
  ] as const)('that is $situation is called "$title"', ({ type, title }) => {
    expect(messageOf(entryView(plainEntry, { type }), 'summary').title).toBe(title);
  });

  test.each([
    {
      situation: 'the beginning of its text',
      entry: { content_text: `${'word '.repeat(40)}` },
      title: /^(word ){15}word…$/,
    },
    {
      situation: 'the first line of its text',
      entry: { content_text: '\n\nFirst\nsecond' },
      title: /^First$/,
    },
    { situation: 'its link', entry: { url: 'https://example.org/1' }, title: /^https:\/\/example\.org\/1$/ },
    { situation: 'the name of its feed', entry: {}, title: /^Example security$/ },
    {
      situation: 'its link, when the title is invisible',
      entry: { title: '\u200d\u3164', url: 'https://example.org/1' },
      title: /^https/,
    },
  ])('without a title is called by $situation', ({ entry, title }) => {
    expect(messageOf(entryView(entry), 'text').title).toMatch(title);
  });

  test.each([
    { content: 'none', text: undefined },
    { content: 'summary', text: 'Short.' },
    { content: 'text', text: 'Long.' },
    { content: 'html', text: 'Long.' },
    { content: 'both', text: 'Long.' },
  ] as const)('with content "$content" has the text "$text"', ({ content, text }) => {
    const entry = { title: 'T', summary: 'Short.', content_text: 'Long.', content_html: '<p>Long.</p>' };
    expect(messageOf(entryView(entry), content).text).toBe(text);
  });

  test('without a summary shows the beginning of its text', () => {
    const { text = '' } = messageOf(entryView({ title: 'T', content_text: 'x '.repeat(2_000) }), 'summary');
    expect(text.length).toBeLessThanOrEqual(500);
    expect(text).toMatch(/^x x .*…$/);
  });

  test('with nothing but HTML shows its text', () => {
    expect(messageOf(entryView({ title: 'T', content_html: '<p>a <b>b</b></p>' }), 'html').text).toBe('a b');
  });

  test('whose whole text became the title does not say it twice', () => {
    expect(messageOf(entryView({ content_text: 'Only this.' }), 'text')).not.toHaveProperty('text');
  });

  test('with content "none" shows no picture', () => {
    expect(messageOf(entryView(plainEntry), 'none')).not.toHaveProperty('image');
  });

  test.each(['javascript:alert(1)', '//example.org/', 'data:text/html,x', 'mailto:a@b', 'https://', ''])(
    'has no link to %j',
    (url) => {
      const message = messageOf(entryView({ title: 'T', url, image: url }), 'summary');
      expect(message).not.toHaveProperty('url');
      expect(message).not.toHaveProperty('image');
    },
  );

  test('has no name of a user in its link', () => {
    expect(
      messageOf(entryView({ title: 'T', url: 'https://bank.example@evil.example/' }), 'summary').url,
    ).toBe('https://evil.example/');
  });

  test('of many authors names three', () => {
    const authors = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }));
    expect(messageOf(entryView({ title: 'T', authors }), 'summary').author).toBe('a, b, c and 2 more');
  });

  test('with a date that is none has none', () => {
    expect(messageOf(entryView({ title: 'T', date_published: '2026-13-45' }), 'summary')).not.toHaveProperty(
      'at',
    );
  });
});

describe('a title', () => {
  test.each([
    { situation: 'overrides of direction', raw: '\u202efdp.exe\u202c', shown: 'fdp.exe' },
    { situation: 'isolates', raw: 'a\u2066b\u2069c', shown: 'abc' },
    { situation: 'zero-width spaces', raw: 'pass\u200bword\ufeff', shown: 'password' },
    { situation: 'tags outside of a flag', raw: 'a\u{e0061}\u{e0062}b', shown: 'ab' },
    { situation: 'half a character', raw: 'a\ud83d b', shown: 'a\ufffd b' },
    { situation: 'control characters', raw: 'a\u0000b\u001b[31m\u0085c', shown: 'a b [31m c' },
    { situation: 'line breaks', raw: 'a\r\nb\u2028c\u2029d\ne', shown: 'a b c d e' },
    { situation: 'many spaces', raw: '  a \t\u00a0 b  ', shown: 'a b' },
  ])('loses $situation', ({ raw, shown }) => {
    expect(messageOf(entryView({ title: raw }), 'none').title).toBe(shown);
  });

  test.each([
    ['right-to-left text', 'שלום עולם مرحبا\u200f!'],
    ['joined Persian words', 'می\u200cخواهم'],
    ['a family', '👨‍👩‍👧‍👦'],
    ['an emoji by its variation', '❤\ufe0f'],
    ['a flag of tags', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
    ['a flag of letters', '🇩🇪'],
    ['accents', 'Z\u0301\u0327'],
  ])('keeps %s', (_, title) => {
    expect(messageOf(entryView({ title }), 'none').title).toBe(title);
  });

  test('of a hundred thousand tags is read in a moment', () => {
    const title = `x🏴${'\u{e0061}'.repeat(50_000)}`;
    expect(messageOf(entryView({ title }), 'none').title).toBe('x🏴');
  });
});

const told: Record<Exclude<EventType, `entry.${string}`>, { data: object; says: RegExp }> = {
  'feed.error': {
    data: {
      feed,
      error: { code: 'http-503', message: 'answered 503', failures: 3, since: 'S', next_attempt: 'N' },
    },
    says: /^Example cannot be read\nhttp-503: answered 503\nIt has failed 3 times since S\.\nNext attempt: N\.$/,
  },
  'feed.recovered': {
    data: { feed, since: 'S', failures: 3, missed_window_risk: true },
    says: /^Example works again\nIt had failed 3 times since S\.\nEntries .* missed\.$/,
  },
  'feed.moved': {
    data: {
      feed,
      from: 'https://a.example/?key=1',
      to: 'https://b.example/?key=1',
      via: '301',
      adopted: true,
    },
    says: /^Example has moved\nhttps:\/\/a\.example\/\?… → https:\/\/b\.example\/\?…$/,
  },
  'feed.gone': {
    data: { feed, status: 410, since: 'S', polling: 'parked' },
    says: /^Example is gone\nIt has answered 410 since S\.\n/,
  },
  'feed.identity_churn': {
    data: { feed, matched: 5, withheld: 2, sample: [] },
    says: /changed the ids.*\n5 entries.*\n2 are withheld/,
  },
  'endpoint.warning': {
    data: {
      endpoint: 'my-app',
      reason: 'failing',
      code: 'http-500',
      message: 'answered 500',
      since: 'S',
      level: 75,
      kept: 9,
    },
    says: /^my-app is in trouble\nfailing: http-500: answered 500\nSince S\.\n75 % .*\nDeliveries that wait for it: 9\.$/,
  },
  'endpoint.disabled': {
    data: { endpoint: 'my-app', reason: 'http-410', since: 'S' },
    says: /^my-app is disabled\nhttp-410\nSince S\.$/,
  },
  'delivery.exhausted': {
    data: {
      endpoint: 'my-app',
      event_id: 'evt_x',
      attempts: 10,
      last_error: { code: 'timeout', message: 'took too long' },
    },
    says: /^A delivery to my-app was given up\nEvent: evt_x\.\nAttempts: 10\.\nLast error: timeout: took too long\.$/,
  },
  'test.ping': { data: { message: 'Hello.' }, says: /^Test message from feedhook\nHello\.$/ },
};

describe('what is not about an entry', () => {
  test.each(Object.entries(told))('%s is told in words', (type, { data, says }) => {
    const { title, text } = messageOf(view(type as EventType, { ...data }), 'summary');
    expect(`${title}\n${text}`).toMatch(says);
  });

  test.each([...eventTypes, 'test.ping'] as const)('%s without any data still has a title', (type) => {
    const message = messageOf(view(type, {}), 'summary');
    expect(message.title).toMatch(/\S/);
    expect(JSON.stringify(message)).not.toMatch(/undefined|\[object/);
  });

  test('carries no control characters of an answer', () => {
    const error = { code: 'http-500', message: '\u001b[31m\u202ered' };
    expect(messageOf(view('feed.error', { feed, error }), 'summary').text).toBe('http-500: [31mred');
  });
});

describe('several messages', () => {
  const of = (source?: string, sourceUrl?: string) => ({
    title: 'T',
    ...(source !== undefined && { source }),
    ...(sourceUrl !== undefined && { sourceUrl }),
  });

  test.each([
    { of: 'one feed', messages: [of('A'), of('A')], title: '2 messages from A' },
    { of: 'two feeds', messages: [of('A'), of('B')], title: '2 messages from 2 feeds' },
    { of: 'a feed and an endpoint', messages: [of('A'), of()], title: '2 messages' },
  ])('of $of are announced as "$title"', ({ messages, title }) => {
    expect(digestTitle(2, messages)).toBe(title);
  });

  test('that are left out are counted, with a link to their feed', () => {
    const hidden = [of('A', 'https://a.example/'), of('A', 'https://a.example/')];
    expect(moreLine(hidden)).toEqual({ text: 'and 2 more from A', url: 'https://a.example/' });
    expect(moreLine([...hidden, of('B')])).toEqual({ text: 'and 3 more' });
  });
});

test('a byline has what is known', () => {
  expect(byline(messageOf(entryView(plainEntry), 'none'))).toBe('Example security · J. Doe · 2026-11-20');
  expect(byline({ title: 'T' })).toBe('');
});

test('any texts at all give a message with a title of one line and nothing that hides or turns', () => {
  fc.assert(
    fc.property(anyText, anyText, (title, text) => {
      const message = messageOf(entryView({ title, content_text: text }), 'text');
      expect(message.title).toMatch(/\S/);
      expect(message.title).not.toContain('\n');
      expect(JSON.stringify(message)).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029]|\\u0000/);
      expect(message.title.isWellFormed()).toBe(true);
    }),
    { numRuns: 200, seed: 5 },
  );
});
