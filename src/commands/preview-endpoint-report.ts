// What `feedhook preview --endpoint` shows: each entry with what becomes of it, and the request of the one that was asked for, or
// of the first that would be sent. Pure; what strangers wrote is made harmless to the terminal.

import type { EndpointConfig } from '../config/config.ts';
import type { FanOutVerdict } from '../outbox/fan-out.ts';
import type {
  EndpointPreview,
  JudgedEntry,
  MadeRequest,
  PreviewedFeed,
  PreviewedRequest,
} from './endpoint-requests.ts';
import { jsonText } from './json-text.ts';
import { counted, printable, short, table } from './table.ts';

export interface Shown {
  readonly feed: PreviewedFeed;
  readonly endpoint: Pick<EndpointConfig, 'id' | 'format' | 'maxBytes'>;
  readonly preview: EndpointPreview;
  readonly isOneAsked: boolean;
}

/** The entries that the words mean (a number of the table, an id, a link, a part of a title), and their requests. */
export function chosen(preview: EndpointPreview, words: string | undefined): EndpointPreview {
  if (words === undefined) return preview;
  const { entries } = preview;
  const byNumber = /^\d+$/.test(words) ? entries.filter(({ number }) => number === Number(words)) : [];
  const whole = entries.filter(({ id, url, title, eventId }) => [id, url, title, eventId].includes(words));
  const found = [byNumber, whole, entries.filter((entry) => isPart(words, entry))].find(
    ({ length }) => length > 0,
  );
  const numbers = new Set((found ?? []).map(({ number }) => number));
  return {
    entries: found ?? [],
    requests: preview.requests.filter((request) => request.entries.some((number) => numbers.has(number))),
  };
}

function isPart(words: string, { title = '' }: JudgedEntry): boolean {
  return title.toLowerCase().includes(words.toLowerCase());
}

/** All of it. */
export function previewJson({ feed, endpoint, preview }: Shown): string {
  const { id, url, labels, isConfigured } = feed;
  return jsonText({
    feed: { id, url, labels, isConfigured },
    endpoint: { id: endpoint.id, format: endpoint.format },
    entries: preview.entries,
    requests: preview.requests.map(({ made, ...request }) => ({ ...request, ...made })),
  });
}

export function previewText({ feed, endpoint, preview, isOneAsked }: Shown): string {
  const { entries, requests } = preview;
  const owed = entries.filter(({ verdict }) => verdict.kind === 'owed').length;
  const head = `${feed.id} to ${endpoint.id} (${endpoint.format}): ${owed} of ${counted(entries.length, 'entry')} would be sent`;
  const note = `not in feeds.yaml: judged as a feed without labels and filter that names ${endpoint.id}`;
  const first = requests[0];
  const shown = isOneAsked ? requests : requests.slice(0, 1);
  return [
    head,
    ...(feed.isConfigured ? [] : [note]),
    '',
    table(
      ['NO', 'TITLE', 'STAGE', 'BECAUSE'],
      entries.map((entry) => row(entry, requests)),
    ),
    ...shown.flatMap((request) => ['', ...requestLines(request, endpoint)]),
    ...(first && !isOneAsked && requests.length > 1 ? ['', '--entry shows the request of another'] : []),
  ].join('\n');
}

function row({ number, title, id, verdict }: JudgedEntry, requests: readonly PreviewedRequest[]): string[] {
  const request = requests.find(({ entries }) => entries.includes(number));
  return [
    String(number),
    short(title ?? id),
    stageOf(verdict, request),
    short(because(verdict, request), 100),
  ];
}

function stageOf({ kind }: FanOutVerdict, request: PreviewedRequest | undefined): string {
  if (kind !== 'owed') return kind;
  return request && 'fault' in request.made ? 'unrenderable' : 'sent';
}

function because(verdict: FanOutVerdict, request: PreviewedRequest | undefined): string {
  if (verdict.kind === 'filtered') return `${verdict.because} (filter of the ${verdict.by})`;
  if (verdict.kind === 'not-routed') return verdict.because;
  if (verdict.kind === 'not-subscribed') return 'the endpoint does not want entry.new';
  if (!request) return '';
  if ('fault' in request.made) return request.made.fault;
  const shared = request.entries.length > 1 ? `, with ${request.entries.length - 1} others` : '';
  return `${request.made.bytes} bytes${shared}${cutWords(request.made)}`;
}

function cutWords({ cut }: MadeRequest): string {
  return cut.length === 0 ? '' : `, cut: ${cut.join(', ')}`;
}

function requestLines(
  { entries, made }: PreviewedRequest,
  { maxBytes }: Pick<EndpointConfig, 'maxBytes'>,
): string[] {
  const of = `of ${entries.length === 1 ? 'entry' : 'entries'} ${entries.join(', ')}`;
  if ('fault' in made) return [`the request ${of} cannot be made: ${printable(made.fault)}`];
  const text = typeof made.body === 'string' ? made.body : jsonText(made.body);
  return [
    `the request ${of}: ${made.bytes} of at most ${maxBytes} bytes${cutWords(made)}`,
    '',
    `${made.method} ${made.target}/…`,
    ...made.headers.map(([name, value]) => printable(`${name}: ${value}`)),
    '',
    ...text.split('\n').map(printable),
  ];
}
