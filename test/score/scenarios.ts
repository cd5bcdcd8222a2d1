// The scenarios: one resource each, with the answers it gives one after the other. Each one is a way in which a
// real origin tells polite clients from others. Spans of a day are kept to the one scenario that needs them.

import { gzipSync } from 'node:zlib';
import {
  type Answer,
  type Asks,
  dayMs,
  delta,
  type Fields,
  failure,
  feed,
  hourMs,
  minuteMs,
  noFeed,
  notModified,
  redirect,
  silence,
} from './answer.ts';
import { asctime, fixdate, rfc850 } from './date-forms.ts';
import { rss } from './documents.ts';
import type { Resource } from './scoring-origin.ts';

const etag = '"v1"';
const modified = 'Fri, 20 Nov 2026 06:00:00 GMT';
const both = { etag, modified };
const again = notModified();

function resource(name: string, script: readonly Answer[], more: Partial<Resource> = {}): Resource {
  return { name, target: `/${name}`, script, rest: again, ...more };
}

const validators = [
  resource('steady', [feed(both)]),
  resource('date-only', [feed({ modified })]),
  resource('tag-only', [feed({ etag })]),
  resource('empty-tag', [feed({ etag: '', modified })]),
  resource(
    'odd-tags',
    series(oddTags, (odd, body) => feed({ etag: odd, body })),
  ),
  resource(
    'odd-dates',
    series(oddDates, (odd, body) => feed({ modified: odd, body })),
  ),
  resource('none', [feed()], { rest: feed() }),
  resource('same-body', [
    feed(both),
    feed({ etag: '"v2"', modified: 'Fri, 20 Nov 2026 07:00:00 GMT' }),
    again,
    feed({ etag: '"v3"', modified: 'Fri, 20 Nov 2026 08:00:00 GMT' }),
  ]),
  resource('moved-by-304', [
    feed({ etag: 'W/"v1"', modified }),
    notModified({ etag, modified: 'Fri, 20 Nov 2026 07:00:00 GMT' }),
    notModified({ modified: 'Fri, 20 Nov 2026 08:00:00 GMT' }),
    notModified({ etag: 'W/"v1"' }),
  ]),
  resource('tag-dropped', [feed(both), feed({ modified, body: rss(2) }), again]),
  resource('back-to-first', [
    feed(both),
    feed({ etag: '"v2"', modified: 'Fri, 20 Nov 2026 07:00:00 GMT', body: rss(2) }),
    feed(both),
    again,
  ]),
  resource('304-of-another', [
    feed(both),
    notModified({ etag: '"v2"' }),
    feed({ etag: '"v2"', body: rss(2) }),
  ]),
  resource('delta', [feed(both), delta({ etag: '"v2"' }), again]),
  resource('no-store', [feed({ ...both, fields: { 'cache-control': 'no-store, no-cache', vary: '*' } })]),
];

const failures = [
  resource('bad-bodies', [
    feed(both),
    feed({ etag: '"cut"', body: rss(2), ending: 'cut' }),
    again,
    noFeed('html', { etag: '"html"' }),
    again,
    noFeed('unclosed', { etag: '"unclosed"' }),
    again,
    noFeed('empty', { etag: '"empty"', modified }),
    again,
  ]),
  resource('bad-statuses', [
    feed(both),
    failure(500, { etag: '"500"' }),
    again,
    failure(404),
    again,
    failure(429),
    again,
    failure(503),
    again,
    silence,
    again,
  ]),
  resource('backoff', [feed(both), ...[30, 60, 120, 240].map(backoff), again]),
  resource('gone', [feed(both), failure(410, { asks: { backoffMs: 12 * hourMs } }), again]),
];

const waits = [
  resource('fresh', [
    feed({ ...both, ...maxAge(3) }),
    again,
    notModified(maxAge(2)),
    again,
    failure(503),
    again,
    failure(429, maxAge(3)),
    again,
    notModified(maxAge(0)),
    again,
  ]),
  resource('expires', [
    feed({ ...both, ...expires(2) }),
    notModified(expires(3, -2 * dayMs)),
    feed({
      ...both,
      fields: { 'cache-control': 'MAX-AGE=10800', age: '1800' },
      asks: { freshnessMs: 2.5 * hourMs },
    }),
  ]),
  resource('retry-after', [
    feed(both),
    limited(429, 2),
    again,
    limitedUntil(429, fixdate),
    again,
    limitedUntil(503, rfc850),
    again,
    limitedUntil(503, asctime),
    again,
    // An origin whose clock is days off means a span all the same.
    limitedUntil(429, fixdate, 3 * dayMs),
    again,
    limitedUntil(503, fixdate, -3 * dayMs),
  ]),
  resource('retry-and-max-age', [
    feed(both),
    failure(429, {
      fields: { 'retry-after': '120', 'cache-control': 'max-age=10800' },
      asks: { retryAfterMs: 2 * minuteMs, freshnessMs: 3 * hourMs },
    }),
    failure(503, {
      fields: { 'retry-after': '10800', 'cache-control': 'max-age=60' },
      asks: { retryAfterMs: 3 * hourMs, freshnessMs: minuteMs },
    }),
  ]),
  resource('quota', [
    feed(both),
    notModified({
      fields: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '10800' },
      asks: { quotaMs: 3 * hourMs },
    }),
  ]),
  resource('slow', [feed({ ...both, ending: 'slow' })], { rest: feed({ ...both, ending: 'slow' }) }),
  resource('ttl', [
    feed({ ...both, body: rss(1, { ttlMinutes: 180 }), asks: { ttlMs: 3 * hourMs } }),
    again,
    failure(500),
    again,
    feed({ ...both, body: rss(2) }),
    again,
  ]),
];

const manners = [
  resource('cookies', [feed({ ...both, fields: { 'set-cookie': 'id=1; Path=/' } }), again]),
  resource('query', [feed(both)], { target: '/query?b=2&a=1&utm_source=x&empty=&sp=%20&sp=+' }),
  resource('gzip', [
    feed({ etag: '"v1-gzip"', fields: { 'content-encoding': 'gzip' }, body: gzipSync(rss()) }),
    again,
  ]),
  resource('redirected', [], { rest: redirect(302, '/redirect-target') }),
];

/** Where redirects of the open origin lead; nobody configured it, so it is asked only through them. */
const target = resource('redirect-target', [feed(both)], { of: 'redirected' });

const basic = `Basic ${Buffer.from('tide:low').toString('base64')}`;
const account = { basic: { user: 'tide', password: 'low' } };

// Two lines, one in another spelling: the longer interval rules both.
const shared = resource('shared', [feed(both)], {
  lines: [
    { id: 'shared' },
    { id: 'shared-slow', intervalMs: 2 * hourMs, spelling: (url) => url.replace('http:', 'HTTP:') },
  ],
});

const credentials = [
  resource('challenging', [feed(both)], {
    authorization: basic,
    isChallenging: true,
    config: { auth: account },
  }),
  resource('preemptive', [feed(both)], {
    authorization: basic,
    config: { auth: { ...account, preemptive: true } },
  }),
  resource('bearer', [feed(both)], {
    authorization: 'Bearer low',
    config: { auth: { bearer: 'low' } },
  }),
];

const crowdGapMs = 10 * minuteMs;
const lane = { name: 'crowd', gapMs: crowdGapMs };

/** Feeds of one host, one of which says for all of them that it is too much, and one for itself alone. */
const crowd = [
  resource('crowd-1', [feed(both), limited(429, 3), again], { lane }),
  resource('crowd-2', [feed(both), again, again, again, again, limited(503, 4), again], { lane }),
  ...[3, 4].map((number) => resource(`crowd-${number}`, [feed(both), again], { lane })),
];

export interface Scenarios {
  /** Configured feeds, each in a lane of its own. */
  readonly open: readonly Resource[];
  /** Configured feeds of one lane. */
  readonly crowd: readonly Resource[];
  readonly crowdGapMs: number;
  /** Resources of the open origin that are only redirected to. */
  readonly targets: readonly Resource[];
  /** Resources of an origin that is only redirected to. */
  readonly elsewhere: readonly Resource[];
}

/** `startedAt`: when the clock began; `elsewhere`: the URL of another origin. */
export function dayScenarios(startedAt: number, elsewhere: string): Scenarios {
  const secret = resource('secret', [], {
    authorization: 'Bearer tide',
    config: { headers: { Authorization: 'Bearer tide' } },
    rest: redirect(302, `${elsewhere}/elsewhere`),
  });
  // Asks for what belongs to another origin.
  const stolen = resource('stolen', [], {
    config: { auth: account },
    rest: redirect(302, `${elsewhere}/stealing`),
  });
  const challenge = failure(401, { fields: { 'www-authenticate': 'Basic realm="tides"' } });
  return {
    open: [
      ...validators,
      ...failures,
      ...waits,
      ...manners,
      ...credentials,
      shared,
      skipping(startedAt),
      secret,
      stolen,
    ],
    crowd,
    crowdGapMs,
    targets: [target],
    elsewhere: [
      resource('elsewhere', [feed(both)], { of: 'secret' }),
      resource('stealing', [], { of: 'stolen', rest: challenge }),
    ],
  };
}

/** What a daemon that is restarted every minute must not ask twice. */
export const restartScenarios: readonly Resource[] = [
  resource('restart-steady', [feed(both)]),
  resource('restart-none', [feed()], { rest: feed() }),
  resource('restart-limited', [limited(429, 2)]),
  resource('restart-fresh', [feed({ ...both, ...maxAge(24) })]),
  // The same URL three times, once in another spelling: the one that wants the longest interval rules all.
  resource('restart-shared', [feed(both)], {
    lines: [
      { id: 'restart-shared' },
      { id: 'restart-shared-twin', spelling: (url) => url.replace('http:', 'HTTP:') },
      { id: 'restart-shared-slow', intervalMs: 1.25 * hourMs },
    ],
  }),
  resource('restart-failing', [], { rest: failure(500) }),
  // Every restart finds the request still waiting, and cuts it off.
  resource('restart-cut-off', [], { rest: silence }),
];

/** Skips the three hours after the next one, GMT. */
function skipping(startedAt: number): Resource {
  const hourOf = (at: number) => Math.floor(at / hourMs) % 24;
  const skipHours = [1, 2, 3].map((hours) => hourOf(startedAt + hours * hourMs));
  const skips = (at: number) => skipHours.includes(hourOf(at));
  return resource('skip-hours', [
    feed({ ...both, body: rss(1, { skipHours }), asks: { skips } }),
    again,
    again,
  ]);
}

function series(odds: () => readonly string[], say: (odd: string, body: Buffer) => Answer): Answer[] {
  return odds().map((odd, at) => say(odd, rss(at + 1)));
}

function oddTags(): string[] {
  return [
    'W/"weak"',
    'bare',
    "'single'",
    '"a,b"',
    '"quo"te"',
    '"caf\xe9 \xff"',
    '""',
    'W/bare',
    '"null"',
    'null',
  ];
}

function oddDates(): string[] {
  return [
    'Mon, 20 Nov 2026 06:00:00 GMT',
    'fri, 20 nov 2026 06:00:00 gmt',
    'Tue, 19 Jan 2038 03:14:08 GMT',
    'Friday, 20-Nov-26 06:00:00 GMT',
    'Fri Nov 20 06:00:00 2026',
    '2026-11-20T06:00:00+01:00',
    'Fri, 20 Nov 2026 06:00:00 +0100',
    '0',
    'yesterday',
  ];
}

function backoff(minutes: number): Answer {
  return failure(503, { asks: { backoffMs: minutes * minuteMs } });
}

function maxAge(hours: number): { fields: Fields; asks: Asks } {
  return {
    fields: { 'cache-control': `public, max-age=${hours * 3_600}` },
    asks: { freshnessMs: hours * hourMs },
  };
}

function expires(hours: number, skewMs = 0): { fields: (now: number) => Fields; asks: Asks } {
  return {
    fields: (now) => ({
      date: new Date(now + skewMs).toUTCString(),
      expires: new Date(now + skewMs + hours * hourMs).toUTCString(),
    }),
    asks: { freshnessMs: hours * hourMs },
  };
}

function limited(status: 429 | 503, hours: number): Answer {
  return failure(status, {
    fields: { 'retry-after': String(hours * 3_600) },
    asks: { retryAfterMs: hours * hourMs },
  });
}

/** Two hours, said as a moment, by an origin whose clock may be off. */
function limitedUntil(status: 429 | 503, form: (date: Date) => string, skewMs = 0): Answer {
  return failure(status, {
    fields: (now) => ({
      date: new Date(now + skewMs).toUTCString(),
      'retry-after': form(new Date(now + skewMs + 2 * hourMs)),
    }),
    asks: { retryAfterMs: 2 * hourMs },
  });
}
