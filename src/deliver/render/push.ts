// What a push service is told, made to fit: one event as a title with its text, or several as a list. The text gives way first,
// then the end of a list, which is told as a number, then long titles and links. How it is written down is each format's own.

import { DeliveryError } from '../../errors.ts';
import { cutText, lengthOf, type Unit } from './cut.ts';
import { largestThatFits } from './fit.ts';
import { byline, digestTitle, type Message, messageOf, moreLine } from './message.ts';
import type { EventView, RenderOptions } from './rendered.ts';

export interface PushItem {
  /** Never empty. */
  readonly title: string;
  /** http or https, and whole: half a link leads elsewhere. */
  readonly url?: string;
  /** Whose words these are. */
  readonly byline?: string;
}

export interface Push extends PushItem {
  readonly text?: string;
  /** In place of a text. */
  readonly items?: readonly PushItem[];
  /** About what the list has no room for. */
  readonly more?: string;
}

export interface PushLimits {
  readonly unit: Unit;
  /** A title has several lines of a telephone at most, whatever a service allows. */
  readonly title: number;
  /** The most that a text can have. */
  readonly text: number;
  /** Takes from a text what has a meaning to the service; what it makes is measured. */
  readonly prepare?: (text: string) => string;
}

const bylineLength = 200;
/** In a list, and where little fits. */
const shortTitle = 60;
const listTitle = 200;
const maxUrlBytes = 2048;
const listUrlBytes = 512;
/** Of a text after the service has refused it whole. */
const fallbackText = 500;

/** The first and longest that `write` makes within `maxBytes`; `write` itself refuses what its service would. */
export function fittedPush(
  views: readonly [EventView, ...EventView[]],
  options: RenderOptions,
  limits: PushLimits,
  write: (push: Push) => string | undefined,
): Buffer {
  const made = (push: Push): Buffer | undefined => {
    const text = write(push);
    const body = text === undefined ? undefined : Buffer.from(text);
    return body && body.length <= options.maxBytes ? body : undefined;
  };
  const messages = views.map((view) => messageOf(view, options.content));
  const [message, ...others] = messages;
  const body =
    message && others.length === 0
      ? fittedMessage(message, options, limits, made)
      : fittedList(messages, limits, made);
  if (body) return body;
  throw new DeliveryError(
    'event-unrenderable',
    `not even a title fits into the ${options.maxBytes} bytes of endpoint ${options.id}`,
  );
}

type Make = (push: Push) => Buffer | undefined;

function fittedMessage(
  message: Message,
  { isFallback }: RenderOptions,
  limits: PushLimits,
  make: Make,
): Buffer | undefined {
  const { unit } = limits;
  const text = prepared(message.text ?? '', limits);
  const mostText = Math.min(isFallback ? fallbackText : limits.text, lengthOf(text, unit));
  for (const [title, urlBytes] of [
    [isFallback ? shortTitle * 2 : limits.title, maxUrlBytes],
    [shortTitle, maxUrlBytes],
    [shortTitle, 0],
  ] as const) {
    const item = itemOf(message, Math.min(title, limits.title), urlBytes, limits);
    const body = largestThatFits(mostText, (room) => {
      const cut = cutText(text, room, unit);
      return make({ ...item, ...(cut !== '' && { text: cut }) });
    });
    if (body) return body;
  }
  return undefined;
}

function fittedList(messages: readonly Message[], limits: PushLimits, make: Make): Buffer | undefined {
  const title = prepared(digestTitle(messages.length, messages), limits);
  // The title says already where they are from.
  const isOneFeed = new Set(messages.map(({ source }) => source)).size === 1;
  const listOf = (length: number) => {
    const items = messages.map(({ source, ...message }) =>
      itemOf(
        { ...message, ...(!isOneFeed && source !== undefined && { source }) },
        length,
        listUrlBytes,
        limits,
      ),
    );
    const head = cutText(title, Math.min(length, limits.title), limits.unit);
    return (count: number) => {
      const hidden = messages.slice(count);
      const more = cutText(prepared(moreLine(hidden).text, limits), length, limits.unit);
      return make({ title: head, items: items.slice(0, count), ...(hidden.length > 0 && { more }) });
    };
  };
  const count = messages.length;
  return listOf(listTitle)(count) ?? largestThatFits(count, listOf(shortTitle));
}

function itemOf(message: Message, title: number, urlBytes: number, limits: PushLimits): PushItem {
  const { url } = message;
  const who = cutText(prepared(byline(message), limits), Math.min(bylineLength, title), limits.unit);
  return {
    // Not even one character of a title may fit: a cluster has any number of marks.
    title: cutText(prepared(message.title, limits), title, limits.unit) || '…',
    ...(url !== undefined && Buffer.byteLength(url) <= urlBytes && { url }),
    ...(who !== '' && { byline: who }),
  };
}

function prepared(text: string, { prepare }: PushLimits): string {
  return prepare ? prepare(text) : text;
}

/** Several entries as lines of plain text, each link below its title. */
export function listLines(items: readonly PushItem[], more: string | undefined): string[] {
  return [
    ...items.flatMap(({ title, url, byline }) => [
      `• ${title}${byline === undefined ? '' : ` — ${byline}`}`,
      ...(url === undefined ? [] : [url]),
    ]),
    ...(more === undefined ? [] : [more]),
  ];
}
