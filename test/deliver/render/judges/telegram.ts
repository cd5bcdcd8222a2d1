// https://core.telegram.org/bots/api#sendmessage, https://core.telegram.org/bots/api#html-style

import { htmlComplaints, visibleText } from './html.ts';
import { isTree, type Judge, jsonOf, readableComplaints, refuse } from './judge.ts';

const html = {
  tags: { b: [], i: [], u: [], s: [], a: ['href'], code: [], pre: [], blockquote: [] },
  schemes: /^https?:\/\//,
  references: ['lt', 'gt', 'amp', 'quot'],
} as const;

export const judgeTelegram: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const { text, parse_mode: mode, chat_id: chat, link_preview_options: preview } = json;
  const raw = typeof text === 'string' ? text : '';
  const read = mode === 'HTML' ? visibleText(raw) : raw;
  return [
    ...complaints,
    ...readableComplaints([read]),
    ...(mode === 'HTML' ? htmlComplaints(raw, html) : []),
    ...entitiesOf(read),
    ...refuse({
      'there is a chat': typeof chat === 'string' && chat !== '',
      'there is something to read': /[^\s\p{Cf}]/u.test(read),
      [`${read.length} characters are at most 4096`]: read.length <= 4096,
      'the mode is HTML or none': asked.isFallback ? mode === undefined : mode === 'HTML',
      'nothing is fetched for a preview': isTree(preview) && preview.is_disabled === true,
      'it is JSON': /^application\/json/.test(request.contentType),
    }),
  ];
};

/**
 * What Telegram would act on: it looks for links first, and what is in one is no mention. The forms are those of the comments in
 * https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp
 */
function entitiesOf(text: string): string[] {
  const rest = text.replaceAll(/(?<![\p{L}\d_])https?:\/\/[a-z0-9.-]+\.[a-z]{2,}(?:[/?#][!-;=?-~]*)?/gu, ' ');
  const forms = {
    mention: /(?<![\p{L}\p{Nd}_])@[a-zA-Z0-9_]{2,32}(?![\p{L}\p{Nd}_])/u,
    hashtag: /(?<![\p{L}\p{Nd}_\u200c])#[\p{L}\p{Nd}_\u200c\u00b7\u0d80-\u0dff]*\p{L}/u,
    cashtag: /(?<![\p{L}\p{Nd}_])\$[A-Z]{1,8}(?![\p{L}\p{Nd}_])/u,
    command: /(?<![\p{L}\p{Nd}_/<>])\/[a-zA-Z0-9_]{1,64}(?![\p{L}\p{Nd}_/<>])/u,
  };
  return Object.entries(forms).flatMap(([name, form]) => {
    const found = form.exec(rest);
    return found ? [`active ${name} ${found[0].slice(0, 40)}`] : [];
  });
}
