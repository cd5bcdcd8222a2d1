// ntfy: https://docs.ntfy.sh/publish/#publish-as-json and https://docs.ntfy.sh/publish/#limitations
// Gotify: https://gotify.net/docs/pushmsg and https://gotify.net/docs/msgextras

import { bytes, isTree, isWebUrl, type Judge, jsonOf, readableComplaints, refuse, textsOf } from './judge.ts';

const isCountTo = (value: unknown, most: number) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;

export const judgeNtfy: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const { topic, title, message, click, tags, priority } = json;
  return [
    ...complaints,
    ...readableComplaints(textsOf(json)),
    ...refuse({
      'the topic is one': typeof topic === 'string' && /^[-_A-Za-z0-9]{1,64}$/.test(topic),
      'there is a message': typeof message === 'string' && message.trim() !== '',
      [`${bytes(message)} bytes of message are at most 4096`]: bytes(message) <= 4096,
      'the title is a line': typeof title === 'string' && title !== '' && !title.includes('\n'),
      'a click leads to the web': click === undefined || isWebUrl(click),
      'the priority is 1 to 5': isCountTo(priority, 5),
      'tags are words': Array.isArray(tags) && tags.every((tag) => /^\w+$/.test(String(tag))),
      'nothing asks for Markdown, files, mail or calls': [
        'markdown',
        'attach',
        'email',
        'call',
        'actions',
        'icon',
      ].every((name) => !(name in json)),
      // The server reads twice the message limit.
      'the body is at most 8 KiB': request.body.length <= 8192,
    }),
  ];
};

export const judgeGotify: Judge = (request, asked) => {
  const { json, complaints } = jsonOf(request, asked);
  const { title, message, priority, extras } = json;
  const extra = (name: string) => (isTree(extras) && isTree(extras[name]) ? extras[name] : undefined);
  const click = extra('client::notification')?.click;
  return [
    ...complaints,
    ...readableComplaints(textsOf(json)),
    ...refuse({
      'there is a message': typeof message === 'string' && message.trim() !== '',
      'the title is a line': typeof title === 'string' && title !== '' && !title.includes('\n'),
      'the priority is 1 to 10': isCountTo(priority, 10),
      'the text is plain': extra('client::display')?.contentType === 'text/plain',
      'a click leads to the web': click === undefined || (isTree(click) && isWebUrl(click.url)),
      'no picture is fetched': !request.body.includes('bigImageUrl'),
      // Extras are read from JSON alone.
      'it is JSON': /^application\/json/.test(request.contentType),
    }),
  ];
};
