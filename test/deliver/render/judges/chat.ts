// Slack: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/messaging/formatting-message-text
// Discord: https://docs.discord.com/developers/resources/message#embed-object-embed-limits
// Teams: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
// Mattermost: https://developers.mattermost.com/integrate/webhooks/incoming/

import {
  characters,
  isTime,
  isTree,
  isWebUrl,
  type Judge,
  jsonOf,
  listOf,
  readableComplaints,
  refuse,
  textsOf,
} from './judge.ts';

type Tree = Readonly<Record<string, unknown>>;

export const judgeSlack: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const blocks = listOf(json.blocks);
  return [
    ...complaints,
    ...readableComplaints(textsOf(json)),
    ...blocks.flatMap(blockComplaints),
    ...mrkdwnComplaints(json.text),
    ...refuse({
      'there is a text': typeof json.text === 'string' && json.text.trim() !== '',
      'the text is at most 4000': characters(json.text) <= 4000,
      'there are at most 50 blocks': blocks.length <= 50,
      'links are not unfurled': json.unfurl_links === false,
      'names are not linked': json.link_names === undefined && json.parse === undefined,
      'all is within 13 kB': request.body.length <= 13 * 1024,
    }),
  ];
};

function blockComplaints(block: Tree): string[] {
  const texts = [block.text, ...listOf(block.elements), ...listOf(block.fields)].filter(isTree);
  return [
    ...refuse({
      'the block is of a known type': ['section', 'header', 'context', 'divider', 'image'].includes(
        String(block.type),
      ),
      'a header is at most 150':
        block.type !== 'header' || texts.every(({ text }) => characters(text) <= 150),
      'a text is 1 to 3000': texts.every(
        ({ text }) => text === undefined || (text !== '' && characters(text) <= 3000),
      ),
      'a picture is on the web': block.type !== 'image' || isWebUrl(block.image_url),
      'elements are at most 10': listOf(block.elements).length <= 10,
    }),
    ...texts.flatMap(({ type, text }) => (type === 'mrkdwn' ? mrkdwnComplaints(text) : [])),
  ];
}

/** `<` begins a link or a mention and nothing else. */
function mrkdwnComplaints(text: unknown): string[] {
  const rest = String(text ?? '').replaceAll(/<https?:\/\/[^<>|\s]+(?:\|[^<>\n]+)?>/g, '');
  return [
    ...(/[<>]/.test(rest) ? [`active markup ${rest.slice(rest.search(/[<>]/)).slice(0, 40)}`] : []),
    ...(/&(?!amp;|lt;|gt;)/.test(rest) ? ['unescaped &'] : []),
  ];
}

export const judgeDiscord: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const embeds = listOf(json.embeds);
  const urls = embeds.map(({ url }) => url).filter((url) => url !== undefined);
  const total = embeds.flatMap(embedTexts).reduce<number>((sum, text) => sum + characters(text), 0);
  return [
    ...complaints,
    ...readableComplaints(textsOf(json)),
    ...embeds.flatMap(embedComplaints),
    ...refuse({
      'nobody is mentioned': JSON.stringify(json.allowed_mentions) === '{"parse":[]}',
      'there is something to read':
        embeds.length > 0 || (typeof json.content === 'string' && json.content !== ''),
      'there are at most 10 embeds': embeds.length <= 10,
      'content is at most 2000': json.content === undefined || characters(json.content) <= 2000,
      [`${total} characters of embeds are at most 6000`]: total <= 6000,
      'no two embeds have one URL, which would merge them': new Set(urls).size === urls.length,
      'the name is allowed':
        json.username === undefined || !/discord|clyde|```|[@#:]/i.test(String(json.username)),
    }),
  ];
};

function embedTexts(embed: Tree): unknown[] {
  const { title, description, fields, footer, author } = embed;
  return [
    title,
    description,
    ...listOf(fields).flatMap(({ name, value }) => [name, value]),
    ...(isTree(footer) ? [footer.text] : []),
    ...(isTree(author) ? [author.name] : []),
  ].filter((text) => text !== undefined);
}

function embedComplaints(embed: Tree): string[] {
  const { title, description, url, timestamp, fields, footer, author, image, thumbnail } = embed;
  const within = (text: unknown, most: number) =>
    text === undefined || (text !== '' && characters(text) <= most);
  const links = [url, ...[author, image, thumbnail].filter(isTree).map((part) => part.url)];
  return refuse({
    'the title is 1 to 256': within(title, 256),
    'the description is 1 to 4096': within(description, 4096),
    'there are at most 25 fields': listOf(fields).length <= 25,
    'fields are 1 to 256 and 1 to 1024': listOf(fields).every(
      ({ name, value }) => within(name, 256) && within(value, 1024),
    ),
    'the footer is 1 to 2048': !isTree(footer) || within(footer.text, 2048),
    'the author is 1 to 256': !isTree(author) || within(author.name, 256),
    'links lead to the web and are at most 2048': links.every(
      (link) => link === undefined || (isWebUrl(link) && characters(link) <= 2048),
    ),
    'the time is one': timestamp === undefined || isTime(timestamp),
    'no link hides a script': !/\]\(\s*(?:javascript|data):/i.test(String(description)),
  });
}

export const judgeTeams: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const [attachment] = listOf(json.attachments);
  const card = isTree(attachment?.content) ? attachment.content : {};
  const inCard = JSON.stringify(card);
  const urls = [...inCard.matchAll(/"type":"Action\.OpenUrl"[^{}]*?"url":("(?:[^"\\]|\\.)*")/g)].map(
    ([, url = '""']) => JSON.parse(url),
  );
  return [
    ...complaints,
    ...readableComplaints(textsOf(json)),
    ...refuse({
      'it is a message with one card': json.type === 'message' && listOf(json.attachments).length === 1,
      'the card is adaptive':
        attachment?.contentType === 'application/vnd.microsoft.card.adaptive' && card.type === 'AdaptiveCard',
      'the card has a version': /^1\.\d$/.test(String(card.version)),
      'there is something to read': listOf(card.body).length > 0,
      'actions lead to the web': urls.every(isWebUrl),
      'there are at most 6 actions': listOf(card.actions).length <= 6,
      'nobody is mentioned': !isTree(card.msteams) || card.msteams.entities === undefined,
      'no link hides a script': !/\]\(\s*(?:javascript|data):/i.test(inCard),
      'the charset is said': /charset=utf-8/i.test(request.contentType),
      'all is within 14 kB': request.body.length <= 14_000,
    }),
  ];
};

export const judgeMattermost: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const text = typeof json.text === 'string' ? json.text : '';
  const mention = /(?<![a-z0-9._-])@(?:all|channel|here|[a-z][a-z0-9._-]*)/iu.exec(
    text.replaceAll(/\]\(<?https?:[^\s)]*\)/g, ']').replaceAll(/https?:\/\/[^\s<>()]+/g, ''),
  );
  return [
    ...complaints,
    ...readableComplaints(textsOf(json)),
    ...refuse({
      'there is a text': text.trim() !== '' || listOf(json.attachments).length > 0,
      'the text is at most 16383': characters(text) <= 16_383,
      [`nobody is mentioned by ${mention?.[0]}`]: mention === null,
      'no link hides a script': !/\]\(\s*<?(?:javascript|data):/i.test(text),
      'the picture is on the web': json.icon_url === undefined || isWebUrl(json.icon_url),
    }),
  ];
};
