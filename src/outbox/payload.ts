// The bytes of an event: its JSON, cut to `maxPayloadBytes` where it is longer, or to what an endpoint takes. First the raw
// content goes, which says nothing that the others do not; then lists that no honest entry has lose whole items at their end;
// then texts are cut in this order: content_html (and closed again), content_text, summary. Where even that is too much, as
// it can be for an endpoint that takes little, the lists, what is known besides, people and title follow. Ids and links are
// never cut, so a body can be larger only by them. `truncated` names what was cut.

import { htmlBeginning } from './html-beginning.ts';
import { itemsThatFit, jsonBytes, jsonPrefix, wireJson } from './json-size.ts';

/** 64 KiB: what CloudEvents calls safe to pass on everywhere. */
export const maxPayloadBytes = 65_536;

/** What may be cut of an entry; all else of it passes. */
export interface CuttableItem {
  readonly title?: string;
  readonly summary?: string;
  readonly content_html?: string;
  readonly content_text?: string;
  readonly authors?: readonly unknown[];
  readonly tags?: readonly unknown[];
  readonly attachments?: readonly unknown[];
  readonly _feedhook: Extension;
}

interface Extension {
  readonly content_raw?: string;
  readonly truncated?: readonly string[];
}

/** Any JSON that has an entry in its `data`. */
export interface EntryPayload {
  readonly data: { readonly entry: CuttableItem; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

type ListName = 'tags' | 'attachments' | 'authors';
type TextName = 'content_html' | 'content_text' | 'summary' | 'title';

/** Gives up `excess` bytes of an item, or what it can. */
type Step = (item: CuttableItem, excess: number) => CuttableItem;

const steps: readonly Step[] = [
  withRawCut,
  (item) => withListCut(item, 'tags', listBytes),
  (item) => withListCut(item, 'attachments', listBytes),
  (item, excess) => withTextCut(item, 'content_html', excess),
  (item, excess) => withTextCut(item, 'content_text', excess),
  (item, excess) => withTextCut(item, 'summary', excess),
  (item, excess) => withListCut(item, 'attachments', jsonBytes(item.attachments ?? []) - excess),
  (item, excess) => withListCut(item, 'tags', jsonBytes(item.tags ?? []) - excess),
  withoutExtras,
  (item, excess) => withListCut(item, 'authors', jsonBytes(item.authors ?? []) - excess),
  (item, excess) => withTextCut(item, 'title', excess),
];

/** What each list may keep when room is needed: a hundred links. */
export const listBytes = 8192;
/** Room for the name of one more field in `truncated`. */
const truncatedBytes = 64;

export function payloadText(payload: EntryPayload, maxBytes = maxPayloadBytes): string {
  const write = (entry: CuttableItem) => wireJson({ ...payload, data: { ...payload.data, entry } });
  return fitted(payload.data.entry, maxBytes, write).text;
}

/** The item, cut until its JSON has at most `maxBytes`, or nothing more can be cut. */
export function itemThatFits<Item extends CuttableItem>(item: Item, maxBytes: number): Item {
  // Steps leave out optional fields only.
  return fitted(item, maxBytes, wireJson).item as Item;
}

function fitted(whole: CuttableItem, maxBytes: number, write: (item: CuttableItem) => string) {
  let item = withoutExcess(whole, maxBytes);
  let text = write(item);
  for (const step of steps) {
    const excess = Buffer.byteLength(text) - maxBytes;
    if (excess <= 0) break;
    const shorter = step(item, excess + truncatedBytes);
    if (shorter !== item) [item, text] = [shorter, write(shorter)];
  }
  return { item, text };
}

/**
 * Each text is still so long that it will have to be cut, and then its tags are closed: writing the whole of texts that are far too
 * long, once for each step, is most of what cutting costs.
 */
function withoutExcess(item: CuttableItem, maxBytes: number): CuttableItem {
  const most = 2 * maxBytes;
  const { summary = '', content_html: html = '', content_text: text = '' } = item;
  if (Math.max(html.length, text.length, summary.length) <= most) return item;
  return {
    ...item,
    ...(html.length > most && { content_html: html.slice(0, most) }),
    ...(text.length > most && { content_text: text.slice(0, most) }),
    ...(summary.length > most && { summary: summary.slice(0, most) }),
  };
}

/** Its tags are not closed: what a receiver does with raw content it does by itself. */
function withRawCut(item: CuttableItem, excess: number): CuttableItem {
  const { content_raw: raw, ...others } = item._feedhook;
  if (raw === undefined) return item;
  const kept = jsonPrefix(raw, jsonBytes(raw) - 2 - excess);
  const base = kept === '' ? others : { ...item._feedhook, content_raw: kept };
  return { ...item, _feedhook: named(base, ['content_raw']) };
}

function withListCut(item: CuttableItem, name: ListName, room: number): CuttableItem {
  const list = item[name];
  const kept = list && itemsThatFit(list, room);
  return kept && kept.length < list.length ? withLess(item, name, kept) : item;
}

function withTextCut(item: CuttableItem, name: TextName, excess: number): CuttableItem {
  const text = item[name];
  const kept = text && textThatFits(name, text, jsonBytes(text) - 2 - excess);
  return kept !== undefined && kept.length < (text ?? '').length ? withLess(item, name, kept) : item;
}

function withLess(
  item: CuttableItem,
  name: ListName | TextName,
  kept: string | readonly unknown[],
): CuttableItem {
  const { [name]: _, ...others } = item;
  // The field keeps its place on the wire.
  const base: CuttableItem = kept.length > 0 ? { ...item, [name]: kept } : others;
  const isWithout = base.content_html === undefined && base.content_text === undefined;
  // JSON Feed wants a content, even an empty one.
  const whole =
    isWithout && name.startsWith('content_')
      ? { ...(name === 'content_text' ? item : base), content_text: '' }
      : base;
  return { ...whole, _feedhook: named(item._feedhook, [name]) };
}

/** What a receiver needs to tell entries apart; the rest of `_feedhook` repeats what the feed says. */
const needed: ReadonlySet<string> = new Set([
  ...['key', 'key_source', 'revision', 'sequence', 'content_hash', 'first_seen', 'date_source', 'initial'],
  ...['truncated', 'event'],
]);

function withoutExtras(item: CuttableItem): CuttableItem {
  const extras = Object.keys(item._feedhook).filter((name) => !needed.has(name));
  if (extras.length === 0) return item;
  const kept: Extension = Object.fromEntries(
    Object.entries(item._feedhook).filter(([name]) => needed.has(name)),
  );
  return { ...item, _feedhook: named(kept, extras) };
}

function textThatFits(name: string, text: string, room: number): string {
  return name === 'content_html' ? htmlBeginning(text, room) : jsonPrefix(text, room);
}

function named(extension: Extension, names: readonly string[]): Extension {
  return { ...extension, truncated: [...new Set([...(extension.truncated ?? []), ...names])] };
}
