// The bytes of an event: its JSON, cut to `maxPayloadBytes` where it is longer. First the raw content goes, which says
// nothing that the others do not; then lists that no honest entry has lose whole items at their end; then texts are cut in
// this order: content_html (and closed again), content_text, summary. Ids and links are never cut, so a body can be larger
// only by them. `truncated` names what was cut.

import { sanitisedHtml } from './html.ts';
import { itemsThatFit, jsonBytes, jsonPrefix, wireJson } from './json-size.ts';

/** 64 KiB: what CloudEvents calls safe to pass on everywhere. */
export const maxPayloadBytes = 65_536;

/** What may be cut of an entry; all else of it passes. */
export interface CuttableItem {
  readonly tags?: readonly unknown[];
  readonly attachments?: readonly unknown[];
  readonly content_html?: string;
  readonly content_text?: string;
  readonly summary?: string;
  readonly _feedhook: { readonly content_raw?: string; readonly truncated?: readonly string[] };
}

export interface EntryPayload {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly feed: object;
    readonly entry: CuttableItem;
    readonly changed?: readonly string[];
    readonly previous?: object;
  };
}

const lists = ['tags', 'attachments'] as const;
const texts = ['content_html', 'content_text', 'summary'] as const;

/** What each list may keep when room is needed: a hundred links. */
export const listBytes = 8192;
/** Room for the name of one more field in `truncated`. */
const truncatedBytes = 64;

export function payloadText(payload: EntryPayload): string {
  let fitted = payload;
  for (const name of ['content_raw', ...lists, ...texts] as const) {
    const text = wireJson(fitted);
    const excess = Buffer.byteLength(text) - maxPayloadBytes;
    if (excess <= 0) return text;
    const { entry: whole } = fitted.data;
    const cut = excess + truncatedBytes;
    const entry = name === 'content_raw' ? withRawCut(whole, cut) : withCut(whole, name, cut);
    fitted = { ...fitted, data: { ...fitted.data, entry } };
  }
  return wireJson(fitted);
}

/** Its tags are not closed: what a receiver does with raw content it does by itself. */
function withRawCut(item: CuttableItem, excess: number): CuttableItem {
  const { content_raw: raw, ...others } = item._feedhook;
  if (raw === undefined) return item;
  const kept = jsonPrefix(raw, jsonBytes(raw) - 2 - excess);
  const base = kept === '' ? others : { ...item._feedhook, content_raw: kept };
  return { ...item, _feedhook: { ...base, truncated: withName(others.truncated, 'content_raw') } };
}

type ListName = (typeof lists)[number];
type TextName = (typeof texts)[number];

function withCut(item: CuttableItem, name: ListName | TextName, excess: number): CuttableItem {
  const value = item[name];
  if (value === undefined) return item;
  const room = typeof value === 'string' ? jsonBytes(value) - excess : listBytes;
  const kept = typeof value === 'string' ? textThatFits(name, value, room - 2) : itemsThatFit(value, room);
  if (kept.length === value.length) return item;
  const { [name]: _, ...others } = item;
  // JSON Feed wants a content, even an empty one. The field keeps its place on the wire.
  const isNeeded = name === 'content_text' && item.content_html === undefined;
  const base = kept.length > 0 || isNeeded ? { ...item, [name]: kept } : others;
  const truncated = withName(item._feedhook.truncated, name);
  return { ...base, _feedhook: { ...item._feedhook, truncated } };
}

function textThatFits(name: string, value: string, room: number): string {
  return name === 'content_html' ? htmlThatFits(value, room) : jsonPrefix(value, room);
}

/** Sanitised again, a cut HTML is whole again; the closing tags cost room of their own. */
function htmlThatFits(html: string, room: number): string {
  for (let limit = room; limit > 0; ) {
    const closed = sanitisedHtml(withoutHalfReference(jsonPrefix(html, limit)));
    const excess = jsonBytes(closed) - 2 - room;
    if (excess <= 0) return closed;
    limit -= Math.max(excess, 64);
  }
  return '';
}

/** A tag that was cut in two is dropped by the parser, `&am` would become text. */
function withoutHalfReference(html: string): string {
  return html.replace(/&#?[a-z0-9]{0,8}$/i, '');
}

function withName(names: readonly string[] = [], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name];
}
