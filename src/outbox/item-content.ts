// The texts of an item: which of the feed's texts is the content, which the summary, and what the feed gave. Made safe
// in html.ts, cut to the payload in payload.ts.

import type { Entry } from '../model/entry.ts';
import { plainText, readableHtml, sanitisedHtml, wordsOf } from './html.ts';
import { isBlank, text } from './item-fields.ts';

export interface ItemTexts {
  readonly summary?: string;
  readonly content_html?: string;
  readonly content_text?: string;
}

/** Sanitising is what an event costs most, so each text is sanitised once. */
export function textsOf(entry: Entry): ItemTexts {
  const { summary, summaryIsText } = entry;
  const body = htmlOf(entry);
  const html = sanitisedHtml(body ?? '', entry.baseUrl);
  const words = wordsOf(html);
  const isText = summary === undefined || summaryIsText === true;
  const shortened = isText ? summary : summary === body ? words : plainText(summary);
  return { ...text('summary', shortened), ...contentOf(entry, html, words) };
}

/** JSON Feed wants at least one of the two: an entry without a body has an empty text. */
function contentOf({ contentText }: Entry, html: string, words: string): Omit<ItemTexts, 'summary'> {
  if (words === '' && !/<(?:img|audio|video)\b/.test(html)) return { content_text: contentText ?? '' };
  return { content_html: html, content_text: contentText ?? words };
}

/** The content's HTML as the feed gave it, as far as it is read. */
export function rawContentOf(entry: Entry): string | undefined {
  const html = htmlOf(entry);
  return html && readableHtml(html);
}

/** More HTML than is read. */
export function isContentCut(entry: Entry): boolean {
  const html = htmlOf(entry) ?? '';
  return readableHtml(html) !== html;
}

/** Many RSS feeds have their whole text in `description`: what a plain summary cannot hold is not lost. */
function htmlOf({ contentHtml, contentText, summary, summaryIsText }: Entry): string | undefined {
  if (!isBlank(contentHtml)) return contentHtml;
  const isBody = isBlank(contentText) && !summaryIsText && /<[a-z]/i.test(summary ?? '');
  return isBody ? summary : undefined;
}
