// The `teams` format: WEBHOOKS §8.

import { describe, expect, test } from '@jest/globals';
import { mostCardBytes, renderTeams } from '../../../src/deliver/render/teams.ts';
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

const card = (given: Views, over = {}): Json =>
  jsonOf(renderTeams, given, { format: 'teams', ...over }).attachments[0].content;

function runsOf({ body }: Json): string[] {
  return body.flatMap(({ inlines = [] }: Json) => inlines.map(({ text }: Json) => text));
}

test('an entry is a card with a title, a byline, its text, its picture and a button', () => {
  expect(jsonOf(renderTeams, [entryView(plainEntry)], { format: 'teams' })).toEqual({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            {
              type: 'RichTextBlock',
              inlines: [
                {
                  type: 'TextRun',
                  text: 'A title',
                  weight: 'Bolder',
                  selectAction: { type: 'Action.OpenUrl', url: plainEntry.url },
                },
              ],
            },
            {
              type: 'RichTextBlock',
              inlines: [
                {
                  type: 'TextRun',
                  text: 'Example security · J. Doe · 2026-11-20',
                  isSubtle: true,
                  size: 'Small',
                },
              ],
            },
            { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'One sentence.' }] },
            { type: 'Image', url: plainEntry.image, altText: 'A title', size: 'Large' },
          ],
          actions: [{ type: 'Action.OpenUrl', title: 'Open', url: plainEntry.url }],
        },
      },
    ],
  });
});

test('the charset is said', () => {
  expect(renderTeams([entryView(plainEntry)], optionsFor('teams')).contentType).toBe(
    'application/json; charset=utf-8',
  );
});

describe('a title or text that tries to be more', () => {
  test.each([...mentions, ...markup])('%j stands where Markdown means nothing', (hostile) => {
    const made = card([
      entryView({ ...plainEntry, title: `x ${hostile}`, summary: hostile, authors: [{ name: hostile }] }),
    ]);
    expectInert(made);
  });

  test('and in the fallback, which is Markdown, it is escaped', () => {
    for (const hostile of [...mentions, ...markup]) {
      const { body } = card([entryView({ title: `x ${hostile}`, summary: hostile })], { isFallback: true });
      expect(body).toEqual([{ type: 'TextBlock', text: expect.any(String), wrap: true }]);
      expect(isInertMarkdown(body[0].text)).toBe(true);
    }
  });

  test.each(['javascript:alert(1)', 'ms-settings:x', 'file:///etc/passwd'])('a link to %s is none', (url) => {
    expect(JSON.stringify(card([entryView({ title: 'T', url, image: url })]))).not.toContain(url);
  });
});

test('a picture that is not encrypted is left out', () => {
  const { body } = card([entryView({ ...plainEntry, image: 'http://example.org/1.jpg' })]);
  expect(body.filter(({ type }: Json) => type === 'Image')).toEqual([]);
});

test('paragraphs are blocks, and those after the twentieth share the last', () => {
  const content_text = Array.from({ length: 30 }, (_, index) => `p${index}`).join('\n');
  const texts = runsOf(card([entryView({ title: 'T', content_text })], { content: 'text' })).slice(2);
  expect(texts).toHaveLength(20);
  expect(texts[19]).toBe('p19 p20 p21 p22 p23 p24 p25 p26 p27 p28 p29');
});

test('a long text uses what there is room for', () => {
  const { body } = renderTeams(
    [entryView({ title: 'T', content_text: '日'.repeat(20_000) })],
    optionsFor('teams', { content: 'text' }),
  );
  expect(body.length).toBeLessThanOrEqual(mostCardBytes);
  expect(body.length).toBeGreaterThan(mostCardBytes - 10);
});

describe('several events', () => {
  test('share a card under a heading, and each title opens its own link', () => {
    const made = card(
      views(3, (index) => ({ ...plainEntry, title: `T${index}`, url: `https://example.org/${index}` })),
    );
    expect(runsOf(made)[0]).toBe('3 messages from Example security');
    expect(made).not.toHaveProperty('actions');
    const links = made.body.flatMap(({ inlines }: Json) => inlines[0].selectAction?.url ?? []);
    expect(links).toEqual(['https://example.org/0', 'https://example.org/1', 'https://example.org/2']);
  });

  test('that do not fit are counted, with a link to the feed', () => {
    const { body } = card(
      views(100, (index) => ({ title: `T${index}`, url: `https://example.org/${'a'.repeat(200)}${index}` })),
    );
    const [last] = body.at(-1).inlines;
    const [, count] = /^and (\d+) more from Example security$/.exec(last.text) ?? [];
    const shown = body.filter(({ inlines }: Json) => /^T\d+$/.test(inlines[0].text)).length;
    expect(shown + Number(count)).toBe(100);
    expect(last.selectAction).toEqual({ type: 'Action.OpenUrl', url: 'https://example.org/' });
  });
});

test('an alert has no entry and is told all the same', () => {
  expect(runsOf(card([view('test.ping', { message: 'It works.' })]))).toEqual([
    'Test message from feedhook',
    '2026-11-20',
    'It works.',
  ]);
});

testLimits(20, expectWithinLimits);

function expectWithinLimits(given: Views, over: object): void {
  const { body } = renderTeams(given, optionsFor('teams', over));
  expect(body.length).toBeLessThanOrEqual(mostCardBytes);
  const { content } = JSON.parse(body.toString('utf8')).attachments[0];
  if (content.body[0].type === 'TextBlock') expect(isInertMarkdown(content.body[0].text)).toBe(true);
  else expectInert(content);
}

/** Nothing of a feed stands in an element that reads Markdown, and nothing of it is filled in or a mention. */
function expectInert(content: Json): void {
  const { body, actions = [], msteams } = content;
  expect(msteams).toBeUndefined();
  expect(body.filter(({ type }: Json) => !['RichTextBlock', 'Image'].includes(type))).toEqual([]);
  expect(runsOf(content).filter((text) => text === '' || /\{\{|\$\{|<\/?at\b/i.test(text))).toEqual([]);
  const links = [...JSON.stringify({ body, actions }).matchAll(/"url":"([^"]*)"/g)].map(
    ([, url = '']) => url,
  );
  expect(links.filter((url) => !/^https?:\/\//.test(url))).toEqual([]);
}

function isInertMarkdown(text: string): boolean {
  const rest = text.replaceAll(/^https?:\S+$/gm, '').replaceAll(/\\[^0-9A-Za-z\s]/g, '\u0001');
  return !/[\\`*_~|[\]()#]|[&<](?!\u200b)|\{\{|\$\{|^(?:[-+=]|\d+[.)])/m.test(rest);
}
