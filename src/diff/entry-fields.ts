// The fields that make an entry what it is, in a form that does not move with its wrapping: white space is
// collapsed, markup is taken out of the content, URLs are canonical. Dates are never among them: a moving
// date would make every poll an update. Every step is linear, because content comes from strangers.

import type { Entry } from '../model/entry.ts';
import { canonicalText } from './canonical-url.ts';

/** In the order of the fingerprint. */
export const fieldNames = ['title', 'content', 'link', 'enclosures'] as const;

export type FieldName = (typeof fieldNames)[number];

export type EntryFields = Readonly<Record<FieldName, string>>;

export function entryFields(entry: Entry): EntryFields {
  return {
    title: titleOf(entry),
    content: contentOf(entry),
    link: linkOf(entry) ?? '',
    enclosures: entry.enclosures.map(({ url }) => canonicalText(url)).join(' '),
  };
}

export function titleOf(entry: Entry): string {
  return collapse(entry.title ?? '');
}

/** The text of the content; a comic's content is one picture, so without text its markup counts. */
export function contentOf(entry: Entry): string {
  const body = bodyOf(entry);
  return collapse(withoutMarkup(body)) || collapse(body);
}

export function linkOf(entry: Entry): string | undefined {
  return hasText(entry.url) ? canonicalText(entry.url.trim()) : undefined;
}

/** The first of the feed's bodies that is not blank; a summary counts when nothing longer is there. */
export function bodyOf({ contentHtml, contentText, summary }: Entry): string {
  return [contentHtml, contentText, summary].find(hasText) ?? '';
}

export function hasText(text: string | undefined): text is string {
  return text !== undefined && /\S/.test(text);
}

/** A single space is left alone, which makes this several times faster than replacing each run. */
function collapse(text: string): string {
  return text.replace(/\s{2,}|[^\S ]/g, ' ').trim();
}

/** `[^<>]` and not `[^>]`: a text of nothing but `<` would otherwise be read to its end at each of them. */
function withoutMarkup(text: string): string {
  return text.includes('<') ? withoutScripts(text).replace(/<[^<>]*>/g, ' ') : text;
}

/** Advertising lives in scripts and changes at each fetch; an unclosed script stays. */
function withoutScripts(text: string): string {
  const opening = /<(script|style)[\s>]/gi;
  let kept = '';
  let from = 0;
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const closing = match[1]?.toLowerCase() === 'style' ? /<\/style/gi : /<\/script/gi;
    closing.lastIndex = opening.lastIndex;
    if (!closing.test(text)) break;
    kept += `${text.slice(from, match.index)}<`;
    from = closing.lastIndex;
    opening.lastIndex = from;
  }
  return kept + text.slice(from);
}
