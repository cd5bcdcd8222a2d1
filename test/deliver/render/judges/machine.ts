// Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
// CloudEvents: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
// JSON Feed: https://www.jsonfeed.org/version/1.1/ , Atom: https://www.rfc-editor.org/rfc/rfc4287 , XML: https://www.w3.org/TR/xml/
// Miniflux: https://miniflux.app/docs/webhooks.html , Superfeedr: https://documentation.superfeedr.com/schema.html
// Forms: https://url.spec.whatwg.org/#application/x-www-form-urlencoded

import { XMLValidator } from 'fast-xml-parser';
import { parseFeed } from 'feedsmith';
import { itemComplaints } from '../../../support/json-feed-item.ts';
import { htmlComplaints } from './html.ts';
import {
  type Asked,
  bodyComplaints,
  characters,
  isTime,
  isTree,
  isWebUrl,
  type Judge,
  jsonOf,
  listOf,
  refuse,
} from './judge.ts';

type Tree = Readonly<Record<string, unknown>>;

const html = { schemes: /^(?:https?|mailto):/, references: ['lt', 'gt', 'amp', 'quot', 'apos', 'nbsp'] };

const isType = (contentType: string, type: string) => contentType.split(';')[0] === type;

function payloadComplaints(data: unknown, asked: Asked): string[] {
  const entry = isTree(data) && isTree(data.entry) ? data.entry : {};
  const isDeleted = isTree(data) && 'reason' in data;
  return [
    ...(isDeleted ? [] : itemComplaints(entry)),
    ...bodyOfEntryComplaints(entry, asked),
    ...refuse({ 'the entry has its extension': isTree(entry._feedhook) }),
  ];
}

/** The keys of an item that `content` asks for or forbids. */
function bodyOfEntryComplaints(entry: Tree, { content }: Asked): string[] {
  const { content_html: rich, content_text: plain, summary } = entry;
  return [
    ...(typeof rich === 'string' ? htmlComplaints(rich, html) : []),
    ...refuse({
      'no HTML is sent where none is asked for': ['html', 'both'].includes(content) || rich === undefined,
      'no text is sent where none is asked for': content !== 'none' || !plain,
      'a summary is all the text there is':
        content !== 'summary' || plain === summary || characters(plain) <= 501,
      'no summary is sent where nothing is asked for': content !== 'none' || summary === undefined,
    }),
  ];
}

export const judgeStandard: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  return [
    ...complaints,
    ...payloadComplaints(json.data, asked),
    ...refuse({
      'the id is that of the request': json.id === asked.requestId,
      'there are type, timestamp and data':
        /^[a-z.]+$/.test(String(json.type)) && isTime(json.timestamp) && isTree(json.data),
      'it is JSON': isType(request.contentType, 'application/json'),
    }),
  ];
};

export const judgeCloudEvents: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const attributes = Object.entries(json).filter(([name]) => name !== 'data');
  return [
    ...complaints,
    ...payloadComplaints(json.data, asked),
    ...refuse({
      'the version is 1.0': json.specversion === '1.0',
      'the required attributes are there': [json.id, json.source, json.type].every(
        (each) => typeof each === 'string' && each !== '',
      ),
      'the source is a URI': /^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(String(json.source)),
      'the time is one': isTime(json.time),
      'names are lower-case letters and digits': attributes.every(([name]) => /^[a-z0-9]{1,20}$/.test(name)),
      'values are strings without control characters': attributes.every(
        ([, value]) =>
          typeof value === 'string' &&
          value !== '' &&
          !/[\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]/.test(value),
      ),
      'it is a structured event': isType(request.contentType, 'application/cloudevents+json'),
    }),
  ];
};

export const judgeJsonFeed: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const items = listOf(json.items);
  return [
    ...complaints,
    ...items.flatMap(itemComplaints),
    ...items.flatMap((item) => bodyOfEntryComplaints(item, asked)),
    ...refuse({
      'the version is 1.1': json.version === 'https://jsonfeed.org/version/1.1',
      'it has a title': typeof json.title === 'string' && json.title !== '',
      'every event is there': items.length === asked.events,
      'ids are different': new Set(items.map(({ id }) => id)).size === items.length,
      'links are absolute': [json.feed_url, json.home_page_url].every(
        (url) => url === undefined || isWebUrl(url),
      ),
      'it is a feed': isType(request.contentType, 'application/feed+json'),
    }),
  ];
};

export const judgeAtom: Judge = (request, asked) => {
  const xml = request.body.toString('utf8');
  const checked = XMLValidator.validate(xml);
  if (checked !== true) return [...bodyComplaints(request, asked), `no XML: ${checked.err.msg}`];
  const entries = xml.split(/<entry[\s>]/).slice(1);
  return [
    ...bodyComplaints(request, asked),
    ...referencesOf(xml),
    ...refuse({
      // XML 1.0 §2.2: most control characters cannot be in a document, not even as a reference.
      'every character is one of XML': !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(xml),
      'it is Atom': /<feed[^>]* xmlns="http:\/\/www\.w3\.org\/2005\/Atom"/.test(xml),
      'every event is there': entries.length === asked.events,
      'feed and entries have id, title and updated': [xml.split('<entry')[0] ?? '', ...entries].every(
        (part) => ['id', 'title', 'updated'].every((name) => new RegExp(`<${name}[ >/]`).test(part)),
      ),
      'another reader finds the entries': parsedEntries(xml) === asked.events,
      'links lead to the web': [...xml.matchAll(/ href="([^"]*)"/g)].every(([, href]) => isWebUrl(href)),
      'it is declared as Atom': isType(request.contentType, 'application/atom+xml'),
    }),
  ];
};

function referencesOf(xml: string): string[] {
  const outside = xml.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, '');
  return [...outside.matchAll(/&(?!(?:lt|gt|amp|quot|apos|#\d+|#x[\da-f]+);)\S{0,10}/gi)].map(
    ([each]) => `reference ${each}`,
  );
}

function parsedEntries(xml: string): number | undefined {
  try {
    const { feed } = parseFeed(xml);
    return 'entries' in feed ? feed.entries?.length : undefined;
  } catch {
    return undefined;
  }
}

export const judgeForm: Judge = (request, asked) => {
  const text = request.body.toString('latin1');
  const pairs = text.split('&');
  return [
    ...bodyComplaints(request, asked),
    ...pairs.flatMap((pair) => (readsBack(pair) ? [] : [`not encoded: ${pair.slice(0, 60)}`])),
    ...refuse({
      'only what a form has is there': /^[\w.*+%&=[\]-]+$/.test(text),
      'every pair has a name': pairs.every((pair) => /^[^=]+=/.test(pair)),
      'it is a form': isType(request.contentType, 'application/x-www-form-urlencoded'),
    }),
  ];
};

function readsBack(pair: string): boolean {
  try {
    return decodeURIComponent(pair.replaceAll('+', ' ')).isWellFormed();
  } catch {
    return false;
  }
}

/** Of the template in the matrix test: the title, the whole entry and a mixed text. */
export const judgeTemplate: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  return [
    ...complaints,
    ...refuse({
      'a value keeps its type': Number.isInteger(json.sequence),
      'a mixed text is a text': typeof json.mixed === 'string' && json.mixed.startsWith('New: '),
      'a fixed value stays': json.fixed === true,
      'what is absent has no key': !('nothing' in json),
      // The entry's own text may have such marks in it, and nobody reads them.
      'no placeholder is left':
        json.title !== '{{entry.title}}' && !String(json.mixed).includes('{{entry.url}}'),
      'it is JSON': isType(request.contentType, 'application/json'),
    }),
  ];
};

const entryNames = [
  ...[
    'id',
    'user_id',
    'feed_id',
    'status',
    'hash',
    'title',
    'url',
    'comments_url',
    'published_at',
    'created_at',
  ],
  ...['changed_at', 'content', 'author', 'share_code', 'starred', 'reading_time', 'enclosures', 'tags'],
];

export const judgeMiniflux: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const feed = isTree(json.feed) ? json.feed : {};
  const entries = listOf(json.entries);
  const isId = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;
  return [
    ...complaints,
    ...entries.flatMap(({ content }) =>
      typeof content === 'string' ? htmlComplaints(content, html) : ['no content'],
    ),
    ...refuse({
      'it tells of new entries': json.event_type === 'new_entries',
      'every event is there': entries.length === asked.events,
      'the feed is one': isId(feed.id) && isWebUrl(feed.feed_url) && typeof feed.title === 'string',
      'entries have every field': entries.every((entry) => entryNames.every((name) => name in entry)),
      'ids are numbers, and of the feed': entries.every(
        (entry) => isId(entry.id) && entry.feed_id === feed.id,
      ),
      'links lead to the web': entries.every(({ url }) => url === '' || isWebUrl(url)),
      'times are times': entries.every((entry) =>
        [entry.published_at, entry.created_at, entry.changed_at].every(isTime),
      ),
      'tags and enclosures are lists': entries.every((entry) =>
        [entry.tags, entry.enclosures].every(Array.isArray),
      ),
      'it is JSON': isType(request.contentType, 'application/json'),
    }),
  ];
};

export const judgeSuperfeedr: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const items = listOf(json.items);
  return [
    ...complaints,
    ...refuse({
      'it has a status': isTree(json.status) && isWebUrl(json.status.feed),
      'every event is there': items.length === asked.events,
      'items have an id': items.every(({ id }) => typeof id === 'string' && id !== ''),
      'times are Unix seconds': items.every(({ published, updated }) =>
        [published, updated].every((at) => at === undefined || (Number.isInteger(at) && Number(at) < 1e11)),
      ),
      'links lead to the web': items.every(({ permalinkUrl: url }) => url === undefined || isWebUrl(url)),
      'it is JSON': isType(request.contentType, 'application/json'),
    }),
    ...items.flatMap(({ content }) => (typeof content === 'string' ? htmlComplaints(content, html) : [])),
  ];
};
