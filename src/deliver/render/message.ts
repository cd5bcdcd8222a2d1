// What a message to people says about an event, the same for every chat and push service: plain text, not yet escaped for any
// of them, and not yet cut to any limit. What is said of feeds and endpoints is worded in notice.ts. How it looks, and what a
// service does with its markup, is in the file of each.

import type { Content } from '../../config/config.ts';
import type { ItemAuthor } from '../../outbox/item-fields.ts';
import { summaryLength, wholeTextOf } from './content.ts';
import { cutText } from './cut.ts';
import { noticeOf } from './notice.ts';
import type { EntryFields, FeedFields, Payload } from './payload.ts';
import { isVisible, plainLine, plainLines } from './plain.ts';
import type { EventView } from './rendered.ts';

/** All texts are plain, without control or direction-turning characters; all but `text` are of one line. */
export interface Message {
  /** Never empty. */
  readonly title: string;
  /** http or https, without user name and password. */
  readonly url?: string;
  /** What the feed calls itself, else its id. */
  readonly source?: string;
  /** The web page of the feed. */
  readonly sourceUrl?: string;
  readonly author?: string;
  /** RFC 3339. */
  readonly at?: string;
  /** Lines of text, as much as `content` asks for. */
  readonly text?: string;
  /** http or https. */
  readonly image?: string;
}

/** Of a title that a feed did not give. */
const maxHeadline = 80;
/** More are no byline. */
const maxAuthors = 3;

/** Of characters. Nothing that is read has longer ones, and no target takes them: cleaning 300 kB for a title is waste. */
const mostRead = 100_000;

export function messageOf({ payload }: EventView, content: Content): Message {
  const { feed, entry } = payload.data;
  const source = sourceOf(feed);
  const place = {
    ...(source !== undefined && { source }),
    ...link('sourceUrl', feed?.home_page_url),
  };
  if (entry !== undefined) return { ...place, ...entryMessage(payload, entry, content) };
  const { title, text } = noticeOf(payload, source);
  return {
    title: line(title) ?? payload.type,
    ...link('url', feed?.home_page_url),
    ...place,
    ...instant(payload.timestamp),
    ...(content !== 'none' && known('text', lines(text))),
  };
}

/** Of several messages in one: what they are, and from where when that is one feed. */
export function digestTitle(count: number, messages: readonly Message[]): string {
  const sources = new Set(messages.map(({ source }) => source));
  const [only] = sources;
  if (sources.size === 1 && only !== undefined) return `${count} messages from ${only}`;
  const areFeeds = sources.size > 1 && !sources.has(undefined);
  return areFeeds ? `${count} messages from ${sources.size} feeds` : `${count} messages`;
}

/** Said in a message that could not hold all of its events; they count as sent, so a reader has to learn that there are more. */
export function moreLine(hidden: readonly Message[]): { readonly text: string; readonly url?: string } {
  const [{ source, sourceUrl } = {}] = hidden;
  const isOne = hidden.every((message) => message.source === source);
  const from = isOne && source !== undefined ? ` from ${source}` : '';
  return {
    text: `and ${hidden.length} more${from}`,
    ...(isOne && sourceUrl !== undefined && { url: sourceUrl }),
  };
}

/** When and by whom, in one line: for services that have no field of their own for it. */
export function byline({ source, author, at }: Message): string {
  return [source, author, at?.slice(0, 10)].filter((part) => part !== undefined && part !== '').join(' · ');
}

const prefixes: Partial<Record<Payload['type'], string>> = {
  'entry.updated': 'Updated: ',
  'entry.deleted': 'Deleted: ',
};

function entryMessage(payload: Payload, entry: EntryFields, content: Content): Omit<Message, 'source'> {
  const text = entryText(entry, content);
  const url = webLink(entry.url) ?? webLink(entry.external_url);
  const headline =
    line(entry.title) ?? headlineOf(text) ?? url ?? sourceOf(payload.data.feed) ?? payload.type;
  const isDeleted = payload.type === 'entry.deleted';
  return {
    title: `${prefixes[payload.type] ?? ''}${headline}`,
    ...known('url', url),
    ...known('author', authorsOf(entry.authors)),
    ...instant(isDeleted ? payload.timestamp : dateOf(payload.type, entry)),
    // The headline is the whole text already, and short enough to be shown whole.
    ...known('text', text === headline && headline.length <= maxHeadline ? undefined : text),
    ...(content !== 'none' && link('image', entry.image)),
  };
}

function entryText(entry: EntryFields, content: Content): string | undefined {
  if (content === 'none') return undefined;
  const summary = lines(entry.summary);
  if (content === 'summary' && summary !== undefined) return summary;
  const body = lines(wholeTextOf(entry));
  if (content !== 'summary') return body ?? summary;
  return body && cutText(body, summaryLength, 'characters');
}

function headlineOf(text: string | undefined): string | undefined {
  const [first] = text?.split('\n').filter(isVisible) ?? [];
  return first && cutText(first, maxHeadline, 'characters');
}

function authorsOf(people: readonly ItemAuthor[] = []): string | undefined {
  const names = people.flatMap(({ name }) => line(name) ?? []);
  const more = names.length > maxAuthors ? ` and ${names.length - maxAuthors} more` : '';
  return names.length === 0 ? undefined : `${names.slice(0, maxAuthors).join(', ')}${more}`;
}

function sourceOf(feed: FeedFields | undefined): string | undefined {
  return line(feed?.title) ?? line(feed?.id);
}

function dateOf(type: Payload['type'], entry: EntryFields): string | undefined {
  const { date_published: published, date_modified: modified } = entry;
  return type === 'entry.updated' ? (modified ?? published) : (published ?? modified);
}

/** A date that nobody can read is none. */
function instant(at: string | undefined): { readonly at?: string } {
  return at !== undefined && Number.isFinite(Date.parse(at)) ? { at } : {};
}

function line(text: string | undefined): string | undefined {
  const plain = text === undefined ? undefined : plainLine(readable(text));
  return isVisible(plain) ? plain : undefined;
}

function lines(text: string | undefined): string | undefined {
  const plain = text === undefined ? undefined : plainLines(readable(text));
  return isVisible(plain) ? plain : undefined;
}

function readable(text: string): string {
  return text.length > mostRead ? text.slice(0, mostRead).replace(/[\ud800-\udbff]$/, '') : text;
}

/**
 * What people click on: absolute, http or https. A user name in it is how `https://bank.example@evil.example/` is spelled, so it
 * goes.
 */
function webLink(text: string | undefined): string | undefined {
  const url = text !== undefined && /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) return undefined;
  url.username = '';
  url.password = '';
  return url.href;
}

function link<Name extends string>(name: Name, text: string | undefined): Partial<Record<Name, string>> {
  return known(name, webLink(text));
}

/** `as`: TypeScript widens a computed name to `string`. */
function known<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return (value === undefined || value === '' ? {} : { [name]: value }) as Partial<Record<Name, string>>;
}
