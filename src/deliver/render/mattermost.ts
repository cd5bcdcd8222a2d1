// The `mattermost` format: an incoming webhook's text in Markdown. https://docs.mattermost.com/developers/integrate/webhooks/incoming
//
// The server looks for mentions in the text that is left when the Markdown was read, character references and backslashes
// included, so `\@channel` and `&#64;channel` still ping: only something between the sign and the name helps.
// https://github.com/mattermost/mattermost/blob/master/server/channels/app/mention_parser_standard.go
// Images are left out: each reader's client could load them from the feed's host.

import { type Chosen, headingOf, linkTarget, moreOf, renderChat, type Style } from './chat.ts';
import { lengthOf } from './cut.ts';
import { emojiName, escapeMarkdown, gap, linkScheme } from './markdown.ts';
import { byline, type Message } from './message.ts';
import type { EventView, Rendered, RenderOptions } from './rendered.ts';

/**
 * Runes of a post; a longer one is posted in pieces: PostMessageMaxRunesV2 and splitWebhookPost() in
 * https://github.com/mattermost/mattermost/blob/master/server/channels/app/webhook.go
 */
export const mostText = 16_383;

const mostTitle = 300;
const mostUrl = 2_000;

const signs = /[\\`*_~|[\]()#>]/g;

/** Mentions, hashtags, links to channels, tags, character references, formulas. */
const meant = /[@<$]|&(?=[#a-z])|(?<=\\[#~])|\bwww(?=\.)/gi;

function escapeMattermost(text: string): string {
  return escapeMarkdown(text, signs)
    .replaceAll(meant, `$&${gap}`)
    .replaceAll(emojiName, `:${gap}`)
    .replaceAll(linkScheme, `:${gap}`);
}

const style: Style = {
  unit: 'characters',
  mostMessages: 100,
  mostTitle,
  mostText,
  mostBytes: Number.POSITIVE_INFINITY,
  neutralise: escapeMattermost,
  build,
  buildPlain: (text) => (lengthOf(text, 'characters') <= mostText ? { text } : undefined),
};

export function renderMattermost(
  views: readonly [EventView, ...EventView[]],
  options: RenderOptions,
): Rendered {
  return renderChat(views, options, style);
}

function build(chosen: Chosen, { sender }: RenderOptions): object | undefined {
  const text = textOf(chosen);
  if (lengthOf(text, 'characters') > mostText) return undefined;
  return {
    text,
    // Taken where the server lets integrations override them.
    ...(sender.name !== undefined && { username: sender.name }),
    ...(sender.icon !== undefined && { icon_url: sender.icon }),
  };
}

function textOf(chosen: Chosen): string {
  const { room, isBare, say } = chosen;
  const heading = headingOf(chosen);
  const more = moreOf(chosen);
  return [
    ...(heading === undefined ? [] : [`**${say(heading, room.title)}**`]),
    ...chosen.shown.map((message) => partOf(message, chosen)),
    ...(more === undefined ? [] : [linked(say(more.text, room.title), isBare ? undefined : more.url)]),
  ].join('\n\n');
}

/** Mattermost breaks a line where the text does. */
function partOf(message: Message, { room, isBare, say }: Chosen): string {
  const title = linked(`**${say(message.title, room.title)}**`, isBare ? undefined : message.url);
  const foot = isBare ? '' : say(byline(message), room.title);
  const text = say(message.text ?? '', room.text);
  return [title, foot === '' ? '' : `*${foot}*`, text].filter((line) => line !== '').join('\n');
}

function linked(text: string, url: string | undefined): string {
  const address = url === undefined ? '' : linkTarget(url);
  return address === '' || address.length > mostUrl ? text : `[${text}](${address})`;
}
