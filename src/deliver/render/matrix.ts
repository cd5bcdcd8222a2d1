// The `matrix` format: a notice in a room, by the client-server API of the bot's homeserver, whose address is the endpoint's URL.
// https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid
// The id of the request is the transaction id, so a repeat does not show twice. A notice, since bots must not answer those
// (`m.notice` in https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes).

import { DeliveryError } from '../../errors.ts';
import { escapeHtml } from './escape-html.ts';
import { fittedPush, listLines, type Push, type PushItem } from './push.ts';
import type { Render } from './rendered.ts';

/**
 * "The complete event MUST NOT be larger than 65536 bytes" with what the server adds: ids, hashes, signatures.
 * https://spec.matrix.org/latest/client-server-api/#size-limits
 */
const maxContentBytes = 60_000;
const maxTitleBytes = 512;

export const renderMatrix: Render = (views, options) => {
  const { to, isFallback, requestId } = options;
  if (to === undefined) throw new DeliveryError('event-unrenderable', `endpoint ${options.id} has no room`);
  const limits = { unit: 'bytes', title: maxTitleBytes, text: maxContentBytes } as const;
  const body = fittedPush(views, options, limits, (push) => {
    const content = JSON.stringify({
      msgtype: 'm.notice',
      body: plainText(push),
      ...(!isFallback && { format: 'org.matrix.custom.html', formatted_body: htmlOf(push) }),
      // Without it, a display name or `@room` in the body notifies: https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions
      'm.mentions': {},
    });
    return Buffer.byteLength(content) <= maxContentBytes ? content : undefined;
  });
  return {
    body,
    contentType: 'application/json',
    method: 'PUT',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(to)}/send/m.room.message/${encodeURIComponent(requestId)}`,
  };
};

function plainText({ title, url, byline, text, items, more }: Push): string {
  const head = [title, url, byline].filter((line) => line !== undefined);
  if (items) return [...head, ...listLines(items, more)].join('\n');
  return [...head, ...(text === undefined ? [] : ['', text])].join('\n');
}

/** Of the suggested tags only `strong`, `em`, `a`, `br`, `ul` and `li`: https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes */
function htmlOf({ title, url, byline, text, items, more }: Push): string {
  return [
    `<strong>${linked({ title, ...(url !== undefined && { url }) })}</strong>`,
    ...(byline === undefined ? [] : [`<br><em>${escapeHtml(byline)}</em>`]),
    ...(text === undefined ? [] : [`<br><br>${escapeHtml(text).replaceAll('\n', '<br>')}`]),
    ...(items ? [`<ul>${items.map(listed).join('')}</ul>`] : []),
    ...(more === undefined ? [] : [escapeHtml(more)]),
  ].join('');
}

function listed(item: PushItem): string {
  return `<li>${linked(item)}${item.byline === undefined ? '' : ` — <em>${escapeHtml(item.byline)}</em>`}</li>`;
}

function linked({ title, url }: PushItem): string {
  return url === undefined ? escapeHtml(title) : `<a href="${escapeHtml(url)}">${escapeHtml(title)}</a>`;
}
