// The worst entry that a feed can be made to give, as stored after it went through the outbox, and the same as a payload that
// nobody has cleaned; and a request's other ingredients.

import { type Format, traitsOf } from '../../../src/config/formats.ts';
import type { EventView, RenderOptions } from '../../../src/deliver/render/rendered.ts';
import type { Entry } from '../../../src/model/entry.ts';
import type { StoredEvent } from '../../../src/model/event.ts';
import { entryEvent } from '../../../src/outbox/event.ts';
import { bare, change, detectedAt, feed } from '../../outbox/sample.ts';

export type Content = RenderOptions['content'];
export const contents: readonly Content[] = ['none', 'summary', 'text', 'html', 'both'];

const family = '👨‍👩‍👧‍👦';
const scotland = '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}';
const flags = '🇩🇪🇯🇵🇺🇳';
const zalgo = `Z${'\u0301\u0327\u0308'.repeat(40)}`;
const rightToLeft = 'مرحبا \u202eevil.exe\u202c שלום \u2067open';
const controls = '\u0001\u0007\u001b[31m\u007f\u0085';

const mentions = [
  '@everyone @here @channel @all @alice @feedhook_bot',
  '<!channel> <!here> <@U12345678> <#C12345678|general> <!subteam^S1> <@&123> <@!123> <#42> <a:wave:1>',
  '<at>Everyone</at> @room @alice:example.org https://matrix.to/#/@alice:example.org',
  '/start@feedhook_bot /kick alice #hashtag $USD',
].join(' ');

const markup = [
  '**bold __under ~~strike `code ```block ||spoiler [x](javascript:alert(1)) ![y](https://tracker.example/p.gif)',
  '<b>unclosed <a href="javascript:alert(1)">click</a> &amp; &bogus; <![CDATA[ ]]> {{entry.title}} {% raw %} #{7*7} %0a \\ " \'',
].join(' ');

const line = `${family}${flags}${scotland} ${rightToLeft} a\u2028b\u2029c ${controls} ${mentions} ${markup} ${zalgo}`;
const longUrl = `https://example.org/${'long/'.repeat(1_000)}?q=%22%3Cb%3E&x=1#@everyone`;

export const nastyEntry: Entry = {
  ...bare,
  id: 'tag:example.org,2026:<nasty>&"',
  url: longUrl,
  externalUrl: 'javascript:alert(1)',
  summary: `${markup} ${line}`,
  contentHtml:
    `<p>${line}</p><a href="javascript:alert(2)">j</a>${`<div><p>${family}${line}</p>`.repeat(400)}`.padEnd(
      300_000,
      'x 👩🏽‍🚀 ',
    ),
  published: '2026-11-20T08:58:00+01:00',
  authors: [{ name: `@channel ${line}` }, { name: '<!here>' }],
  categories: [{ term: '@all' }, { term: line }, { term: family }],
  enclosures: Array.from({ length: 40 }, (_, index) => ({
    url: `https://example.org/${index}.mp3?${'p'.repeat(100)}`,
    mimeType: 'audio/mpeg',
    length: index + 1,
  })),
};

const nastyFeed = { ...feed, facts: { ...feed.facts, title: `<!channel> @everyone ${line}` } };

/** The first is the worst; those that share a request with it have fewer bytes, since ids and links are never cut. */
export function nastyEvent(index = 0): StoredEvent {
  const id = `${nastyEntry.id}-${index}`;
  const made = entryEvent(
    change(
      {
        ...nastyEntry,
        id,
        ...(index % 3 === 1 && { title: `${family} ${line}` }),
        ...(index > 0 && {
          url: `https://example.org/posts/${index}?@here&a=b`,
          contentHtml: `<p>${line}`,
          enclosures: nastyEntry.enclosures.slice(0, 2),
        }),
      },
      { key: { value: `guid:${id}`, source: 'guid' }, sequence: 1_042 + index },
    ),
    nastyFeed,
    detectedAt,
  );
  return { ...made, body: made.body };
}

/** The outbox would let none of this through. */
export function uncleanEvent(index = 0): StoredEvent {
  const event = nastyEvent(index);
  const payload = JSON.parse(event.body);
  const { entry, feed: shown } = payload.data;
  Object.assign(entry, {
    title: `${line}\n${line}`,
    url: 'javascript:alert(document.domain)',
    external_url: 'https://admin:secret@example.org/x?y=1|<z>',
    summary: `${line}\n\n\n${markup}\r\n${zalgo}`,
    content_text: `${line}\n`.repeat(index === 0 ? 40 : 2),
    image: 'data:image/png;base64,AAAA',
  });
  shown.title = `\u202e${line}`;
  shown.home_page_url = 'javascript:alert(1)';
  return { ...event, body: JSON.stringify(payload) };
}

export function viewOf(event: StoredEvent): EventView {
  return { event, payload: JSON.parse(event.body) };
}

const homes: Partial<Record<Format, string>> = {
  telegram: 'https://api.telegram.org/bot123:token/sendMessage',
  matrix: 'https://matrix.example.org',
  gotify: 'https://push.example.org/message',
  ntfy: 'https://ntfy.example.org',
};

const recipients: Partial<Record<Format, string>> = {
  telegram: '-1001234567890',
  ntfy: 'my-topic',
  matrix: '!room/with?odd#id:example.org',
};

export function optionsFor(format: Format, over: Partial<RenderOptions> = {}): RenderOptions {
  const { isChat, maxBytes } = traitsOf[format];
  const to = recipients[format];
  return {
    id: 'my-app',
    url: homes[format] ?? 'https://example.org/hook',
    format,
    content: isChat ? 'summary' : 'both',
    maxBytes,
    sender: {},
    requestId: 'evt_ddlojucljyocbycxwkbxztcgdz',
    isFallback: false,
    ...(to !== undefined && { to }),
    ...(format === 'template' && { template }),
    ...over,
  };
}

const template = {
  title: '{{entry.title}}',
  mixed: 'New: {{entry.title}} — {{entry.summary}} {{entry.url}}',
  sequence: '{{entry._feedhook.sequence}}',
  text: '{{entry.content_text}}',
  nothing: '{{entry.no_such_field}}',
  fixed: true,
};
