// Builds the body of a chat message so that it fits: first as much text of each event as there is room for, then titles alone,
// then fewer events and a line that says how many more there are. What a body looks like, and which limits of its service it
// has to meet, is told by the style of each format. Nothing is dropped without a word, and links are never cut in two.

import { DeliveryError } from '../../errors.ts';
import { largestThatFits } from './fit.ts';
import { digestTitle, type Message, messageOf, moreLine } from './message.ts';
import type { EventView, Rendered, RenderOptions } from './rendered.ts';
import { type Dialect, type Say, sayIn } from './say.ts';

export interface Chosen {
  readonly shown: readonly Message[];
  readonly hidden: readonly Message[];
  /** The most that may be said, in the unit of the style and with all its escapes; `title` of every line that is not text. */
  readonly room: { readonly title: number; readonly text: number };
  /** Not even links and bylines fit. */
  readonly isBare: boolean;
  readonly say: Say;
}

export interface Style extends Dialect {
  readonly mostMessages: number;
  readonly mostTitle: number;
  readonly mostText: number;
  /** Of the whole body, besides `maxBytes` of the endpoint. */
  readonly mostBytes: number;
  /** As it stands in a text. */
  readonly spell?: (url: string) => string;
  /** `undefined` when a limit of the service is not met. */
  readonly build: (chosen: Chosen, options: RenderOptions) => object | undefined;
  /** Of plain, escaped text. */
  readonly buildPlain: (text: string) => object | undefined;
}

/** A text that was refused is shortened to what says what it is about. */
const plainText = 500;
const plainTitle = 150;
/** Less of a text says nothing. */
const shortestText = 20;
/** Of titles, before any of them is left out. */
const shortTitle = 100;

export function renderChat(
  views: readonly [EventView, ...EventView[]],
  options: RenderOptions,
  style: Style,
): Rendered {
  const messages = views.map((view) => messageOf(view, options.content));
  const most = Math.min(options.maxBytes, style.mostBytes);
  const body = fitting(messages, style, options.isFallback, (chosen) => {
    const made = options.isFallback
      ? style.buildPlain(plainLinesOf(chosen, style))
      : style.build(chosen, options);
    const bytes = made && Buffer.from(JSON.stringify(made));
    return bytes && bytes.length <= most ? bytes : undefined;
  });
  if (body === undefined) {
    throw new DeliveryError('event-unrenderable', `${options.requestId} does not fit into ${most} bytes`);
  }
  return { body, contentType: 'application/json; charset=utf-8' };
}

type Build = (chosen: Chosen) => Buffer | undefined;

function fitting(
  messages: readonly Message[],
  style: Style,
  isPlain: boolean,
  build: Build,
): Buffer | undefined {
  const say = sayIn(style);
  const shown = messages.slice(0, style.mostMessages);
  const of = (count: number, title: number, text: number, isBare = false) =>
    build({
      shown: shown.slice(0, count),
      hidden: messages.slice(count),
      room: { title, text: text < shortestText ? 0 : text },
      isBare,
      say,
    });
  const title = isPlain ? plainTitle : style.mostTitle;
  const text = isPlain ? plainText : shareOf(style.mostText, shown.length);
  const full = largestThatFits(text, (room) => of(shown.length, title, room));
  if (full !== undefined) return full;
  const short = Math.min(title, shortTitle);
  return (
    mostThatFit(shown.length, (count) => of(count, short, 0)) ??
    largestThatFits(short - 1, (room) => of(1, room + 1, 0, true))
  );
}

/** One long text among short ones may have the room of a few; more would only be tried in vain. */
function shareOf(most: number, count: number): number {
  return Math.min(most, Math.ceil((4 * most) / count));
}

function mostThatFit(count: number, build: (count: number) => Buffer | undefined): Buffer | undefined {
  for (let each = count; each > 0; each--) {
    const body = build(each);
    if (body !== undefined) return body;
  }
  return undefined;
}

/** Above the messages when there are several. */
export function headingOf({ shown, hidden }: Chosen): string | undefined {
  const all = [...shown, ...hidden];
  return all.length > 1 ? digestTitle(all.length, all) : undefined;
}

/** Below them when there are more. */
export function moreOf({ hidden }: Chosen): ReturnType<typeof moreLine> | undefined {
  return hidden.length > 0 ? moreLine(hidden) : undefined;
}

function plainLinesOf(chosen: Chosen, style: Style): string {
  const { shown, room, isBare, say } = chosen;
  const heading = headingOf(chosen);
  const more = moreOf(chosen);
  return [
    ...(heading === undefined ? [] : [say(heading, room.title)]),
    ...shown.flatMap(({ title, url, text }) => [
      say(title, room.title),
      ...(isBare || url === undefined ? [] : [(style.spell ?? plainUrl)(url)]),
      ...(text === undefined || room.text === 0 ? [] : [say(text, room.text)]),
    ]),
    ...(more === undefined ? [] : [say(more.text, room.title)]),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** A link as it stands in a text: what a markup could take for its own, a mention or a character reference, is percent-encoded. */
export function plainUrl(url: string): string {
  return encoded(url, /[\\`*~|<>()[\]{}'"@;]/g);
}

/** A link between parentheses, or before a bar. */
export function linkTarget(url: string): string {
  return encoded(url, /[\\`|<>()[\]"]/g);
}

function encoded(url: string, signs: RegExp): string {
  return url.replaceAll(signs, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
