// What `feedhook preview` says of a feed: how its bytes became text, what could not be understood, what its entries would
// be known by, and each entry. Nothing is remembered, so all of them are new. Pure.

import { contentHash } from '../diff/fingerprint.ts';
import { chooseRung, type IdentifiedEntry, identify } from '../diff/identity.ts';
import type { Enclosure, Entry, EntryChange, Person, Rung } from '../model/entry.ts';
import { entryItem } from '../outbox/item.ts';
import type { FeedReading } from './read-document.ts';
import { counted, printable, short, table } from './table.ts';

/** Of flaws; the rest is counted. */
const maxFlaws = 20;

export function previewReport({ fetched, decoded, parsed }: FeedReading): string {
  const { title, format, entries, flaws, selfUrl, hubUrls, newFeedUrl, language, authors, tombstones } =
    parsed;
  const { charset, reason, recovered } = decoded.charset;
  const contradiction = recovered ? ': the bytes contradict what they are sent as' : '';
  const feed = [
    ...fetched.hops.map(({ url, status }) => `redirect  ${status} from ${url}`),
    `url       ${fetched.url}`,
    `charset   ${charset} (${reason})${contradiction}`,
    ...(entries.length > 0 ? [`identity  ${identityText(identityOf(entries), entries)}`] : []),
    ...(language === undefined ? [] : [`language  ${language}`]),
    ...(authors.length === 0 ? [] : [`authors   ${names(authors)}`]),
    ...(selfUrl === undefined || selfUrl === fetched.url ? [] : [`self      ${selfUrl}`]),
    ...hubUrls.map((url) => `hub       ${url}`),
    ...(newFeedUrl === undefined ? [] : [`moved     it says to ${newFeedUrl}`]),
    ...(tombstones.length === 0 ? [] : [`deleted   ${counted(tombstones.length, 'entry')}, by tombstone`]),
    ...flaws.slice(0, maxFlaws).map(flawText),
    ...(flaws.length > maxFlaws ? [`and ${flaws.length - maxFlaws} more flaws`] : []),
  ];
  return [
    `${printable(title ?? '(no title)')}: ${format}, ${counted(entries.length, 'entry')}`,
    ...feed.map(printable),
    '',
    table(['DATE', 'TITLE', 'AUTHORS', 'FILES', 'LINK', 'ID'], entries.map(row)),
  ].join('\n');
}

/** The whole, for `--json`; `items` is what receivers would get, one for each entry that something can recognise. */
export function previewRecord({ fetched, decoded, parsed }: FeedReading, now: number): object {
  const identity = identityOf(parsed.entries);
  const items = newEntries(identity, now).map((change) => entryItem(change));
  const { url, hops } = fetched;
  return { url, hops, charset: decoded.charset, ...parsed, identity: identity.rung, items };
}

export interface Identity {
  readonly rung: Rung;
  readonly identified: readonly IdentifiedEntry[];
}

export function identityOf(entries: readonly Entry[], rung = chooseRung(entries)): Identity {
  return { rung, identified: identify(entries, rung, new Map()) };
}

/** Every entry, as if it were seen now for the first time; in the order of the document. */
export function newEntries({ identified }: Identity, now: number): EntryChange[] {
  return identified.map(({ entry, key }, index) => ({
    type: 'entry.new',
    entry,
    key,
    revision: 1,
    sequence: index + 1,
    isInitial: true,
    contentHash: contentHash(entry),
    firstSeen: Math.floor(now / 1000),
  }));
}

/** `guid: 18 by guid, 1 by link; 1 repeat …`: what the entries are known by, and how many by nothing of their own. */
function identityText({ rung, identified }: Identity, entries: readonly Entry[]): string {
  const bySource = Map.groupBy(identified, ({ key }) => key.source);
  const counts = [...bySource].map(([source, of]) => `${of.length} by ${source}`);
  const lost = entries.length - identified.length;
  const rest = lost === 0 ? '' : `; ${lost} repeat another entry or have nothing to be known by`;
  return `${rung}: ${counts.join(', ') || 'none'}${rest}`;
}

function flawText({ message, entryIndex }: FeedReading['parsed']['flaws'][number]): string {
  return `flaw${entryIndex === undefined ? '' : ` in entry ${entryIndex}`}: ${message}`;
}

function row({ published, updated, title, authors, enclosures, url, id }: Entry): string[] {
  return [
    published ?? updated ?? '-',
    short(title),
    short(names(authors)),
    files(enclosures),
    short(url),
    short(id),
  ];
}

function names(people: readonly Person[]): string {
  return people.map(({ name, email, url }) => name ?? email ?? url ?? '').join(', ');
}

/** `audio/mpeg, 2 image/png`. */
function files(enclosures: readonly Enclosure[]): string {
  const byType = Map.groupBy(enclosures, ({ mimeType }) => mimeType ?? 'unknown type');
  const counts = [...byType].map(([type, of]) => (of.length === 1 ? type : `${of.length} ${type}`));
  return short(counts.join(', '));
}
