// The rules between the keys of one endpoint: what its format needs and what it cannot use, and what excludes each other. A key
// that would do nothing is a fault, since it was written for a reason.

import type { FileEndpoint } from './endpoint-schema.ts';
import type { Finding, Placed } from './finding.ts';
import { type Format, formats, traitsOf } from './formats.ts';

/** What is wrong, and at which key of the endpoint; at none, it is the endpoint as a whole. */
type Fault = readonly [message: string, ...key: readonly (string | number)[]];
type Rule = (endpoint: FileEndpoint) => readonly Fault[];

const rules: readonly Rule[] = [
  unusedSignature,
  recipient,
  recipientInUrl,
  templateOfItsFormat,
  messageSettings,
  handshakeOfItsFormat,
  typesOfTheFormat,
  sizeOfTheFormat,
  batches,
  times,
  credentials,
  certificatePair,
];

export function brokenEndpointRules({ path, value }: Placed<FileEndpoint>): Finding[] {
  return rules
    .flatMap((rule) => rule(value))
    .map(([message, ...key]) => ({ path: [...path, ...key], message }));
}

const formatsWith = (holds: (format: Format) => boolean) => formats.filter(holds).join(', ');

function unusedSignature({ format, secret, signatures }: FileEndpoint): Fault[] {
  if (!traitsOf[format].isChat) return [];
  const message = `${format} knows its senders by URL or token and verifies no signature; remove it`;
  return [
    ...(secret === undefined ? [] : [[message, 'secret'] as const]),
    ...(Object.values(signatures).some((each) => each !== undefined)
      ? [[message, 'signatures'] as const]
      : []),
  ];
}

const recipients = {
  chat: 'the chat: its number, or @ and the name of a public one',
  topic: 'the topic',
  room: 'the id of the room, which begins with "!"',
};

function recipient({ format, to }: FileEndpoint): Fault[] {
  const kind = traitsOf[format].to;
  if (kind === undefined) {
    const others = formatsWith((each) => traitsOf[each].to !== undefined);
    return to === undefined
      ? []
      : [[`${format} has no recipient beside its \`url\`; \`to\` is for ${others}`, 'to']];
  }
  if (to === undefined) return [[`${format} needs \`to\`: ${recipients[kind]}`]];
  // https://spec.matrix.org/latest/appendices/#room-ids; an alias (#) cannot be sent to.
  const isWrongRoom = kind === 'room' && !to.startsWith('!');
  return isWrongRoom
    ? [[`expected ${recipients.room}; the settings of the room show it, and a name (#…) is none`, 'to']]
    : [];
}

/** The forms that services show, and that are easily taken for the URL that is posted to. */
function recipientInUrl({ format, url }: FileEndpoint): Fault[] {
  const { pathname } = new URL(url);
  const message = urlFault(format, pathname);
  return message === undefined ? [] : [[message, 'url']];
}

function urlFault(format: Format, pathname: string): string | undefined {
  switch (format) {
    case 'telegram':
      return /\/bot\d+:[\w-]+\/(test\/)?sendMessage$/i.test(pathname)
        ? undefined
        : 'expected https://api.telegram.org/bot<token>/sendMessage with the token of the bot, and the chat in `to`';
    case 'ntfy':
      return pathname === '/'
        ? undefined
        : 'expected the address of the server alone, such as https://ntfy.sh/, and the topic in `to`';
    case 'gotify':
      return pathname.endsWith('/message')
        ? undefined
        : 'expected the address of the server and /message behind it';
    case 'matrix':
      return pathname.includes('/_matrix')
        ? 'expected the address of the homeserver alone, such as https://matrix.example.org/, and the room in `to`'
        : undefined;
    default:
      return undefined;
  }
}

function templateOfItsFormat({ format, template }: FileEndpoint): Fault[] {
  if (format === 'template')
    return template ? [] : [['`format: template` needs a `template`: the JSON body that is sent']];
  return template
    ? [[`${format} has a form of its own; write \`format: template\`, or remove the template`, 'template']]
    : [];
}

const withSender: readonly Format[] = ['slack', 'discord', 'mattermost'];
const mostPriority: Partial<Record<Format, number>> = { ntfy: 5, gotify: 10 };

function messageSettings({ format, sender, priority }: FileEndpoint): Fault[] {
  const most = mostPriority[format];
  return [
    ...(Object.values(sender).some((each) => each !== undefined) && !withSender.includes(format)
      ? [[`${format} shows no sender of ours; \`sender\` is for ${withSender.join(', ')}`, 'sender'] as const]
      : []),
    ...(priority !== undefined && most === undefined
      ? [
          [
            `${format} has no priorities; \`priority\` is for ${Object.keys(mostPriority).join(', ')}`,
            'priority',
          ] as const,
        ]
      : []),
    ...(priority !== undefined && most !== undefined && priority > most
      ? [[`${format} has priorities from 1 to ${most}`, 'priority'] as const]
      : []),
  ];
}

function handshakeOfItsFormat({ format, handshake }: FileEndpoint): Fault[] {
  return handshake && format !== 'cloudevents'
    ? [['only `format: cloudevents` asks for consent; remove `handshake`', 'handshake']]
    : [];
}

function typesOfTheFormat({ format, events }: FileEndpoint): Fault[] {
  if (!traitsOf[format].entriesOnly) return [];
  return events.flatMap((type, index) =>
    type.startsWith('entry.')
      ? []
      : [
          [
            `${format} can tell of entries alone; send ${type} to an endpoint of another format`,
            'events',
            index,
          ] as const,
        ],
  );
}

function sizeOfTheFormat({ format, maxBytes }: FileEndpoint): Fault[] {
  const most = traitsOf[format].maxBytes;
  return maxBytes !== undefined && maxBytes > most
    ? [
        [
          `${format} has requests of at most ${most} bytes; lower it, or remove it to use them all`,
          'maxBytes',
        ],
      ]
    : [];
}

function batches({ format, batch, digest }: FileEndpoint): Fault[] {
  const { mostEvents } = traitsOf[format];
  if (!batch) return [];
  if (mostEvents === 1) {
    const others = formatsWith((each) => traitsOf[each].mostEvents > 1);
    return [[`a request of ${format} carries one event; \`batch\` is for ${others}`, 'batch']];
  }
  return [
    ...(batch.count > mostEvents
      ? [[`a request of ${format} carries at most ${mostEvents} events`, 'batch', 'count'] as const]
      : []),
    ...(batch.within !== undefined && digest !== undefined
      ? [['`within` and `digest` exclude each other; remove one of them', 'batch', 'within'] as const]
      : []),
  ];
}

function times({ digest, quiet, timezone }: FileEndpoint): Fault[] {
  const plain = (expression: string) => expression.trim().split(/\s+/).join(' ');
  return [
    ...(quiet && plain(quiet.from) === plain(quiet.until)
      ? [['the quiet hours begin and end at the same time', 'quiet', 'until'] as const]
      : []),
    ...(timezone !== undefined && digest === undefined && quiet === undefined
      ? [['`timezone` has no effect without `digest` or `quiet`; add one or remove it', 'timezone'] as const]
      : []),
  ];
}

function credentials({ auth, headers = {} }: FileEndpoint): Fault[] {
  if (!auth) return [];
  const isWritten = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  return [
    ...((auth.basic === undefined) === (auth.bearer === undefined)
      ? [['expected either `basic` or `bearer`', 'auth'] as const]
      : []),
    ...(isWritten
      ? [['`auth` and the header `authorization` exclude each other; remove one of them', 'auth'] as const]
      : []),
  ];
}

function certificatePair({ cert, key }: FileEndpoint): Fault[] {
  if ((cert === undefined) === (key === undefined)) return [];
  return [['`cert` and `key` belong together; add the other', cert === undefined ? 'key' : 'cert']];
}
