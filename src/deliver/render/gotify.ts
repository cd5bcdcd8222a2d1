// The `gotify` format: POST /message, with the application's token in the header `x-gotify-key` or in the URL.
// https://gotify.net/docs/pushmsg . The text is declared to be plain: in Markdown, a picture named by a feed would be fetched by
// every client, which is what https://gotify.net/docs/msgextras#clientdisplay warns of.

import { fittedPush, listLines, type Push } from './push.ts';
import type { Render } from './rendered.ts';

/** Neither is limited by the server; it keeps each message, and telephones show a few lines. */
const maxTextBytes = 16_384;
const maxTitleBytes = 250;
/** An icon and a sound; 8 and more vibrate, 0 is not shown: https://gotify.net/docs/priority . Absent, old servers take 0. */
const normalPriority = 5;

export const renderGotify: Render = (views, options) => {
  const { priority = normalPriority } = options;
  const limits = { unit: 'bytes', title: maxTitleBytes, text: maxTextBytes } as const;
  const body = fittedPush(views, options, limits, (push) =>
    JSON.stringify({
      title: push.title,
      message: messageText(push),
      priority,
      extras: {
        'client::display': { contentType: 'text/plain' },
        ...(push.url !== undefined && { 'client::notification': { click: { url: push.url } } }),
      },
    }),
  );
  return { body, contentType: 'application/json; charset=utf-8' };
};

/** Never empty, which the server refuses. Only the Android client knows a link that is not in the text. */
function messageText({ title, url, byline, text, items, more }: Push): string {
  if (items) return listLines(items, more).join('\n');
  const lines = [text, byline, url].filter((line) => line !== undefined);
  return lines.join('\n\n') || title;
}
