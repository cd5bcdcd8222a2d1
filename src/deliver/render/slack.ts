// The `slack` format: an incoming webhook's message of Block Kit sections. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
//
// Text is mrkdwn because titles are links. Three characters make all of its control sequences, mentions among them, and are
// escaped; `verbatim` keeps Slack from finding more in plain text. An asterisk or a backtick of a feed can still format, but only
// its own block. Images are left out: when Slack cannot load one it refuses the whole message.

import { type Chosen, headingOf, linkTarget, moreOf, plainUrl, renderChat, type Style } from './chat.ts';
import { byline, type Message } from './message.ts';
import type { EventView, Rendered, RenderOptions } from './rendered.ts';

/** https://docs.slack.dev/reference/block-kit/composition-objects/text-object, and of a section. */
export const mostSectionText = 3_000;
/** https://docs.slack.dev/reference/block-kit/blocks */
export const mostBlocks = 50;
/** Truncated above 40,000, advised up to 4,000. https://docs.slack.dev/reference/methods/chat.postMessage#truncating */
export const mostText = 4_000;
/**
 * `msg_blocks_too_long`, not documented: seen from 13,172 characters of JSON on.
 * https://github.com/slackapi/bolt-js/issues/2509 . In bytes, since nobody says what Slack counts.
 */
export const mostBlockBytes = 13_000;

const mostTitle = 300;
/** What is left of a section for a link beside the title. */
const mostUrl = 2_000;

const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A preview would show what the linked page wants to be seen. */
const silent = { unfurl_links: false, unfurl_media: false } as const;

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeMrkdwn(text: string): string {
  return text.replaceAll(/[&<>]/g, (sign) => references[sign] ?? sign);
}

const style: Style = {
  unit: 'utf16',
  // A heading and the line of those left out.
  mostMessages: mostBlocks - 2,
  mostTitle,
  mostText: mostSectionText,
  mostBytes: mostBlockBytes,
  neutralise: escapeMrkdwn,
  build,
  spell: (url) => escapeMrkdwn(plainUrl(url)),
  buildPlain: (text) => (text.length <= mostText ? { text, ...silent } : undefined),
};

export function renderSlack(views: readonly [EventView, ...EventView[]], options: RenderOptions): Rendered {
  return renderChat(views, options, style);
}

function build(chosen: Chosen, { sender }: RenderOptions): object {
  const heading = headingOf(chosen);
  const [first] = chosen.shown;
  const notification = heading ?? first?.title ?? '';
  return {
    // What notifications show.
    text: chosen.say(notification, chosen.room.title),
    blocks: heading === undefined && first ? single(first, chosen) : several(heading ?? '', chosen),
    ...silent,
    // Taken from custom integrations only; apps have the name and the picture of the app.
    ...(sender.name !== undefined && { username: sender.name }),
    ...(sender.icon !== undefined && { icon_url: sender.icon }),
  };
}

function single(message: Message, chosen: Chosen): object[] {
  const { room, isBare, say } = chosen;
  const text = say(message.text ?? '', room.text);
  const foot = isBare ? '' : say(byline(message), room.title);
  return [
    section(titleOf(message, chosen)),
    ...(text === '' ? [] : [section(text)]),
    ...(foot === '' ? [] : [{ type: 'context', elements: [mrkdwn(foot)] }]),
  ];
}

function several(heading: string, chosen: Chosen): object[] {
  const { shown, room, isBare, say } = chosen;
  const more = moreOf(chosen);
  return [
    section(say(heading, room.title)),
    ...shown.map((message) => {
      const head = titleOf(message, chosen);
      const foot = isBare ? '' : say(byline(message), room.title);
      const left = mostSectionText - head.length - foot.length - 2;
      const text = say(message.text ?? '', Math.min(room.text, left));
      return section([head, foot, text].filter((line) => line !== '').join('\n'));
    }),
    ...(more === undefined
      ? []
      : [section(linked(say(more.text, room.title), isBare ? undefined : more.url))]),
  ];
}

function titleOf({ title, url }: Message, { room, isBare, say }: Chosen): string {
  return `*${linked(say(title, room.title), isBare ? undefined : url)}*`;
}

/** The bar ends the address: https://docs.slack.dev/messaging/formatting-message-text#linking-urls */
function linked(text: string, url: string | undefined): string {
  const address = url === undefined ? '' : escapeMrkdwn(linkTarget(url));
  return address === '' || address.length > mostUrl ? text : `<${address}|${text}>`;
}

function section(text: string): object {
  return { type: 'section', text: mrkdwn(text) };
}

function mrkdwn(text: string): object {
  return { type: 'mrkdwn', text, verbatim: true };
}
