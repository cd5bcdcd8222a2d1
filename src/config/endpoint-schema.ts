// The keys of one item of `endpoints`. Which of them a format needs or cannot use is in endpoint-rules.ts.

import { z } from 'zod';
import { eventTypes } from '../model/event.ts';
import { certificates, privateKey } from './certificates.ts';
import { filter } from './filter-value.ts';
import { formats } from './formats.ts';
import { endpointHeaders, webUrl } from './net-values.ts';
import {
  count,
  credential,
  cronExpression,
  flag,
  id,
  label,
  signingSecret,
  size,
  span,
  timezone,
  userName,
} from './values.ts';

const lookAlike = (header: string) =>
  credential().optional().describe(`Secret of \`${header}\`, any text. Also \`file:/path\`.`);

export const endpointSchema = z.strictObject({
  id: id()
    .refine(
      (text) => text.toLowerCase() !== 'stdout',
      'the id "stdout" is reserved for the output without endpoints',
    )
    .describe('Name of the endpoint in logs, commands and `feeds[].endpoints`; unique.'),
  url: webUrl('auth: { basic: { user: …, password: … } }').describe(
    'URL that events are posted to; treated as a secret. Also `file:/path`.',
  ),
  format: z
    .enum(formats)
    .prefault('standard')
    .describe(
      'Shape of the requests: [targets](targets.md) shows each of them and what its `url` has to be.',
    ),
  secret: z
    .union([signingSecret(), z.array(signingSecret()).min(1).max(5)])
    .optional()
    .describe(
      'Signing secret, `whsec_` (HMAC) or `whsk_` (Ed25519), or a list while one replaces another: every one signs, the first one first. Also `file:/path`.',
    ),
  signatures: z
    .strictObject({
      github: lookAlike('x-hub-signature-256'),
      websub: lookAlike('x-hub-signature'),
      miniflux: lookAlike('x-miniflux-signature'),
    })
    .prefault({})
    .describe('Signatures sent besides, for receivers that know those of other senders.'),
  events: z
    .array(z.enum(eventTypes))
    .min(1)
    .prefault(['entry.new'])
    .describe(`Types of event that are delivered: ${eventTypes.map((type) => `\`${type}\``).join(', ')}.`),
  labels: z
    .array(label())
    .min(1)
    .max(50)
    .optional()
    .describe('Only feeds with one of these labels, and those that name the endpoint, are delivered.'),
  filter: filter()
    .optional()
    .describe('Only entries that it lets through are delivered: [filters](delivery.md#filters).'),
  content: z
    .enum(['none', 'summary', 'text', 'html', 'both'])
    .optional()
    .describe(
      'How much of an entry is sent: nothing but its title, link and dates, its `summary`, the whole as plain `text`, as `html` or `both`. Absent: `both`, and `summary` for chats.',
    ),
  maxBytes: size('1KiB', '1MiB')
    .optional()
    .describe('Size of the body of a request, which is cut to fit, in bytes; absent: what the format takes.'),
  to: z
    .string()
    .regex(/^\S{1,255}$/, 'expected the name of a chat, topic or room, without spaces')
    .optional()
    .describe('Chat (`telegram`), topic (`ntfy`) or room (`matrix`) that messages go to.'),
  sender: z
    .strictObject({
      name: z.string().min(1).max(80).optional().describe('Name shown as the sender.'),
      icon: webUrl().optional().describe('URL of the picture shown beside it.'),
    })
    .prefault({})
    .describe('Who messages are shown to be from, for `discord`, `mattermost` and `slack`.'),
  priority: count(1, 10).optional().describe('Of messages, for `ntfy` (1 to 5) and `gotify` (1 to 10).'),
  template: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('The JSON body of `format: template`, with `{{…}}` where values of the event belong.'),
  handshake: flag()
    .prefault(false)
    .describe('Whether the endpoint is asked for its consent first, for `cloudevents`.'),
  concurrency: count(1, 100)
    .optional()
    .describe('Requests at the same time to this endpoint; absent: 4, and 1 for chats.'),
  rate: z
    .strictObject({
      requests: count(1, 1_000_000).describe('How many requests.'),
      per: span('1s', '1d').describe('In which time.'),
      burst: count(1, 100_000).optional().describe('How many of them at once; absent: 1.'),
    })
    .optional()
    .describe('The most requests that the endpoint takes; absent: what the format is known for.'),
  ordering: z
    .enum(['feed', 'none'])
    .optional()
    .describe(
      'Whether the events of a `feed` are sent one after the other, in order, or each as soon as it can be (`none`). Absent: `none`, and `feed` for chats.',
    ),
  maxBlock: span('0s', '1d')
    .prefault('1h')
    .describe('With `ordering: feed`, how long a failing delivery may hold up those behind it.'),
  batch: z
    .strictObject({
      count: count(1, 100).describe('Events in a request at most.'),
      within: span('0s', '1d')
        .optional()
        .describe('Time after which fewer are sent; absent: 1m, or at the times of `digest`.'),
    })
    .optional()
    .describe('Several events share a request, for formats that can carry them.'),
  digest: cronExpression()
    .optional()
    .describe('Cron expression: what has come up to then is sent together at these times.'),
  quiet: z
    .strictObject({
      from: cronExpression().describe('Cron expression: when it begins.'),
      until: cronExpression().describe('Cron expression: when it ends.'),
    })
    .optional()
    .describe('Quiet hours, in which nothing is sent.'),
  timezone: timezone()
    .optional()
    .describe('IANA time zone that `digest` and `quiet` are meant in; absent: UTC.'),
  maxKept: count(1, 10_000_000)
    .prefault(100_000)
    .describe(
      'Deliveries that wait at most, for example while the endpoint is down; beyond, the oldest are given up.',
    ),
  retry: z
    .array(span('0s', '30d'))
    .min(1)
    .max(50)
    .refine(([first = 0]) => first === 0, 'the first attempt is made at once; begin the list with 0s')
    .prefault(['0s', '5s', '5m', '30m', '2h', '5h', '10h', '14h', '20h', '24h'])
    .describe(
      'Wait before each attempt of a delivery; as many attempts as there are waits. Jitter is added.',
    ),
  timeout: span('1s', '30s')
    .prefault('15s')
    .describe('Time for one attempt from the connection to the end of the answer.'),
  connectTimeout: span('10ms', '30s').prefault('5s').describe('Time for a connection to the endpoint.'),
  headers: endpointHeaders()
    .optional()
    .describe('Headers added to each request, for example `x-api-key`; each value may be `file:/path`.'),
  auth: z
    .strictObject({
      basic: z
        .strictObject({
          user: userName().describe('User name.'),
          password: credential().describe('Password. Also `file:/path`.'),
        })
        .optional()
        .describe('`user` and `password`, sent with each request (Basic).'),
      bearer: credential().optional().describe('Token sent with each request (Bearer). Also `file:/path`.'),
    })
    .optional()
    .describe('Credentials for the endpoint.'),
  ca: certificates()
    .optional()
    .describe('Certificates (PEM) of authorities trusted besides the usual ones, as `file:/path`.'),
  cert: certificates()
    .optional()
    .describe('Client certificate (PEM, with its chain) shown to the endpoint, as `file:/path`.'),
  key: privateKey().optional().describe('Private key (PEM) of `cert`, as `file:/path`.'),
});

export type FileEndpoint = z.output<typeof endpointSchema>;
