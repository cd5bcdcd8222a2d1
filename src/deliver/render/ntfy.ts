// The `ntfy` format: a message as JSON, posted to the root of the server. https://docs.ntfy.sh/publish/#publish-as-json
// The text is plain: ntfy reads Markdown in it only where a request asks for that. No `attach`: telephones fetch what it names by
// themselves, which would tell a publisher who reads.

import { DeliveryError } from '../../errors.ts';
import { fittedPush, listLines, type Push } from './push.ts';
import type { EventView, Render } from './rendered.ts';

/** A longer one becomes a text file, or is refused where the server takes no files. https://docs.ntfy.sh/publish/#limitations */
const maxMessageBytes = 4096;
/** Not limited by itself; it travels in a push notification of 4 KB together with the message. */
const maxTitleBytes = 250;
/** https://docs.ntfy.sh/publish/#message-priority */
const normalPriority = 3;

export const renderNtfy: Render = (views, options) => {
  const { to, priority = normalPriority } = options;
  if (to === undefined) throw new DeliveryError('event-unrenderable', `endpoint ${options.id} has no topic`);
  const limits = { unit: 'bytes', title: maxTitleBytes, text: maxMessageBytes } as const;
  const body = fittedPush(views, options, limits, (push) => {
    const message = messageText(push);
    if (Buffer.byteLength(message) > maxMessageBytes) return undefined;
    return JSON.stringify({
      topic: to,
      title: push.title,
      message,
      ...(push.url !== undefined && { click: push.url }),
      tags: [tagOf(views)],
      priority,
    });
  });
  return { body, contentType: 'application/json; charset=utf-8' };
};

/** An empty message is shown as "triggered". */
function messageText({ title, url, byline, text, items, more }: Push): string {
  if (items) return listLines(items, more).join('\n');
  const lines = [...(text === undefined ? [] : [text]), ...(byline === undefined ? [] : [byline])];
  return lines.join('\n\n') || (url ?? title);
}

/** The second is shown as a warning sign: https://docs.ntfy.sh/emojis/ . Of a feed's own tags some are such names, too. */
function tagOf(views: readonly EventView[]): string {
  return views.some(({ event: { type } }) => /^(entry|test)\./.test(type)) ? 'rss' : 'warning';
}
