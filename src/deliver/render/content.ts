// How much of an entry an endpoint is sent: its option `content`, applied to the entry before a format shows it. What is left
// is still an item of JSON Feed, which wants `content_html` or `content_text`. What then does not fit is cut in share.ts.

import type { Content } from '../../config/config.ts';
import { plainText } from '../../outbox/html.ts';
import { cutText } from './cut.ts';
import { escapeHtml } from './escape-html.ts';
import type { EntryFields } from './payload.ts';
import type { EventView } from './rendered.ts';

/** Characters of a text that stand in for a missing summary: three or four sentences. */
export const summaryLength = 500;

/** The very same view where nothing is left out. */
export function withContent(view: EventView, content: Content): EventView {
  const { type, data } = view.payload;
  // Of an entry that is gone only what names it is left.
  if (data.entry === undefined || type === 'entry.deleted' || content === 'both') return view;
  return withEntry(view, entryWith(data.entry, content));
}

export function withEntry({ event, payload }: EventView, entry: EntryFields): EventView {
  return { event, payload: { ...payload, data: { ...payload.data, entry } } };
}

export function wholeTextOf({ content_text: text, content_html: html = '' }: EntryFields): string {
  return text ?? plainText(html);
}

/** For formats whose one content is HTML. */
export function contentHtmlOf({ content_html: html, content_text: text = '' }: EntryFields): string {
  return html ?? escapeHtml(text).replaceAll('\n', '<br>');
}

function entryWith(entry: EntryFields, content: Exclude<Content, 'both'>): EntryFields {
  const { summary, content_html: html } = entry;
  const short = summary === undefined ? {} : { summary };
  switch (content) {
    case 'none':
      return withTexts(entry, { content_text: '' }, []);
    case 'summary':
      return withSummary(entry);
    case 'text':
      return withTexts(entry, { ...short, content_text: wholeTextOf(entry) });
    case 'html':
      return html === undefined ? entry : withTexts(entry, { ...short, content_html: html });
    default:
      return content satisfies never;
  }
}

/** A summary that the feed does not have is not made up: the beginning of the text stays a beginning of the text. */
function withSummary(entry: EntryFields): EntryFields {
  const { summary } = entry;
  const { truncated = [] } = entry._feedhook;
  if (summary !== undefined) {
    const cut = truncated.includes('summary') ? ['summary', 'content_text'] : [];
    return withTexts(entry, { summary, content_text: summary }, cut);
  }
  const whole = wholeTextOf(entry);
  const beginning = cutText(whole, summaryLength, 'characters');
  return withTexts(entry, { content_text: beginning }, beginning === whole ? undefined : ['content_text']);
}

interface Texts {
  readonly summary?: string;
  readonly content_html?: string;
  readonly content_text?: string;
}

const textNames: ReadonlySet<string> = new Set(['summary', 'content_html', 'content_text', 'content_raw']);

/** Each field keeps its place on the wire. `cut`: names of texts; absent: those that were cut before. */
function withTexts(entry: EntryFields, texts: Texts, cut?: readonly string[]): EntryFields {
  const { _feedhook, ...fields } = { ...entry, ...texts };
  const kept = Object.entries(fields).filter(([name]) => name in texts || !textNames.has(name));
  const { truncated = [], content_raw: raw, ...known } = _feedhook;
  // The raw content goes with the HTML that was made of it.
  const hasRaw = raw !== undefined && texts.content_html !== undefined;
  const isSent = (name: string) => name in texts || (hasRaw && name === 'content_raw');
  const others = truncated.filter((name) => !textNames.has(name));
  const names = [...others, ...(cut ?? truncated.filter((name) => textNames.has(name) && isSent(name)))];
  return {
    id: entry.id,
    ...Object.fromEntries(kept),
    _feedhook: {
      ...known,
      ...(names.length > 0 && { truncated: names }),
      ...(hasRaw && { content_raw: raw }),
    },
  };
}
