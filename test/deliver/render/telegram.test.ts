// https://core.telegram.org/bots/api#sendmessage

import { describe, expect, test } from '@jest/globals';
import { inert } from '../../../src/deliver/render/telegram-html.ts';
import { feedEvent } from '../../../src/outbox/feed-event.ts';
import { detectedAt, feed, notices } from '../../outbox/sample.ts';
import { eventOf, jsonOf, manyEvents, requestOf } from './requests.ts';

const chat = { to: '@news', content: 'summary' } as const;
const send = (fields: Parameters<typeof eventOf>[0] = {}, over: object = {}) =>
  jsonOf('telegram', eventOf(fields), { ...chat, ...over });

describe('an entry', () => {
  test('is a linked title, a byline and its text, in the HTML that Telegram knows', () => {
    expect(send()).toEqual({
      chat_id: '@news',
      text: [
        '<b><a href="https://example.org/posts/42">Plain text title</a></b>',
        '<i>Example security · J. Doe · 2026-11-20</i>',
        '',
        'One or two plain sentences.',
      ].join('\n'),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
    });
  });

  test('is posted as JSON to the URL as configured', () => {
    const { method, path, contentType } = requestOf('telegram', eventOf(), chat);
    expect([method, path, contentType]).toEqual([undefined, undefined, 'application/json; charset=utf-8']);
  });

  test.each([
    ['a title with markup', { title: 'a <b> & "c"' }, 'a &lt;b&gt; &amp; &quot;c&quot;'],
    [
      'a link with a query',
      { url: 'https://example.org/?a=1&b="' },
      'href="https://example.org/?a=1&amp;b=%22"',
    ],
  ])('%s is escaped', (_, fields, part) => {
    expect(send(fields).text).toContain(part);
  });

  test('without any link has its title alone', () => {
    const { text } = send({ url: 'javascript:alert(1)', externalUrl: 'data:,x' });
    expect(text).toMatch(/^<b>Plain text title<\/b>\n/);
  });

  test('with a link too long to be one is told without it', () => {
    expect(send({ url: `https://example.org/${'a'.repeat(2_100)}` }).text).toMatch(/^<b>Plain/);
  });

  test('fills 4096 characters after its markup is read, and no more', () => {
    const { text } = send({ summary: '&amp; '.repeat(5_000) }, { content: 'summary', maxBytes: 1_000_000 });
    const seen = text.replace(/<[^>]*>/g, '').replaceAll('&amp;', '&');
    expect(seen.length).toBeGreaterThan(4_090);
    expect(seen.length).toBeLessThanOrEqual(4_096);
    expect(text.length).toBeGreaterThan(8_000);
  });

  test('of emoji counts each twice, and none is halved', () => {
    const { text } = send({ summary: '👩🏽‍🚀'.repeat(2_000) });
    expect(text.replace(/<[^>]*>/g, '').length).toBeLessThanOrEqual(4_096);
    expect(text).toMatch(/👩🏽‍🚀…$/);
  });

  test('that was refused is plain text, short, with its link in sight', () => {
    const body = send({ summary: 'word '.repeat(1_000) }, { isFallback: true });
    expect(body.parse_mode).toBeUndefined();
    expect(body.text).toMatch(/^Plain text title\nhttps:\/\/example\.org\/posts\/42\n\nword /);
    expect(body.text.length).toBeLessThan(700);
  });
});

describe('words that Telegram acts on', () => {
  test.each([
    ['a mention', 'hi @alice', 'hi @\u2060alice'],
    ['a mention behind punctuation', '(@alice)', '(@\u2060alice)'],
    ['a hashtag', '#news', '#\u2060news'],
    ['a hashtag that begins with a non-joiner', '#\u200cnews', '#\u2060\u200cnews'],
    ['a cashtag', '$USD', '$\u2060USD'],
    ['a command', '/start@bot', '/\u2060start@\u2060bot'],
    ['a command behind a link', 'https://example.org/a /start', 'https://example.org/a /\u2060start'],
    [
      'a mention behind what ends a link',
      'https://example.org/a«@alice',
      'https://example.org/a«@\u2060alice',
    ],
    ['a mention as a host', 'http://@alice/', 'http://@\u2060alice/'],
  ])('%s is no longer one', (_, text, made) => {
    expect(inert(text)).toBe(made);
  });

  test.each([
    ['a link with an account', 'see https://example.org/@alice/1#top.'],
    ['a path', 'and/or 1/2 a//b </b> src/main'],
    ['a lonely sign', 'a @ b # c $ 5'],
  ])('%s stays as it is', (_, text) => {
    expect(inert(text)).toBe(text.replace('$ 5', '$ 5'));
  });

  test('what was made inert once stays so', () => {
    const once = inert('@alice #news /start');
    expect(inert(once)).toBe(once);
  });

  test('are inert in title, byline and text', () => {
    const { text } = send({ title: '@title', authors: [{ name: '@author' }], summary: '@text' });
    expect(text.match(/@./gu)).toEqual(['@\u2060', '@\u2060', '@\u2060']);
  });
});

describe('several events', () => {
  test('are a list of links', () => {
    const { text } = jsonOf('telegram', manyEvents(3), chat);
    const [head, ...lines] = text.split('\n');
    expect(head).toBe('<b>3 messages from Example security</b>');
    expect(lines[0]).toBe('• <a href="https://example.org/posts/42">Post 0</a> — <i>J. Doe · 2026-11-20</i>');
    expect(lines).toHaveLength(3);
  });

  test('that have no room end in how many more there are', () => {
    const events = manyEvents(20, (index) => ({ title: `${index} ${'long '.repeat(30)}` }));
    const { text } = jsonOf('telegram', events, { ...chat, maxBytes: 2_048 });
    const shown = text.split('\n').filter((line: string) => line.startsWith('•')).length;
    expect(shown).toBeGreaterThan(3);
    expect(text.split('\n').at(-1)).toBe(`and ${20 - shown} more from Example security`);
  });
});

test('what happens to a feed is told as well', () => {
  const event = feedEvent(notices['feed.error'], feed, detectedAt);
  expect(jsonOf('telegram', event, chat).text).toMatch(/^<b>.*Example security cannot be read/);
});

test('without a chat nothing can be rendered, and where not even a title fits neither', () => {
  const failing = (over: object) => () => requestOf('telegram', eventOf(), over);
  expect(failing({})).toThrow('no chat');
  expect(failing({ ...chat, maxBytes: 100 })).toThrow('not even a title');
});
