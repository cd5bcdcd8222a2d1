// The `teams` format: an Adaptive Card for the Workflows template "Post to a channel when a webhook request is received".
// https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-reference#adaptive-card
//
// Departure from WEBHOOKS §8: texts of feeds stand in the TextRuns of a RichTextBlock, which know no Markdown at all, and not in
// a TextBlock, whose backslash escapes each Teams client reads differently.
// https://learn.microsoft.com/en-us/adaptive-cards/schema-explorer/text-run
// https://github.com/MicrosoftDocs/msteams-docs/issues/5793

import { type Chosen, headingOf, moreOf, renderChat, type Style } from './chat.ts';
import { escapeMarkdown, gap } from './markdown.ts';
import { byline, type Message } from './message.ts';
import type { EventView, Rendered, RenderOptions } from './rendered.ts';

/**
 * 28 KB are documented, seemingly of UTF-16. https://learn.microsoft.com/en-us/connectors/teams/#known-issues-and-limitations
 * Half of it in UTF-8 is within them however they are counted.
 */
export const mostCardBytes = 14_000;

const mostTitle = 300;
/** A block has a cost, and a line break inside one is not shown everywhere. */
const mostParagraphs = 20;
const mostUrl = 2_000;
/** Of a picture, for those who do not see it. */
const mostAltText = 100;

/** Times and bindings, which cards fill in: https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features */
const filledIn = /\{(?=\{)|\$(?=\{)/g;
/** Nothing in a TextRun, and nothing either where a client should read Markdown in it. */
const link = /\](?=\()/g;
/** Names a person when the card says who: https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-format */
const mention = /<(?=\/?at\b)/gi;

function plainRun(text: string): string {
  return text.replaceAll(filledIn, `$&${gap}`).replaceAll(link, `$&${gap}`).replaceAll(mention, `$&${gap}`);
}

const signs = /[\\`*_~|[\]()#!]/g;

/** For a TextBlock, which is Markdown; an ampersand could begin a character reference, an angle bracket a tag or a link. */
function escapeTextBlock(text: string): string {
  return escapeMarkdown(plainRun(text), signs).replaceAll(/[&<>]/g, `$&${gap}`);
}

const style: Style = {
  unit: 'utf16',
  mostMessages: 100,
  mostTitle,
  mostText: mostCardBytes,
  mostBytes: mostCardBytes,
  neutralise: plainRun,
  build,
  buildPlain: (text) => message([{ type: 'TextBlock', text, wrap: true }]),
};

/** Plain means that not even the blocks of the usual form are used. */
const plainStyle: Style = { ...style, neutralise: escapeTextBlock };

export function renderTeams(views: readonly [EventView, ...EventView[]], options: RenderOptions): Rendered {
  return renderChat(views, options, options.isFallback ? plainStyle : style);
}

function build(chosen: Chosen): object {
  const heading = headingOf(chosen);
  const more = moreOf(chosen);
  const { room, isBare } = chosen;
  const [first] = chosen.shown;
  const only = heading === undefined && !isBare ? first : undefined;
  const url = only?.url;
  return message(
    [
      ...(heading === undefined
        ? []
        : [block(chosen.say(heading, room.title), { size: 'Medium', weight: 'Bolder' })]),
      ...chosen.shown.flatMap((each) => blocksOf(each, chosen)),
      ...(only?.image?.startsWith('https:') && room.text > 0
        ? [{ type: 'Image', url: only.image, altText: chosen.say(only.title, mostAltText), size: 'Large' }]
        : []),
      ...(more === undefined
        ? []
        : [block(chosen.say(more.text, room.title), { isSubtle: true, ...(!isBare && opening(more.url)) })]),
    ],
    url !== undefined && url.length <= mostUrl ? [{ type: 'Action.OpenUrl', title: 'Open', url }] : [],
  );
}

function blocksOf(each: Message, { room, isBare, say }: Chosen): object[] {
  const foot = isBare ? '' : say(byline(each), room.title);
  const text = say(each.text ?? '', room.text);
  return [
    block(say(each.title, room.title), { weight: 'Bolder', ...(!isBare && opening(each.url)) }),
    ...(foot === '' ? [] : [block(foot, { isSubtle: true, size: 'Small' })]),
    ...paragraphs(text).map((paragraph) => block(paragraph)),
  ];
}

function paragraphs(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const last = lines.slice(mostParagraphs - 1).join(' ');
  return [...lines.slice(0, mostParagraphs - 1), ...(last === '' ? [] : [last])];
}

function block(text: string, look: object = {}): object {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text, ...look }] };
}

function opening(url: string | undefined): object {
  return url === undefined || url.length > mostUrl ? {} : { selectAction: { type: 'Action.OpenUrl', url } };
}

function message(body: readonly object[], actions: readonly object[] = []): object {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body,
          ...(actions.length > 0 && { actions }),
        },
      },
    ],
  };
}
