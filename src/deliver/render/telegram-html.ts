// The part of Telegram's HTML that we write: bold, italic and links around text in which nothing has a meaning of its own.
// https://core.telegram.org/bots/api#html-style
//
// Telegram finds mentions, hashtags, cashtags and commands in plain text, too, and a mention notifies whoever is meant. An
// invisible word joiner (U+2060) behind the sign ends that; a zero-width non-joiner would not, since it is a letter of hashtags
// there. The rules are those of match_mentions(), match_hashtags() and match_bot_commands() in
// https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp

import { escapeHtml } from './escape-html.ts';

export interface Piece {
  readonly text: string;
  readonly tag?: 'b' | 'i';
  readonly href?: string;
}

const joiner = '\u2060';
const signs = /[@#$](?=[\p{L}\p{N}_\u200c\u00b7\u0d80-\u0dff])|(?<![\p{L}\p{Nd}_/<>])\/(?=[A-Za-z0-9_])/gu;

/** What Telegram takes for one link whatever is in it; a joiner would break it. Narrower than its own rule. */
const plainUrl =
  /(?<![\p{L}\p{Nd}_])https?:\/\/(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?:[/?#][\w./?#%&=+~@:-]*)?/gu;

/** The same text to read, without any word that Telegram would act on. */
export function inert(text: string): string {
  let made = '';
  let from = 0;
  for (const { 0: url, index } of text.matchAll(plainUrl)) {
    made += `${joined(text.slice(from, index), text[from - 1])}${url}`;
    from = index + url.length;
  }
  return made + joined(text.slice(from), text[from - 1]);
}

/** `before` stands before the text: a command does not begin in the middle of a word. */
function joined(text: string, before = ''): string {
  return `${before}${text}`.replaceAll(signs, `$&${joiner}`).slice(before.length);
}

export function htmlOf(pieces: readonly Piece[]): string {
  return pieces.map(pieceHtml).join('');
}

/** What is left once the markup was read, which is what Telegram counts. */
export function visibleText(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('');
}

function pieceHtml({ text, tag, href }: Piece): string {
  const linked =
    href === undefined ? escapeHtml(text) : `<a href="${escapeHtml(href)}">${escapeHtml(text)}</a>`;
  return tag ? `<${tag}>${linked}</${tag}>` : linked;
}
