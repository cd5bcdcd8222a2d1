// The `mattermost` format: WEBHOOKS §8.

import { describe, expect, test } from '@jest/globals';
import { mostText, renderMattermost } from '../../../src/deliver/render/mattermost.ts';
import {
  entryView,
  type Json,
  jsonOf,
  markup,
  mentions,
  plainEntry,
  testLimits,
  type Views,
  view,
  views,
} from './chat-views.ts';
import { optionsFor } from './nasty.ts';

const json = (given: Views, over = {}): Json =>
  jsonOf(renderMattermost, given, { format: 'mattermost', ...over });

/** Ours: a title in bold, a byline in italics, links behind them. */
function withoutOwn(markdown: string): string {
  return markdown
    .replaceAll(/\]\(https?:\/\/[^\s()]+\)/g, ']')
    .replaceAll(/^https?:\/\/[^\s\\`*~|<>()[\]{}'"@;]+$/gm, '')
    .replaceAll(/^\[?\*\*(.*?)\*\*\]?$/gm, '$1')
    .replaceAll(/^\*(.*)\*$/gm, '$1')
    .replaceAll(/^\[(and \d+ more.*)\]$/gm, '$1');
}

/** What the server reads before it looks for mentions: backslashes and character references are gone by then. */
function readByServer(markdown: string): string {
  return markdown
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .replaceAll(/&(?:#0*64|#x0*40|commat);?/gi, '@')
    .replaceAll(/&lt;?/g, '<');
}

function isInert(markdown: string): boolean {
  const rest = withoutOwn(markdown);
  const marks = rest.replaceAll(/\\[\\`*_~|[\]()#>+-]/g, '\u0001');
  return (
    !/@[\p{L}\p{N}._-]/u.test(readByServer(rest)) &&
    !/(?<![\w])~[a-z]|:[\w+-]+:/i.test(readByServer(rest)) &&
    !/[\\`*_~|[\]()#>]|<(?!\u200b)|:\/\/|:[\w+-]+:|www\.|^(?:[-+=]|\d+[.)])/im.test(marks)
  );
}

test('an entry is a linked title, a byline and its text', () => {
  expect(json([entryView(plainEntry)])).toEqual({
    text: '[**A title**](https://example.org/posts/42)\n*Example security · J. Doe · 2026-11-20*\nOne sentence.',
  });
});

test('a sender has a name and a picture', () => {
  const sender = { name: 'News', icon: 'https://example.org/i.png' };
  expect(json([entryView(plainEntry)], { sender })).toMatchObject({
    username: 'News',
    icon_url: sender.icon,
  });
});

describe('a title or text that tries to be more', () => {
  test.each([...mentions, ...markup])('%j stays text', (hostile) => {
    const entry = {
      ...plainEntry,
      title: `x ${hostile}`,
      summary: hostile,
      authors: [{ name: `y ${hostile}` }],
    };
    expect(isInert(json([entryView(entry)]).text)).toBe(true);
    expect(isInert(json([entryView(entry)], { isFallback: true }).text)).toBe(true);
  });

  test.each([
    ['a backslash', '\\@channel'],
    ['a character reference', '&#64;channel'],
    ['markup', '@**chan**nel'],
  ])('a mention is not put together again by %s', (_, title) => {
    expect(readByServer(json([entryView({ title })]).text)).not.toMatch(/@[a-z*]/);
  });

  test('a parenthesis in a link does not end it', () => {
    expect(json([entryView({ title: 'T', url: 'https://example.org/a_(b)' })]).text).toContain(
      '[**T**](https://example.org/a_%28b%29)',
    );
  });
});

test('a long text is cut so that it fits with its escapes, and none of them is cut in two', () => {
  const { text } = json([entryView({ title: 'T', content_text: '*👩🏽‍🚀'.repeat(9_000) })], {
    content: 'text',
  });
  expect([...text].length).toBeGreaterThan(mostText - 8);
  expect([...text].length).toBeLessThanOrEqual(mostText);
  expect(text).toMatch(/\n(?:\\\*👩🏽‍🚀)+(?:\\\*)?…$/u);
});

describe('several events', () => {
  test('share a message under a heading', () => {
    const { text } = json(views(2, (index) => ({ title: `T${index}`, url: `https://example.org/${index}` })));
    expect(text.split('\n\n')).toEqual([
      '**2 messages from Example security**',
      '[**T0**](https://example.org/0)\n*Example security*',
      '[**T1**](https://example.org/1)\n*Example security*',
    ]);
  });

  test('that do not fit are counted, with a link to the feed', () => {
    const { text } = json(
      views(100, (index) => ({ title: `T${index}`, url: `https://example.org/${'a'.repeat(300)}${index}` })),
    );
    const [, count] =
      /\n\n\[and (\d+) more from Example security\]\(https:\/\/example\.org\/\)$/.exec(text) ?? [];
    expect([...text.matchAll(/\*\*T\d+\*\*/g)].length + Number(count)).toBe(100);
  });
});

test('an alert has no entry and is told all the same', () => {
  expect(json([view('endpoint.disabled', { endpoint: 'my-app', reason: 'http-410' })]).text).toBe(
    '**my-app is disabled**\n*2026-11-20*\nhttp-410',
  );
});

testLimits(20, expectWithinLimits);

function expectWithinLimits(given: Views, over: object): void {
  const { text } = JSON.parse(renderMattermost(given, optionsFor('mattermost', over)).body.toString('utf8'));
  expect([...text].length).toBeGreaterThan(0);
  expect([...text].length).toBeLessThanOrEqual(mostText);
  expect(isInert(text)).toBe(true);
}
