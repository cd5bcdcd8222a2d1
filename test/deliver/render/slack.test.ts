// The `slack` format: WEBHOOKS §8, FAULTS B22.

import { describe, expect, test } from '@jest/globals';
import {
  mostBlockBytes,
  mostBlocks,
  mostSectionText,
  mostText,
  renderSlack,
} from '../../../src/deliver/render/slack.ts';
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

const json = (given: Views, over = {}): Json => jsonOf(renderSlack, given, { format: 'slack', ...over });

function textsOf({ text, blocks = [] }: Json): string[] {
  return [
    text,
    ...blocks.flatMap((block: Json) =>
      [block.text ?? [], block.elements ?? []].flat().map((each: Json) => each.text),
    ),
  ];
}

/** All that is left when our own links are taken out has to be text. */
function isInert(text: string): boolean {
  const rest = text.replaceAll(/<https?:\/\/[^<>|]+\|([^<>]*)>/g, '$1');
  return !/[<>]|&(?!(?:amp|lt|gt);)/.test(rest);
}

test('an entry is a linked title, its text and a byline', () => {
  expect(json([entryView(plainEntry)])).toEqual({
    text: 'A title',
    blocks: [
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '*<https://example.org/posts/42|A title>*', verbatim: true },
      },
      { type: 'section', text: { type: 'mrkdwn', text: 'One sentence.', verbatim: true } },
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: 'Example security · J. Doe · 2026-11-20', verbatim: true }],
      },
    ],
    unfurl_links: false,
    unfurl_media: false,
  });
});

test('a sender has a name and a picture', () => {
  const sender = { name: 'News', icon: 'https://example.org/i.png' };
  expect(json([entryView(plainEntry)], { sender })).toMatchObject({
    username: 'News',
    icon_url: sender.icon,
  });
});

describe('FAULTS B22: a title or text that tries to be more', () => {
  test.each([...mentions, ...markup])('%j stays text', (hostile) => {
    const body = json([
      entryView({ ...plainEntry, title: `x ${hostile}`, summary: hostile, authors: [{ name: hostile }] }),
    ]);
    expect(textsOf(body).filter((text) => !isInert(text))).toEqual([]);
  });

  test('`<!channel>` is shown as it was written', () => {
    expect(json([entryView({ title: '<!channel> & <https://evil|https://bank>' })]).text).toBe(
      '&lt;!channel&gt; &amp; &lt;https://evil|https://bank&gt;',
    );
  });

  test('what was escaped already is escaped again', () => {
    expect(json([entryView({ title: '&lt;!here&gt;' })]).text).toBe('&amp;lt;!here&amp;gt;');
  });

  test('a bar in a link does not end it', () => {
    const [title] = json([entryView({ title: 'T', url: 'https://example.org/?a|b&c' })]).blocks;
    expect(title.text.text).toBe('*<https://example.org/?a%7Cb&amp;c|T>*');
  });

  test('nothing is looked for in plain text', () => {
    const { blocks, link_names, parse } = json([entryView(plainEntry)]);
    expect(blocks.map((block: Json) => (block.text ?? block.elements[0]).verbatim)).toEqual([
      true,
      true,
      true,
    ]);
    expect({ link_names, parse }).toEqual({});
  });
});

describe('a long text', () => {
  test('is cut so that it fits with its escapes, and none of them is cut in two', () => {
    const { text } = json([entryView({ title: 'T', content_text: '&'.repeat(9_000) })], { content: 'text' })
      .blocks[1];
    expect(text.text).toMatch(/^(&amp;)+…$/);
    expect(text.text.length).toBeGreaterThan(mostSectionText - 6);
  });

  test('is cut between people, not within a family', () => {
    const { text } = json([entryView({ title: 'T', content_text: '👨‍👩‍👧‍👦'.repeat(900) })], {
      content: 'text',
    }).blocks[1];
    expect(text.text).toMatch(/^(👨‍👩‍👧‍👦)+…$/u);
  });
});

describe('several events', () => {
  test('share a message under a heading', () => {
    const { text, blocks } = json(views(3, (index) => ({ ...plainEntry, title: `T${index}` })));
    expect(text).toBe('3 messages from Example security');
    expect(blocks).toHaveLength(4);
    expect(blocks[2].text.text).toContain('|T1>*\nExample security · J. Doe · 2026-11-20\nOne sentence.');
  });

  test('that do not fit are counted, with a link to the feed', () => {
    const many = views(80, (index) => ({
      title: `${'T'.repeat(200)}${index}`,
      url: `https://example.org/${index}`,
    }));
    const { blocks } = json(many);
    const [, count] = /\|and (\d+) more from Example security>$/.exec(blocks.at(-1).text.text) ?? [];
    expect(blocks.at(-1).text.text).toMatch(/^<https:\/\/example\.org\/\|/);
    expect(blocks.length - 2 + Number(count)).toBe(80);
  });

  test('lose text before any of them is left out', () => {
    const { blocks } = json(
      views(20, (index) => ({ title: `T${index}`, content_text: 'word '.repeat(900) })),
      { content: 'text' },
    );
    expect(blocks).toHaveLength(21);
    expect(blocks[20].text.text).toMatch(/word word w?o?r?d?…$/);
  });
});

test('what was refused is sent as plain text, shortened', () => {
  const body = json([entryView({ ...plainEntry, title: '<!channel>', summary: 'x '.repeat(2_000) })], {
    isFallback: true,
  });
  expect(Object.keys(body)).toEqual(['text', 'unfurl_links', 'unfurl_media']);
  expect(body.text).toMatch(/^&lt;!channel&gt;\nhttps:\/\/example\.org\/posts\/42\n(x )+x…$/);
  expect(body.text.length).toBeLessThan(800);
});

test('an alert has no entry and is told all the same', () => {
  const body = json([view('endpoint.disabled', { endpoint: 'my-app', reason: 'http-410' })]);
  expect(textsOf(body)).toEqual(['my-app is disabled', '*my-app is disabled*', 'http-410', '2026-11-20']);
});

describe('with a kilobyte there is still a title', () => {
  test('of one event', () => {
    const url = `https://example.org/${'a'.repeat(1_900)}`;
    const { blocks } = json([entryView({ title: 'é'.repeat(3_000), url })], { maxBytes: 1_024 });
    expect(blocks).toEqual([
      { type: 'section', text: expect.objectContaining({ text: expect.stringMatching(/^\*é+…\*$/) }) },
    ]);
  });

  test('of several, and how many there are', () => {
    const long = '日'.repeat(300);
    const of = () => entryView({ title: long }, { feed: { title: long } });
    const { blocks } = json([of(), ...Array.from({ length: 19 }, of)], { maxBytes: 1_024 });
    expect(blocks.map(({ text }: Json) => text.text)).toEqual([
      expect.stringMatching(/^20 messages from 日+…$/),
      expect.stringMatching(/^\*日+…\*$/),
      expect.stringMatching(/^and 19 more from 日+…$/),
    ]);
  });
});

testLimits(20, expectWithinLimits);

function expectWithinLimits(given: Views, over: object): void {
  const { body, contentType } = renderSlack(given, optionsFor('slack', over));
  expect(contentType).toBe('application/json; charset=utf-8');
  expect(body.length).toBeLessThanOrEqual(mostBlockBytes);
  const made = JSON.parse(body.toString('utf8'));
  expect(made.text.length).toBeGreaterThan(0);
  expect(made.text.length).toBeLessThanOrEqual(mostText);
  expect((made.blocks ?? []).length).toBeLessThanOrEqual(mostBlocks);
  const [, ...texts] = textsOf(made);
  expect(texts.filter((text) => text.length === 0 || text.length > mostSectionText)).toEqual([]);
  expect(textsOf(made).filter((text) => !isInert(text))).toEqual([]);
}
