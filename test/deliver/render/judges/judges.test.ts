// The judges are judged: each takes what its vendor's documentation shows, and refuses each of the ways to be wrong.

import { describe, expect, test } from '@jest/globals';
import { type Format, formats } from '../../../../src/config/formats.ts';
import type { Asked, JudgedRequest } from './judge.ts';
import { judges } from './judges.ts';

const requestId = 'evt_ddlojucljyocbycxwkbxztcgdz';

type Tree = Record<string, unknown>;

const entry = {
  id: 'post-42',
  url: 'https://example.org/42',
  title: 'A title',
  content_html: '<p>A <b>body</b> &amp; <a href="https://example.org/">link</a></p>',
  _feedhook: {},
};
const data = { feed: { id: 'a' }, entry };
const minifluxEntry = {
  ...{ id: 1, user_id: 1, feed_id: 7, status: 'unread', hash: 'h', title: 't', url: 'https://example.org/' },
  ...{ comments_url: '', published_at: '2026-11-20T08:58:00Z', created_at: '2026-11-20T08:58:00Z' },
  ...{ changed_at: '2026-11-20T08:58:00Z', content: '<p>x</p>', author: '', share_code: '', starred: false },
  ...{ reading_time: 1, enclosures: [], tags: [] },
};
const mrkdwn = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const card = (over: Tree) => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: { type: 'AdaptiveCard', version: '1.4', body: [{ type: 'TextBlock', text: 't' }], ...over },
    },
  ],
});

interface Sample {
  readonly contentType: string;
  readonly good: Tree | string;
  readonly request?: Partial<JudgedRequest>;
  /** What is wrong, and how it is made: other fields, or another text. */
  readonly bad: Readonly<Record<string, Tree | string>>;
}

const json = 'application/json; charset=utf-8';
const atom = (
  entries: string,
  head = '<id>urn:a</id><title>t</title><updated>2026-11-20T08:58:00Z</updated>',
) =>
  `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">${head}${entries}</feed>`;
const atomEntry = '<entry><id>urn:b</id><title>t</title><updated>2026-11-20T08:58:00Z</updated></entry>';

const samples: Readonly<Record<Format, Sample>> = {
  standard: {
    contentType: json,
    good: { id: requestId, type: 'entry.new', timestamp: '2026-11-20T09:20:11Z', data },
    bad: {
      'another id': { id: 'evt_other' },
      'no time': { timestamp: 'yesterday' },
      'half a character': { data: { ...data, entry: { ...entry, title: '\ud83d' } } },
      'an open tag': { data: { ...data, entry: { ...entry, content_html: '<p>a' } } },
      'a closed tag too many': { data: { ...data, entry: { ...entry, content_html: 'a</p>' } } },
      'half a tag': { data: { ...data, entry: { ...entry, content_html: '<p>a</p><a href="x' } } },
      'a script link': {
        data: { ...data, entry: { ...entry, content_html: '<a href="javascript:x()">a</a>' } },
      },
      'an event handler': { data: { ...data, entry: { ...entry, content_html: '<p onclick="x()">a</p>' } } },
      'no content': { data: { ...data, entry: { id: 'a', _feedhook: {} } } },
      'no JSON': '{"id":',
    },
  },
  cloudevents: {
    contentType: 'application/cloudevents+json; charset=utf-8',
    good: {
      ...{
        specversion: '1.0',
        id: requestId,
        source: 'https://example.org/feed',
        type: 'feedhook.entry.new',
      },
      ...{ time: '2026-11-20T09:20:11Z', subject: 'post-42', sequence: '0000001042', data },
    },
    bad: {
      'another version': { specversion: '0.3' },
      'a source with a blank': { source: 'the feed' },
      'a control character': { subject: 'a\u0001' },
      'a number as attribute': { sequence: 42 },
      'an empty attribute': { subject: '' },
      'a name in capitals': { feedId: 'a' },
    },
  },
  jsonfeed: {
    contentType: 'application/feed+json; charset=utf-8',
    good: {
      version: 'https://jsonfeed.org/version/1.1',
      title: 't',
      feed_url: 'https://example.org/',
      items: [entry],
    },
    bad: {
      'another version': { version: '1' },
      'no title': { title: '' },
      'an item less': { items: [] },
      'an item without content': { items: [{ id: 'a', _feedhook: {} }] },
      'a relative link': { feed_url: '/feed' },
    },
  },
  atom: {
    contentType: 'application/atom+xml; charset=utf-8',
    good: atom(atomEntry),
    bad: {
      'an open element': atom(atomEntry.replace('</entry>', '')),
      'a reference nobody declared': atom(atomEntry.replace('>t<', '>&nbsp;<')),
      'a bare ampersand': atom(atomEntry.replace('>t<', '>a & b<')),
      'a control character': atom(atomEntry.replace('>t<', '>\u0001<')),
      'no updated': atom(atomEntry.replace(/<updated>.*<\/updated>/, '')),
      'an entry less': atom(''),
      'no id of the feed': atom(atomEntry, '<title>t</title><updated>2026-11-20T08:58:00Z</updated>'),
      'a script link': atom(atomEntry.replace('<title>', '<link href="javascript:x()"/><title>')),
    },
  },
  form: {
    contentType: 'application/x-www-form-urlencoded',
    good: 'id=a&title=%F0%9F%9A%80+up',
    bad: {
      'half a percent sign': 'title=%F',
      'bytes that are no UTF-8': 'title=%FF',
      'a blank': 'title=a b',
      'a pair without name': '=a',
      'a line break': 'title=a\nb',
    },
  },
  template: {
    contentType: json,
    good: { title: 't', mixed: 'New: t', sequence: 1042, fixed: true },
    bad: {
      'a number that became text': { sequence: '1042' },
      'a placeholder': { title: '{{entry.title}}' },
      'a key of nothing': { nothing: null },
      'no JSON': '{"title":"a "quoted" title"}',
    },
  },
  miniflux: {
    contentType: json,
    good: {
      event_type: 'new_entries',
      feed: { id: 7, feed_url: 'https://example.org/feed', title: 't' },
      entries: [minifluxEntry],
    },
    bad: {
      'a text as id': { entries: [{ ...minifluxEntry, id: 'a' }] },
      'an id beyond what JSON numbers hold': { entries: [{ ...minifluxEntry, id: 2 ** 60 }] },
      'a field less': { entries: [{ ...minifluxEntry, tags: undefined }] },
      'another feed': { entries: [{ ...minifluxEntry, feed_id: 8 }] },
      'an entry less': { entries: [] },
      'an open tag': { entries: [{ ...minifluxEntry, content: '<p>' }] },
    },
  },
  superfeedr: {
    contentType: json,
    good: { status: { feed: 'https://example.org/feed' }, items: [{ id: 'a', published: 1_795_000_000 }] },
    bad: {
      milliseconds: { items: [{ id: 'a', published: 1_795_000_000_000 }] },
      'no id': { items: [{ id: '' }] },
      'an item less': { items: [] },
      'no status': { status: null },
      'a script link': { items: [{ id: 'a', permalinkUrl: 'javascript:x()' }] },
    },
  },
  slack: {
    contentType: json,
    good: {
      text: 'a',
      blocks: [mrkdwn('<https://example.org/?a&amp;b|a title> &lt;!channel&gt;')],
      unfurl_links: false,
    },
    bad: {
      'a channel mention': { blocks: [mrkdwn('<!channel>')] },
      'a user mention in the fallback': { text: '<@U123>' },
      'half a link': { blocks: [mrkdwn('<https://example.org/|a title')] },
      'half a reference': { blocks: [mrkdwn('a &am…')] },
      'a long section': { blocks: [mrkdwn('a'.repeat(3001))] },
      'a long header': { blocks: [{ type: 'header', text: { type: 'plain_text', text: 'a'.repeat(151) } }] },
      'too many blocks': { blocks: Array.from({ length: 51 }, () => mrkdwn('a')) },
      'an empty section': { blocks: [mrkdwn('')] },
      'linked names': { link_names: true },
      'no text': { text: '' },
      unfurling: { unfurl_links: true },
    },
  },
  discord: {
    contentType: json,
    good: {
      embeds: [{ title: 't', url: 'https://example.org/', description: 'd' }],
      allowed_mentions: { parse: [] },
    },
    bad: {
      'allowed mentions': { allowed_mentions: { parse: ['everyone'] } },
      'a long title': { embeds: [{ title: 'a'.repeat(257) }] },
      'a long description': { embeds: [{ description: 'a'.repeat(4097) }] },
      'too much together': { embeds: [{ description: 'a'.repeat(4000) }, { description: 'a'.repeat(2001) }] },
      'too many embeds': { embeds: Array.from({ length: 11 }, () => ({ title: 't' })) },
      'one URL twice': { embeds: [{ url: 'https://example.org/' }, { url: 'https://example.org/' }] },
      'a long URL': { embeds: [{ url: `https://example.org/${'a'.repeat(2048)}` }] },
      'a script link': { embeds: [{ url: 'javascript:x()' }] },
      'an empty title': { embeds: [{ title: '' }] },
      nothing: { embeds: [] },
      'an open direction': { embeds: [{ title: 'a\u202eb' }] },
    },
  },
  teams: {
    contentType: json,
    good: card({ actions: [{ type: 'Action.OpenUrl', title: 'Open', url: 'https://example.org/' }] }),
    bad: {
      'a script link': card({ actions: [{ type: 'Action.OpenUrl', title: 'Open', url: 'javascript:x()' }] }),
      'a mention': card({ msteams: { entities: [{ type: 'mention' }] } }),
      'an empty card': card({ body: [] }),
      'another card': card({ type: 'HeroCard' }),
      'no version': card({ version: undefined }),
      'a hidden script': card({ body: [{ type: 'TextBlock', text: '[a](javascript:x())' }] }),
      'too many bytes': card({ body: [{ type: 'TextBlock', text: 'a'.repeat(14_000) }] }),
    },
  },
  mattermost: {
    contentType: json,
    good: { text: '**t** [open](https://example.org/@all) a@example.org @\u200ball' },
    bad: {
      'a channel mention': { text: 'hi @channel' },
      'a user mention': { text: '(@alice)' },
      'too long': { text: 'a'.repeat(16_384) },
      empty: { text: ' ' },
      'a script link': { text: '[a](javascript:x())' },
      'a script as picture': { icon_url: 'javascript:x()' },
    },
  },
  telegram: {
    contentType: json,
    good: {
      chat_id: '@c',
      text: '<b><a href="https://example.org/?a&amp;b">t</a></b> @\u2060all a@b https://example.org/@all',
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
    },
    bad: {
      'a mention': { text: 'hi @alice' },
      'a mention behind a bracket': { text: '(@alice)' },
      'a mention behind a link': { text: 'https://example.org/\u00ab@alice' },
      'a hashtag': { text: '#tag' },
      'a hashtag behind a non-joiner': { text: '#\u200ctag' },
      'a cashtag': { text: '$USD' },
      'a command': { text: '/start' },
      'an open tag': { text: '<b>a' },
      'crossed tags': { text: '<b><i>a</b></i>' },
      'a tag it does not know': { text: '<p>a</p>' },
      'a reference it does not know': { text: 'a&hellip;' },
      'half a reference': { text: 'a &am' },
      'a bare ampersand': { text: 'a & b' },
      'a script link': { text: '<a href="javascript:x()">a</a>' },
      'too long': { text: 'a'.repeat(4097) },
      'too many emoji': { text: '🚀'.repeat(2049) },
      'nothing to read': { text: ' \u200d' },
      'half a family': { text: '👨\u200d…' },
      'half a flag': { text: '🇩…' },
      'no chat': { chat_id: '' },
      'plain text': { parse_mode: undefined },
      'a preview': { link_preview_options: {} },
    },
  },
  ntfy: {
    contentType: json,
    good: { topic: 't', title: 'a', message: 'm', click: 'https://example.org/', tags: ['rss'], priority: 3 },
    bad: {
      'a long message': { message: 'ä'.repeat(2049) },
      'no message': { message: '' },
      'a title of two lines': { title: 'a\nb' },
      'a script as click': { click: 'javascript:x()' },
      'a priority beyond 5': { priority: 6 },
      'a topic with a slash': { topic: 'a/b' },
      'a tag with a comma': { tags: ['a,b'] },
      'a body of more than 8 KiB': { message: 'a'.repeat(4096), title: 'b'.repeat(4200) },
      'a control character': { message: '\u001b[31m' },
      'a file': { attach: 'https://example.org/a.png' },
    },
  },
  gotify: {
    contentType: json,
    good: {
      ...{ title: 't', message: 'm', priority: 5 },
      extras: {
        'client::display': { contentType: 'text/plain' },
        'client::notification': { click: { url: 'https://example.org/' } },
      },
    },
    bad: {
      'no message': { message: '' },
      Markdown: { extras: { 'client::display': { contentType: 'text/markdown' } } },
      'a script as click': {
        extras: {
          'client::display': { contentType: 'text/plain' },
          'client::notification': { click: { url: 'javascript:x()' } },
        },
      },
      'a priority that is text': { priority: '5' },
      'a picture': { message: 'bigImageUrl' },
    },
  },
  matrix: {
    contentType: 'application/json',
    good: {
      ...{ msgtype: 'm.notice', body: 'a', format: 'org.matrix.custom.html' },
      ...{ formatted_body: '<strong>a</strong><br>b', 'm.mentions': {} },
    },
    request: { method: 'PUT', path: `/_matrix/client/v3/rooms/!a%3Ab/send/m.room.message/${requestId}` },
    bad: {
      'a text that bots answer': { msgtype: 'm.text' },
      'no word on mentions': { 'm.mentions': undefined },
      'the room mentioned': { 'm.mentions': { room: true } },
      'an open tag': { formatted_body: '<strong>a' },
      'a tag that is not shown': { formatted_body: '<script>a</script>' },
      'an attribute that is not shown': { formatted_body: '<a href="https://a.example/" style="x">a</a>' },
      'a picture from the web': { formatted_body: '<img src="https://a.example/">' },
      'too large': { body: 'a'.repeat(64_000) },
      'no body': { body: '' },
    },
  },
};

const asked: Asked = { maxBytes: 200_000, events: 1, isFallback: false, content: 'both', requestId };

function request({ contentType, good, request: over }: Sample, change: Tree | string = {}): JudgedRequest {
  const text = typeof change === 'string' ? change : JSON.stringify({ ...(good as Tree), ...change });
  const body = typeof good === 'string' && typeof change !== 'string' ? good : text;
  return { body: Buffer.from(body), contentType, ...over };
}

const bad = formats.flatMap((format) =>
  Object.keys(samples[format].bad).map((what) => [format, what] as const),
);

describe('a judge', () => {
  test.each(formats)('of %s takes a good request', (format) => {
    expect(judges[format](request(samples[format]), asked)).toEqual([]);
  });

  test.each(bad)('of %s refuses %s', (format, what) => {
    expect(judges[format](request(samples[format], samples[format].bad[what]), asked)).not.toEqual([]);
  });

  test.each(formats)('of %s refuses a body that is too long, or that is no UTF-8', (format) => {
    const good = request(samples[format]);
    expect(judges[format](good, { ...asked, maxBytes: good.body.length - 1 })).not.toEqual([]);
    expect(judges[format]({ ...good, body: Buffer.from([...good.body, 0xff]) }, asked)).not.toEqual([]);
  });

  test.each(['standard', 'cloudevents', 'jsonfeed'] as const)(
    'of %s refuses HTML that was not asked for',
    (format) => {
      const found = judges[format](request(samples[format]), { ...asked, content: 'text' });
      expect(found).toContain('no HTML is sent where none is asked for');
    },
  );

  test('of matrix refuses another path and method', () => {
    const good = request(samples.matrix);
    for (const over of [{ method: 'POST' }, { path: '/send' }, { path: good.path?.replace('!a', 'a/b') }]) {
      expect(judges.matrix({ ...good, ...over }, asked)).not.toEqual([]);
    }
  });

  test.each(['telegram', 'matrix'] as const)('of %s refuses markup in a fallback', (format) => {
    expect(judges[format](request(samples[format]), { ...asked, isFallback: true })).not.toEqual([]);
  });
});
