// The `telegram` format: sendMessage of the Bot API, whose URL holds the token of the bot. https://core.telegram.org/bots/api#sendmessage
// Who may read what the bot says is up to the chat; a chat that has become a supergroup tells its new id with the refusal
// (deliver/reading.ts).

import { DeliveryError } from '../../errors.ts';
import { fittedPush, listLines, type Push, type PushItem } from './push.ts';
import type { Render } from './rendered.ts';
import { htmlOf, inert, type Piece, visibleText } from './telegram-html.ts';

/**
 * "1-4096 characters after entities parsing". Counted in UTF-16 as entity offsets are, which is the stricter reading: emoji
 * count twice.
 */
const maxText = 4096;

export const renderTelegram: Render = (views, options) => {
  const { to, isFallback } = options;
  if (to === undefined) throw new DeliveryError('event-unrenderable', `endpoint ${options.id} has no chat`);
  const limits = { unit: 'utf16', title: 512, text: maxText, prepare: inert } as const;
  const body = fittedPush(views, options, limits, (push) => {
    const pieces = isFallback ? plainPieces(push) : piecesOf(push);
    if (visibleText(pieces).length > maxText) return undefined;
    return JSON.stringify({
      chat_id: to,
      text: isFallback ? visibleText(pieces) : htmlOf(pieces),
      ...(!isFallback && { parse_mode: 'HTML' }),
      // It would be of the first link anywhere in the text, and fetched by Telegram.
      link_preview_options: { is_disabled: true },
    });
  });
  return { body, contentType: 'application/json; charset=utf-8' };
};

function piecesOf(push: Push): Piece[] {
  const { title, url, byline, text, items = [], more } = push;
  return [
    { text: title, tag: 'b', ...(url !== undefined && { href: url }) },
    ...(byline === undefined ? [] : [{ text: '\n' }, { text: byline, tag: 'i' as const }]),
    ...(text === undefined ? [] : [{ text: `\n\n${text}` }]),
    ...items.flatMap(listed),
    ...(more === undefined ? [] : [{ text: `\n${more}` }]),
  ];
}

function listed({ title, url, byline }: PushItem): Piece[] {
  return [
    { text: '\n• ' },
    { text: title, ...(url !== undefined && { href: url }) },
    ...(byline === undefined ? [] : [{ text: ' — ' }, { text: byline, tag: 'i' as const }]),
  ];
}

function plainPieces({ title, url, text, items = [], more }: Push): Piece[] {
  const head = [title, ...(url === undefined ? [] : [url]), ...(text === undefined ? [] : ['', text])];
  const list = listLines(items, more).map((line) => inert(line));
  return [{ text: [...head.map((line) => inert(line)), ...list].join('\n') }];
}
