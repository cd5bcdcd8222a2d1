// JSON Feed 1.0 and 1.1 to the model. Wrong types are left out field by field; an item that is no object is
// a flaw. Ids that are numbers keep the digits the document wrote. https://www.jsonfeed.org/version/1.1/

import { ParseError } from '../errors.ts';
import type { Person } from '../model/entry.ts';
import type { ParsedFeed } from '../model/feed.ts';
import { readDate } from './date.ts';
import { withoutAbsent } from './draft.ts';
import { type EntryDraft, newEntry } from './entry-draft.ts';
import { addEntry, finishFeed, newFeed } from './feed-draft.ts';
import { categoryOf } from './fields.ts';
import { asList, asNumber, asObject, asText, type JsonObject, readJson } from './json.ts';
import { checkEntries, type ParseLimits } from './limits.ts';
import { mergePeople } from './person.ts';
import { collapse } from './text.ts';
import { resolveUrl } from './url.ts';

export function readJsonFeed(text: string, url: string, limits: ParseLimits): ParsedFeed {
  const document = asObject(readJson(text));
  const version = asText(document?.version) ?? '';
  if (document === undefined || !isFeed(document, version)) {
    throw new ParseError('not-a-feed', 'the JSON document is no JSON Feed');
  }
  const items = asList(document.items);
  checkEntries(items.length, limits);
  const feed = newFeed(/\/version\/1$|\/version\/1\.0$/.test(version) ? 'json10' : 'json11');
  feed.title = line(document.title);
  feed.subtitle = asText(document.description);
  feed.homePageUrl = resolveUrl(asText(document.home_page_url), url);
  feed.selfUrl = resolveUrl(asText(document.feed_url), url);
  feed.image = resolveUrl(asText(document.icon) ?? asText(document.favicon), url);
  feed.language = asText(document.language);
  const authors = readAuthors(document, url);
  addAll(feed.authors, authors);
  addAll(feed.hubUrls, readHubs(document, url));
  for (const [entryIndex, each] of items.entries()) {
    const item = asObject(each);
    if (item === undefined) feed.flaws.push({ message: 'an item that is no object', entryIndex });
    else addEntry(feed, readItem(item, authors, url), entryIndex);
  }
  return finishFeed(feed);
}

/**
 * The version names the format; documents that forget it have a list of items and a feed's own fields. Items that are
 * no list are nothing to believe: what some program wrote as an object must not pass for an empty feed.
 */
function isFeed(document: JsonObject, version: string): boolean {
  if (document.items !== undefined && !Array.isArray(document.items)) return false;
  if (/^https?:\/\/(?:www\.)?jsonfeed\.org\/version\//.test(version)) return true;
  const hasFeedField = ['title', 'home_page_url', 'feed_url'].some(
    (name) => asText(document[name]) !== undefined,
  );
  return version === '' && Array.isArray(document.items) && hasFeedField;
}

function readItem(item: JsonObject, feedAuthors: readonly Person[], url: string): EntryDraft {
  const entry = newEntry();
  entry.id = asText(item.id);
  entry.url = resolveUrl(asText(item.url), url);
  entry.externalUrl = resolveUrl(asText(item.external_url), url);
  entry.title = line(item.title);
  entry.contentHtml = asText(item.content_html);
  entry.contentText = asText(item.content_text);
  entry.summary = asText(item.summary);
  if (entry.summary !== undefined) entry.summaryIsText = true;
  entry.baseUrl = url;
  entry.published = readDate(asText(item.date_published));
  entry.updated = readDate(asText(item.date_modified));
  entry.image = resolveUrl(asText(item.image) ?? asText(item.banner_image), url);
  entry.language = asText(item.language);
  addAll(entry.authors, readAuthors(item, url));
  entry.fallbacks.authors = feedAuthors;
  addAll(
    entry.categories,
    asList(item.tags).map((tag) => categoryOf(asText(tag))),
  );
  for (const each of asList(item.attachments)) addAttachment(asObject(each) ?? {}, entry, url);
  return entry;
}

/** One by one: a list of a document can be longer than the arguments of a call. */
function addAll<T>(list: T[], more: readonly T[]): void {
  for (const each of more) list.push(each);
}

function addAttachment(attachment: JsonObject, entry: EntryDraft, url: string): void {
  entry.enclosures.add({
    url: resolveUrl(asText(attachment.url), url),
    mimeType: asText(attachment.mime_type),
    size: asNumber(attachment.size_in_bytes),
    duration: asNumber(attachment.duration_in_seconds),
    title: asText(attachment.title),
  });
}

/** Version 1.0 had one author, 1.1 has a list; either may stand in the other. */
function readAuthors(owner: JsonObject, url: string): Person[] {
  const people = [...asList(owner.authors), ...asList([owner.author])];
  return mergePeople(
    people.map((each) => {
      const author = asObject(each) ?? {};
      const person = withoutAbsent({ name: line(author.name), url: resolveUrl(asText(author.url), url) });
      return person.name === undefined && person.url === undefined ? undefined : person;
    }),
  );
}

function readHubs(document: JsonObject, url: string): (string | undefined)[] {
  const hubs = asList(document.hubs).map((each) => asObject(each));
  const webSub = hubs.filter((hub) => asText(hub?.type)?.toLowerCase() === 'websub');
  return webSub.map((hub) => resolveUrl(asText(hub?.url), url));
}

function line(value: unknown): string | undefined {
  const text = asText(value);
  return text && collapse(text);
}
