// feeds.yaml, once: every key with its type, default, unit and meaning. Types, feeds.schema.json, the near-miss
// suggestions and docs/configuration.md all come from here or are held to it. Rules between keys are in rules.ts.

import { z } from 'zod';
import { certificates, privateKey } from './certificates.ts';
import { endpointSchema } from './endpoint-schema.ts';
import { filter } from './filter-value.ts';
import {
  accessToken,
  allowedTarget,
  feedHeaders,
  isLoopback,
  listen,
  originName,
  proxyUrl,
  webUrl,
} from './net-values.ts';
import { isRedisUrl, parseStoreUrl } from './store-url.ts';
import {
  contact,
  count,
  credential,
  cronExpression,
  flag,
  id,
  label,
  size,
  span,
  timezone,
  userName,
} from './values.ts';

const initial = () => z.union([z.enum(['none', 'all']), count(0, 100_000)]);

const defaults = z.strictObject({
  interval: span('100ms', '365d')
    .prefault('1h')
    .describe(
      'Time between two polls of a feed that has no `interval` or `schedule`; origins may ask for more.',
    ),
  contact: contact()
    .optional()
    .describe('URL or mail address sent in the User-Agent, so that an origin can reach the operator.'),
  initial: initial()
    .prefault('none')
    .describe(
      'Entries reported as new by the first poll of a feed: `none`, `all`, or the newest so many (a number of entries).',
    ),
  documentHints: flag()
    .prefault(true)
    .describe(
      'Whether `ttl`, `sy:updatePeriod`, `skipHours` and `skipDays` in a document can make its polls rarer.',
    ),
  rawContent: flag()
    .prefault(false)
    .describe(
      'Whether events also carry the content as the feed gave it, not sanitised, in `_feedhook.content_raw`.',
    ),
});

const limits = z.strictObject({
  minInterval: span('100ms', '365d')
    .prefault('5m')
    .describe('The shortest interval that may be configured; lower it only to poll a server of your own.'),
  connectTimeout: span('10ms', '10m')
    .prefault('5s')
    .describe('Time for a connection to an origin, and again for its TLS handshake.'),
  headersTimeout: span('10ms', '10m')
    .prefault('10s')
    .describe("Time from the request to the end of the answer's headers."),
  bodyTimeout: span('10ms', '10m')
    .prefault('10s')
    .describe('Time for which the body of an answer may stand still.'),
  requestTimeout: span('10ms', '1h')
    .prefault('30s')
    .describe("Time for one poll's requests altogether, redirects and body included."),
  maxInterimResponses: count(0, 1000)
    .prefault(10)
    .describe('Interim responses (1xx) before the answer to one request.'),
  maxHeaderSize: size('1KiB', '1MiB')
    .prefault('16KiB')
    .describe('Size of the header block of an answer, in bytes.'),
  maxWireSize: size('1B', '1GB')
    .prefault('10MB')
    .describe('Size of a body as it is sent, before it is decompressed, in bytes.'),
  maxBodySize: size('1B', '1GB')
    .prefault('20MB')
    .describe('Size of a body after it is decompressed, in bytes.'),
  maxRedirects: count(0, 20).prefault(5).describe('Redirects followed in one poll (hops).'),
  maxDepth: count(1, 1000)
    .prefault(100)
    .describe('Levels to which the elements of a document may be nested.'),
  maxReferences: count(1, 10_000_000)
    .prefault(500_000)
    .describe('Character and entity references (`&`) in a document.'),
  maxTags: count(1, 10_000_000).prefault(200_000).describe('Tags (`<`) in a document.'),
  maxEntries: count(1, 1_000_000).prefault(5000).describe('Entries in a document.'),
  maxArchives: count(0, 100)
    .prefault(10)
    .describe(
      'Archive documents (RFC 5005) read in one poll when no entry of the document is known; 0 reads none.',
    ),
  floodLimit: count(0, 100_000)
    .prefault(50)
    .describe('Undated entries that a document may announce in which most ids have changed.'),
  maxConcurrentLanes: count(1, 1000)
    .prefault(32)
    .describe('Origins that are polled at the same time (lanes).'),
});

const allow = (who: string) =>
  z
    .array(allowedTarget())
    .prefault([])
    .describe(
      `Addresses that ${who} may reach although the address rule forbids them: \`loopback\`, \`private\`, \`link-local\`, \`reserved\`, an address, a CIDR or a host name.`,
    );

const ca = () =>
  certificates()
    .optional()
    .describe('Certificates (PEM) of authorities trusted besides the usual ones, as `file:/path`.');

const feedNetwork = z.strictObject({
  allow: allow('feeds'),
  ca: ca(),
  http2: flag().prefault(false).describe('Whether HTTP/2 is spoken with origins that offer it.'),
  proxy: z
    .strictObject({
      url: proxyUrl().describe(
        'URL of an HTTP proxy (`http://host:port`, with user name and password if it wants them); treated as a secret. Also `file:/path`.',
      ),
      resolves: z
        .enum(['here', 'proxy'])
        .prefault('here')
        .describe(
          'Who looks host names up: `here`, where the address rule holds, or the `proxy`, which then has to hold it.',
        ),
    })
    .optional()
    .describe('All requests to origins go through this proxy. No variable of the environment names one.'),
});

const origin = z.strictObject({
  scope: z
    .enum(['host', 'site', 'feed'])
    .optional()
    .describe(
      'What shares one lane: all feeds of the `host` (as built in for public hosts), all hosts of the `site` (its registrable domain), or each `feed` has its own.',
    ),
  gap: span('0s', '1d')
    .optional()
    .describe(
      'Time between the end of one request and the start of the next in a lane; absent: 2s, or 0s where each feed has its own.',
    ),
  concurrency: count(1, 100).optional().describe('Requests at the same time to this origin; absent: 1.'),
  http2: flag().optional().describe('As `network.feeds.http2`, for this origin.'),
  ca: ca(),
  cert: certificates()
    .optional()
    .describe('Client certificate (PEM, with its chain) shown to this origin, as `file:/path`.'),
  key: privateKey().optional().describe('Private key (PEM) of `cert`, as `file:/path`.'),
});

const auth = z
  .strictObject({
    basic: z
      .strictObject({
        user: userName().describe('User name.'),
        password: credential().describe('Password. Also `file:/path`.'),
      })
      .optional()
      .describe('`user` and `password`, sent when the origin asks for them (Basic).'),
    preemptive: flag().optional().describe('Whether `basic` is sent unasked, for servers that never ask.'),
    bearer: credential().optional().describe('Token sent with each request (Bearer). Also `file:/path`.'),
  })
  .refine(({ basic, bearer }) => (basic === undefined) !== (bearer === undefined), {
    error: 'expected either `basic` or `bearer`',
    when: ({ value }) => isMapping(value),
  })
  .refine(({ basic, preemptive }) => preemptive === undefined || basic !== undefined, {
    path: ['preemptive'],
    error: '`preemptive` belongs to `basic`; a bearer token is always sent',
    when: ({ value }) => isMapping(value),
  });

const feedMapping = z
  .strictObject({
    id: id()
      .optional()
      .describe('Name of the feed in events, logs and commands; unique. Made from the URL when absent.'),
    url: webUrl().describe('URL of the feed, http or https, asked for exactly as written.'),
    interval: span('100ms', '365d')
      .optional()
      .describe('Time between two polls of this feed; absent: `defaults.interval`.'),
    schedule: cronExpression()
      .optional()
      .describe('Cron expression of 5 or 6 fields that replaces the interval.'),
    timezone: timezone().optional().describe('IANA time zone that `schedule` is meant in; absent: UTC.'),
    endpoints: z
      .array(id())
      .min(1)
      .optional()
      .describe(
        "Ids of the endpoints that get this feed's events; absent: all that take feeds with its labels.",
      ),
    filter: filter()
      .optional()
      .describe(
        'Only entries that it lets through are delivered, whatever the endpoint: [filters](delivery.md#filters).',
      ),
    initial: initial().optional().describe('As `defaults.initial`, for this feed.'),
    labels: z
      .array(label())
      .max(50)
      .optional()
      .describe('Texts of your own that every event of this feed repeats, and endpoints choose by.'),
    documentHints: flag().optional().describe('As `defaults.documentHints`, for this feed.'),
    rawContent: flag().optional().describe('As `defaults.rawContent`, for this feed.'),
    identity: z
      .enum(['guid', 'link', 'hash'])
      .optional()
      .describe(
        'What the entries are known by: `guid` (id), `link` or `hash` of the content; absent: found out by the first poll.',
      ),
    headers: feedHeaders()
      .optional()
      .describe(
        'Headers added to each request of this feed, for example `x-api-key`; each value may be `file:/path`.',
      ),
    auth: auth
      .optional()
      .describe("Credentials for the origin of this feed's URL; they never go to another."),
    allowDowngrade: flag()
      .optional()
      .describe('Whether a redirect from https to http is followed; never with credentials. Absent: false.'),
    staleProbe: flag()
      .optional()
      .describe(
        'Whether an origin that answers 304 for far longer than usual is asked without validators, at most once in 24 h. Absent: false.',
      ),
  })
  .refine((feed) => feed.interval === undefined || feed.schedule === undefined, {
    path: ['schedule'],
    error: '`interval` and `schedule` exclude each other; remove one of them',
    when: ({ value }) => isMapping(value),
  })
  .refine((feed) => feed.timezone === undefined || feed.schedule !== undefined, {
    path: ['timezone'],
    error: '`timezone` has no effect without `schedule`; add one or remove it',
    when: ({ value }) => isMapping(value),
  });

function refuseStoreUrl(text: string, context: z.RefinementCtx): void {
  const parsed = isRedisUrl(text) ? parseStoreUrl(text) : undefined;
  if (parsed === undefined || 'store' in parsed) return;
  for (const message of parsed.problems) context.addIssue({ code: 'custom', message });
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type FileFeed = z.output<typeof feedMapping>;

export const feedSchema = z.union([webUrl().transform((url): FileFeed => ({ url })), feedMapping]);

export const fileSchema = z.strictObject({
  store: z
    .string()
    .regex(/^(sqlite:.+|rediss?:\/\/.+)$/, 'expected sqlite:./path/to/file.db or redis://host:6379')
    .superRefine(refuseStoreUrl)
    .prefault('sqlite:./data/feedhook.db')
    .describe(
      'Where everything is kept: `sqlite:` and a path, relative to the folder of this file, or `redis://[[user]:password@]host[:port][/database]`, which several processes can share; treated as a secret. Also `file:/path`.',
    ),
  defaults: defaults.prefault({}).describe('What holds for every feed that does not say otherwise.'),
  startSpread: span('0s', '1d')
    .prefault('10m')
    .describe(
      'Time over which new and overdue feeds are spread after a start, or 5s a feed if that is less.',
    ),
  retention: span('1m', '3650d')
    .prefault('30d')
    .describe('Time for which events and finished deliveries are kept, for `deliveries list` and `replay`.'),
  limits: limits.prefault({}).describe('Bounds that protect this machine and the origins.'),
  network: z
    .strictObject({
      feeds: feedNetwork.prefault({}).describe('How feeds are reached.'),
      webhooks: z
        .strictObject({ allow: allow('webhooks') })
        .prefault({})
        .describe('The address rule for webhooks.'),
    })
    .prefault({})
    .describe('Exceptions from the address rule, and how feeds are reached.'),
  origins: z
    .record(originName(), origin)
    .prefault({})
    .describe('Settings for single origins, by `host` or `host:port`.'),
  endpoints: z
    .array(endpointSchema)
    .prefault([])
    .describe('Webhooks. With none, each event is one JSON line on standard output.'),
  feeds: z.array(feedSchema).min(1).describe('The feeds to watch, each a URL or a mapping.'),
  server: z
    .strictObject({
      listen: listen()
        .prefault('127.0.0.1:9464')
        .describe(
          'Address of `/healthz` and `/metrics`, or `off`. Where other machines may reach it, it needs a `token`.',
        ),
      token: accessToken()
        .optional()
        .describe(
          'What other machines have to show, as `Authorization: Bearer …`: 16 characters or more; empty: none. Also `file:/path`.',
        ),
    })
    .refine(({ listen: at, token }) => at === 'off' || isLoopback(at.host) || Boolean(token), {
      path: ['listen'],
      error:
        'other machines can reach this address, so a token has to stand beside it (server.token); or write 127.0.0.1:9464',
    })
    .prefault({})
    .describe('The status server.'),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .prefault('info')
        .describe(
          'The least important log lines that are written: `debug`, `info`, `warn`, `error` or `silent`.',
        ),
    })
    .prefault({})
    .describe('The log, JSON lines on standard error.'),
});

export type File = z.output<typeof fileSchema>;
