// Reads the case table of docs/http.md, "The next poll", into inputs of the function it describes: the headers through
// the code that reads headers, the elements through the parser, the keys through the words of feeds.yaml.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDuration } from '../../src/config/duration.ts';
import { defaultLimits } from '../../src/config/load.ts';
import { freshnessOf } from '../../src/fetch/freshness.ts';
import { rateLimitMs, retryAfterMs } from '../../src/fetch/retry-after.ts';
import type { DocumentHints } from '../../src/model/feed.ts';
import type { FetchedFeed, PollTerms } from '../../src/model/poll.ts';
import { parse } from '../../src/parse/parse.ts';
import type { PollPlan } from '../../src/schedule/longest-wait.ts';
import type { NextPollInput } from '../../src/schedule/next-poll.ts';
import { termsOf } from '../../src/schedule/poll-state.ts';

/** As the text above the table says: a Friday. */
export const documentedEnd = Date.parse('2026-11-20T09:00:00Z');

const units: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000 };

export interface DocumentedCase {
  readonly name: string;
  readonly input: NextPollInput;
  /** Milliseconds from the end of the answer. */
  readonly waitMs: number;
  readonly reason: string;
}

const section = /\n## The next poll\n([\s\S]*?)\n## /.exec(
  readFileSync(join(import.meta.dirname, '../../docs/http.md'), 'utf8'),
)?.[1];

/** The rows below a head, cell by cell. */
function tableBelow(head: string): string[][] {
  const rows = new RegExp(`^\\| ${head} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, 'm').exec(section ?? '')?.[1];
  if (rows === undefined) throw new Error(`docs/http.md: no table with the head "${head}"`);
  return rows
    .trimEnd()
    .split('\n')
    .map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** The reasons that the docs explain, with their caps. */
export const documentedReasons = tableBelow('reason').map(([reason = '', , cap = '']) => ({
  reason: reason.replaceAll('`', ''),
  cap,
}));

export const documentedCases: readonly DocumentedCase[] = tableBelow('answer').map(
  ([answer = '', configured = '', next = '', reason = '']) => ({
    name: `${answer}${configured === '' ? '' : ` with ${configured}`}`,
    input: inputOf(answer, configured),
    waitMs: waitOf(next),
    reason: reason.replaceAll('`', ''),
  }),
);

function waitOf(text: string): number {
  if (text === 'never') return Number.POSITIVE_INFINITY;
  const [count, unit = ''] = text.split(' ');
  return Number(count) * (units[unit] ?? Number.NaN);
}

function inputOf(answer: string, configured: string): NextPollInput {
  const answers = answer.split(', then ');
  let terms: PollTerms | undefined;
  for (const each of answers) terms = termsOf(fetchedOf(each), terms);
  if (!terms) throw new Error(`no answer in "${answer}"`);
  const status = statusOf(answers.at(-1) ?? '');
  const failures = Number(/failure (\d+)/.exec(answer)?.[1] ?? (status >= 300 && status !== 304 ? 1 : 0));
  return {
    plan: planOf(configured),
    terms,
    hints: hintsOf(answer),
    failures,
    gone: status === 410,
    ...(answer.includes('parked') && { parkedAt: documentedEnd }),
  };
}

function spans(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

function statusOf(answer: string): number {
  return Number(/^\d{3}/.exec(answer)?.[0]);
}

function fetchedOf(answer: string): FetchedFeed {
  const status = statusOf(answer);
  const headers: Record<string, string> = { date: new Date(documentedEnd).toUTCString() };
  for (const span of spans(answer)) {
    const [, name, value = ''] = /^([A-Z][\w-]+): (.*)$/.exec(span) ?? [];
    if (name !== undefined) headers[name.toLowerCase()] = value;
  }
  const isFailure = status >= 300 && status !== 304;
  const freshness = freshnessOf(headers, documentedEnd);
  const retryAfter = isFailure ? retryAfterMs(headers, documentedEnd) : undefined;
  const rateLimit = rateLimitMs(headers, documentedEnd);
  const base = {
    url: 'https://example.org/feed',
    hops: [],
    figures: { exchanges: [], requests: 1, conditional: false, wireBytes: 0, decodedBytes: 0, durationMs: 0 },
    terms: {
      endedAt: documentedEnd,
      ...(freshness && { freshnessMs: freshness.freshnessMs, freshnessSource: freshness.source }),
      ...(retryAfter !== undefined && { retryAfterMs: retryAfter }),
      ...(rateLimit !== undefined && { rateLimitMs: rateLimit }),
    },
  };
  const validators = {
    url: base.url,
    ...(!answer.includes('no validators') && { etag: '"1"' }),
  };
  if (isFailure) return { ...base, kind: 'failed', status, code: `http-${status}`, message: '' };
  return status === 304
    ? { ...base, kind: 'notModified', status, validators }
    : { ...base, kind: 'document', status: 200, body: new Uint8Array(), validators };
}

function hintsOf(answer: string): DocumentHints {
  const elements = spans(answer).filter((span) => span.startsWith('<'));
  const text = `<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>t</title>${elements.join('')}</channel></rss>`;
  return parse({ text, url: 'https://example.org/feed', limits: defaultLimits }).hints;
}

function planOf(configured: string): PollPlan {
  const keys = new Map(
    spans(configured).map((span) => {
      const [key = '', value = ''] = span.split(/: (.*)/);
      return [key, value];
    }),
  );
  const interval = keys.get('interval');
  const schedule = keys.get('schedule');
  return {
    feedId: 'news',
    defaultIntervalMs: parseDuration(keys.get('defaults.interval') ?? '1h'),
    documentHints: keys.get('documentHints') !== 'false',
    ...(interval !== undefined && { intervalMs: parseDuration(interval) }),
    ...(schedule !== undefined && { schedule: { expression: schedule, timezone: 'UTC' } }),
  };
}
