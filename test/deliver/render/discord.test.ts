// The `discord` format: WEBHOOKS §8, FAULTS B21.

import { describe, expect, test } from '@jest/globals';
import {
  mostContent,
  mostDescription,
  mostEmbeds,
  mostOfAll,
  mostTitle,
  mostUrl,
  renderDiscord,
} from '../../../src/deliver/render/discord.ts';
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

const json = (given: Views, over = {}): Json => jsonOf(renderDiscord, given, { format: 'discord', ...over });

/** Written out by us, on a line of its own. */
const ownLink = /^https?:\/\/[^\s\\`*~|<>()[\]{}'"@;]+$/gm;

/** A backslash takes the meaning of the sign behind it; what is left must have none. */
function isInert(markdown: string): boolean {
  const rest = markdown.replaceAll(ownLink, '').replaceAll(/\\[^0-9A-Za-z\s]/g, '\u0001');
  const isMention = /@(?:everyone|here|[!&]?\d)/i.test(markdown.replaceAll(ownLink, ''));
  return !isMention && !/[\\`*_~|[\]()#<>]|:\/\/|:[\w~+-]+:|^(?:[-+=]|\d+[.)])/m.test(rest);
}

function markdownOf({ content, embeds = [] }: Json): string[] {
  return [content, ...embeds.flatMap(({ title, description }: Json) => [title, description])].filter(
    (text) => text !== undefined,
  );
}

test('an entry is an embed, and nobody may be mentioned', () => {
  expect(json([entryView(plainEntry)])).toEqual({
    embeds: [
      {
        title: 'A title',
        url: 'https://example.org/posts/42',
        description: 'One sentence.',
        timestamp: '2026-11-20T07:58:00.000Z',
        author: { name: 'J. Doe' },
        footer: { text: 'Example security' },
        image: { url: 'https://example.org/42.jpg' },
      },
    ],
    allowed_mentions: { parse: [] },
  });
});

test('the answer is asked to wait for the message', () => {
  expect(renderDiscord([entryView(plainEntry)], optionsFor('discord')).query).toEqual({ wait: 'true' });
});

describe('FAULTS B21: a title or text that tries to be more', () => {
  test.each([...mentions, ...markup])('%j stays text', (hostile) => {
    const entry = { ...plainEntry, title: `x ${hostile}`, summary: hostile, authors: [{ name: hostile }] };
    const body = json([entryView(entry, { feed: { title: hostile } })]);
    expect(body.allowed_mentions).toEqual({ parse: [] });
    expect(markdownOf(body).filter((text) => !isInert(text))).toEqual([]);
    const [{ author, footer }] = body.embeds;
    expect(`${author.name} ${footer.text}`).not.toMatch(/@(?:everyone|here|[!&]?\d)/);
  });

  test('and in the fallback', () => {
    const body = json(
      [entryView({ title: [...mentions, ...markup].join(' ').slice(0, 120), summary: '# @everyone' })],
      {
        isFallback: true,
      },
    );
    expect(Object.keys(body)).toEqual(['content', 'allowed_mentions']);
    expect(body.allowed_mentions).toEqual({ parse: [] });
    expect(isInert(body.content)).toBe(true);
  });
});

describe('a name of the sender', () => {
  test.each(['News', 'Disco rd', '日本'])('%j is taken', (name) => {
    expect(json([entryView(plainEntry)], { sender: { name } }).username).toBe(name);
  });

  test.each(['Discord news', 'CLYDE', 'everyone', 'here', ' ', 'x'.repeat(81), 'a@b', '```'])(
    'that Discord refuses, %j, is left out, and the message arrives',
    (name) => expect(json([entryView(plainEntry)], { sender: { name } })).not.toHaveProperty('username'),
  );
});

describe('a link that Discord refuses', () => {
  test.each(['http://intranet/a', 'http://localhost:8080/'])('%s is written out instead', (url) => {
    const [embed] = json([entryView({ title: 'T', url })]).embeds;
    expect(embed).not.toHaveProperty('url');
    expect(embed.description).toBe(url);
  });

  test('because of its length is left out', () => {
    const [embed] = json([
      entryView({ title: 'T', url: `https://example.org/${'a'.repeat(mostUrl)}` }),
    ]).embeds;
    expect(Object.keys(embed)).toEqual(['title', 'footer']);
  });
});

test.each(['0000-01-01T00:00:00Z', '+012026-01-01T00:00:00Z', '1812-01-01T00:00:00Z'])(
  'a date of %s is left out',
  (date) => {
    expect(json([entryView({ title: 'T', date_published: date })]).embeds[0]).not.toHaveProperty('timestamp');
  },
);

describe('a long text', () => {
  test('is cut so that it fits with its escapes, and none of them is cut in two', () => {
    const [{ description }] = json([entryView({ title: 'T', content_text: '*'.repeat(9_000) })], {
      content: 'text',
    }).embeds;
    expect(description).toMatch(/^(\\\*)+…$/);
    expect(description.length).toBeGreaterThan(mostDescription - 3);
  });

  test('in a title too', () => {
    const [{ title }] = json([entryView({ title: '_'.repeat(300) })]).embeds;
    expect(title).toMatch(/^(\\_)+…$/);
    expect(title.length).toBeGreaterThan(mostTitle - 3);
  });
});

test('a text that is the title too is not cut as short as the title', () => {
  for (const [words, length] of [
    [500, 2_499],
    [1_500, 4_000],
  ] as const) {
    const same = 'word '.repeat(words);
    const [{ description }] = json([entryView({ title: same, summary: same })]).embeds;
    expect(description.length).toBeGreaterThanOrEqual(length);
  }
});

describe('several events', () => {
  test('are an embed each under a heading', () => {
    const { content, embeds } = json(
      views(3, (index) => ({ ...plainEntry, title: `T${index}`, url: `https://example.org/${index}` })),
    );
    expect(content).toBe('3 messages from Example security');
    expect(embeds.map(({ title }: Json) => title)).toEqual(['T0', 'T1', 'T2']);
  });

  test('with one link do not become one embed', () => {
    const { embeds } = json(views(2, () => plainEntry));
    expect(embeds.map(({ url }: Json) => url)).toEqual([plainEntry.url, undefined]);
    expect(embeds[1].description).toBe(`One sentence.\n${plainEntry.url}`);
  });

  test('above ten are counted, with a link to the feed', () => {
    const { content, embeds } = json(views(25, (index) => ({ title: `T${index}` })));
    expect(embeds).toHaveLength(mostEmbeds);
    expect(content).toBe(
      '25 messages from Example security\nand 15 more from Example security\nhttps://example.org/',
    );
  });

  test('share what all embeds may have together', () => {
    const { embeds } = json(
      views(10, (index) => ({ title: `T${index}`, content_text: 'word '.repeat(900) })),
      { content: 'text' },
    );
    expect(embeds).toHaveLength(10);
    expect(embeds[9].description.length).toBeGreaterThan(500);
  });
});

test('an alert has no entry and is told all the same', () => {
  const [embed] = json([
    view('feed.gone', { feed: { id: 'f', labels: [] }, status: 410, since: '2026-11-20', polling: 'parked' }),
  ]).embeds;
  expect(embed.title).toBe('f is gone');
  expect(embed.description).toBe('It has answered 410 since 2026-11-20.\nIt is not polled any more.');
});

testLimits(10, expectWithinLimits);

function expectWithinLimits(given: Views, over: object): void {
  const made = JSON.parse(renderDiscord(given, optionsFor('discord', over)).body.toString('utf8'));
  const embeds: Json[] = made.embeds ?? [];
  expect(made.allowed_mentions).toEqual({ parse: [] });
  expect((made.content ?? '').length).toBeLessThanOrEqual(mostContent);
  expect(embeds.length).toBeLessThanOrEqual(mostEmbeds);
  expect((made.content ?? '').length + embeds.length).toBeGreaterThan(0);
  let total = 0;
  for (const { title, description = '', author, footer, url, image } of embeds) {
    expect(title.length).toBeGreaterThan(0);
    expect(title.length).toBeLessThanOrEqual(mostTitle);
    expect(description.length).toBeLessThanOrEqual(mostDescription);
    for (const link of [url, image?.url]) expect((link ?? '').length).toBeLessThanOrEqual(mostUrl);
    total += title.length + description.length + (author?.name.length ?? 0) + (footer?.text.length ?? 0);
  }
  expect(total).toBeLessThanOrEqual(mostOfAll);
  const urls = embeds.flatMap(({ url }) => url ?? []);
  expect(new Set(urls).size).toBe(urls.length);
  expect(markdownOf(made).filter((text) => !isInert(text))).toEqual([]);
}
