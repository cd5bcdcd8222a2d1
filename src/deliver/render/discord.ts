// The `discord` format: Execute Webhook with an embed for each event. https://docs.discord.com/developers/resources/webhook#execute-webhook
//
// `allowed_mentions` keeps everything from pinging; texts are made inert besides, so that nothing even looks like a mention, a
// heading or a link to elsewhere. Author and footer of an embed are no Markdown and stay as they are.

import { type Chosen, headingOf, moreOf, plainUrl, renderChat, type Style } from './chat.ts';
import { cutText } from './cut.ts';
import { emojiName, escapeMarkdown, gap, linkScheme } from './markdown.ts';
import type { Message } from './message.ts';
import type { EventView, Rendered, RenderOptions } from './rendered.ts';

// https://docs.discord.com/developers/resources/message#embed-object-embed-limits . Counted in UTF-16 units, which are never fewer
// than what Discord counts.
export const mostEmbeds = 10;
export const mostTitle = 256;
export const mostDescription = 4_096;
/** Titles, descriptions, authors and footers of all embeds together. */
export const mostOfAll = 6_000;
/** https://docs.discord.com/developers/resources/webhook#execute-webhook-jsonform-params */
export const mostContent = 2_000;
/** Of links. Not documented; no honest one is longer. */
export const mostUrl = 2_048;
/** https://docs.discord.com/developers/resources/user#usernames-and-nicknames */
const mostName = 80;

/** An author may have 256 and a footer 2,048; a name is no essay. */
const mostSource = 200;

const signs = /[\\`*_~|[\]()#<>]/g;

/** Of who is meant: `@everyone`, `@here`, and the inside of `<@1>`, `<@!1>`, `<@&1>`. */
const mention = /@(?=everyone|here|[!&]?\d)/gi;

function escapeDiscord(text: string): string {
  return escapeMarkdown(text, signs)
    .replaceAll(mention, `$&${gap}`)
    .replaceAll(emojiName, '\\:')
    .replaceAll(linkScheme, '\\:');
}

const style: Style = {
  unit: 'utf16',
  mostMessages: mostEmbeds,
  mostTitle,
  mostText: mostDescription,
  mostBytes: Number.POSITIVE_INFINITY,
  neutralise: escapeDiscord,
  build,
  buildPlain: (content) =>
    content.length <= mostContent ? { content, allowed_mentions: { parse: [] } } : undefined,
};

/** `wait`: the answer tells whether the message was posted, not only that it was read. */
export function renderDiscord(views: readonly [EventView, ...EventView[]], options: RenderOptions): Rendered {
  return { ...renderChat(views, options, style), query: { wait: 'true' } };
}

interface Embed {
  readonly title: string;
  readonly url?: string;
  readonly description?: string;
  readonly timestamp?: string;
  readonly author?: { readonly name: string };
  readonly footer?: { readonly text: string };
  readonly image?: { readonly url: string };
}

function build(chosen: Chosen, { sender }: RenderOptions): object | undefined {
  const embeds = embedsOf(chosen);
  const content = contentOf(chosen);
  if (content.length > mostContent || sum(embeds.map(lengthOfEmbed)) > mostOfAll) return undefined;
  return {
    ...(content !== '' && { content }),
    embeds,
    allowed_mentions: { parse: [] },
    ...(sender.name !== undefined && isName(sender.name) && { username: sender.name }),
    ...(sender.icon !== undefined && { avatar_url: sender.icon }),
  };
}

/** Two embeds with one `url` are shown as one: https://github.com/discord/discord-api-docs/issues/1418 */
function embedsOf(chosen: Chosen): Embed[] {
  const seen = new Set<string>();
  return chosen.shown.map((message) => {
    const { url } = message;
    const isRepeated = url !== undefined && seen.has(url);
    if (url !== undefined) seen.add(url);
    return embedOf(message, chosen, isRepeated);
  });
}

function embedOf(message: Message, { room, isBare, say }: Chosen, isRepeated: boolean): Embed {
  const title = say(message.title, room.title);
  const address = isBare ? undefined : embedUrl(message.url);
  // Where the link cannot be that of the title it is written out.
  const link =
    !isBare && message.url !== undefined && (isRepeated || address === undefined)
      ? plainUrl(message.url)
      : '';
  const tail = link.length < mostUrl ? link : '';
  const text = say(message.text ?? '', Math.min(room.text, mostDescription - tail.length - 1));
  const description = [text, tail].filter((line) => line !== '').join('\n');
  const at = timestamp(message.at);
  const image = embedUrl(message.image);
  return {
    title,
    ...(!isRepeated && address !== undefined && { url: address }),
    ...(description !== '' && { description }),
    ...(!isBare && {
      ...(at !== undefined && { timestamp: at }),
      ...(message.author !== undefined && { author: { name: named(message.author, mostSource) } }),
      ...(message.source !== undefined && { footer: { text: named(message.source, mostSource) } }),
      // Not where the room is short.
      ...(image !== undefined && room.text > 0 && { image: { url: image } }),
    }),
  };
}

/** Author and footer: no Markdown, so no backslashes. */
function named(text: string, most: number): string {
  return cutText(text.replaceAll(mention, `$&${gap}`), most, 'utf16');
}

function contentOf(chosen: Chosen): string {
  const heading = headingOf(chosen);
  const more = moreOf(chosen);
  const lines = [heading, more?.text].filter((line) => line !== undefined);
  const link = more?.url === undefined || chosen.isBare ? '' : plainUrl(more.url);
  return [...lines.map((line) => chosen.say(line, Math.min(mostSource, chosen.room.title))), link]
    .filter((line) => line !== '')
    .join('\n');
}

function lengthOfEmbed({ title, description, author, footer }: Embed): number {
  return sum([title, description, author?.name, footer?.text].map((text) => text?.length ?? 0));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** A host without a dot is `Not a well formed URL`, and the whole message is refused. */
function embedUrl(url: string | undefined): string | undefined {
  if (url === undefined || url.length > mostUrl) return undefined;
  return /^https?:\/\/[^/?#:]+\.[^/?#.]/.test(url) || /^https?:\/\/\[/.test(url) ? url : undefined;
}

/** ISO 8601 with four digits of a year; a feed may write others. */
function timestamp(at: string | undefined): string | undefined {
  const date = new Date(at ?? '');
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? date.toISOString() : undefined;
}

/** Any other is refused, and the message with it; then it has the name of the webhook. */
function isName(name: string): boolean {
  const plain = name.trim().toLowerCase();
  const isTaken = ['everyone', 'here', 'system message'].includes(plain);
  return plain !== '' && name.length <= mostName && !isTaken && !/clyde|discord|```|[@#:]/.test(plain);
}
