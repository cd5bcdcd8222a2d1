// What must hold of any bytes under any header, as a list of complaints: a refusal has a code; what is read keeps the
// promises of the model; what is sent is a valid item within its size; reading twice gives the same and repeats nothing;
// a cut is never taken for the whole. Measures no time.

import { codes } from '../../src/errors.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import type { Learned } from '../../src/poll/learn.ts';
import { itemComplaints } from '../support/json-feed-item.ts';
import { limits, nothingKnown, read, readAfter, type Served } from './read.ts';

/** WEBHOOKS.md: 64 KiB. Not the constant of the program, which is what is judged here. */
const maxPayloadBytes = 65_536;

const prototypeNames = Object.getOwnPropertyNames(Object.prototype).join();

/** `before`: what the memory was left by, so that the document is an edition of a known one. */
export function complaintsAbout(served: Served, before: Learned | undefined, cutAt: number): string[] {
  try {
    const first = read(served);
    return [
      ...complaintsOfReading(first),
      ...(before?.memory ? complaintsOfReading(readAfter(before, served)) : []),
      ...complaintsOfRepeating(served, first),
      ...complaintsOfCutting(served, first, cutAt),
      ...(Object.getOwnPropertyNames(Object.prototype).join() === prototypeNames
        ? []
        : ['Object.prototype was changed']),
    ];
  } catch (error) {
    return [`thrown: ${String(error instanceof Error ? error.stack : error).slice(0, 600)}`];
  }
}

/** Of one reading, beside whatever else was read before it. */
export function complaintsOfReading(learned: Learned): string[] {
  if (learned.outcome === 'failed') {
    const isKnown = learned.code !== undefined && Object.hasOwn(codes, learned.code);
    return isKnown && learned.memory === undefined ? [] : [`failed with ${learned.code}, or a memory`];
  }
  const { parsed, memory, events } = learned;
  if (!parsed || !memory) return ['read, and neither feed nor memory'];
  return [
    ...complaintsOfShape(parsed, 'feed'),
    ...complaintsOfShape([...memory.entries], 'memory'),
    ...(parsed.entries.length > limits.maxEntries ? ['more entries than the limit'] : []),
    ...events.flatMap(complaintsOfEvent),
    ...complaintsOfIds(events),
  ];
}

const isWebUrl = (text: string) => /^https?:\/\/[^/]/.test(text) && URL.canParse(text);
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/;
const dateNames = new Set(['published', 'updated', 'deletedAt']);

/** Every field that is there has a value, every URL is one of the web, every date is one. */
function complaintsOfShape(value: unknown, path: string): string[] {
  if (value === undefined || value === null) return [`${path} is ${value}`];
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (Array.isArray(value)) return value.flatMap((each, at) => complaintsOfShape(each, `${path}[${at}]`));
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, each]) => {
    const here = `${path}.${name}`;
    if (/urls?$/i.test(name))
      return [each].flat().every((url) => typeof url === 'string' && isWebUrl(url))
        ? []
        : [`${here} is no web URL: ${each}`];
    if (dateNames.has(name))
      return typeof each === 'string' && rfc3339.test(each) && !Number.isNaN(Date.parse(each))
        ? []
        : [`${here} is no date: ${each}`];
    return complaintsOfShape(each, here);
  });
}

function complaintsOfEvent({ type, body, id }: StoredEvent): string[] {
  const payload = JSON.parse(body);
  const complaints: string[] = [];
  if (!isWellFormed(payload)) complaints.push(`${id} has half a character`);
  if (type === 'entry.new' || type === 'entry.updated')
    complaints.push(...itemComplaints(payload.data.entry).map((each) => `${type}: ${each.slice(0, 300)}`));
  const excess = Buffer.byteLength(body) - maxPayloadBytes;
  if (excess > 0 && excess > bytesOfUncut(payload.data))
    complaints.push(`${type} is ${excess} bytes over its limit`);
  return complaints;
}

/** In JSON half a character hides behind an escape. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value !== 'object' || value === null || Object.values(value).every(isWellFormed);
}

/** Ids and links are never cut, so a body may be longer by them. */
function bytesOfUncut(value: unknown, name = ''): number {
  if (typeof value === 'string')
    return /^(?:id|key|.*url|ref)$/.test(name) ? Buffer.byteLength(JSON.stringify(value)) : 0;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [inner, each]) => sum + bytesOfUncut(each, Array.isArray(value) ? name : inner),
    0,
  );
}

function complaintsOfIds(events: readonly StoredEvent[]): string[] {
  const complaints: string[] = [];
  if (new Set(events.map(({ id }) => id)).size < events.length) complaints.push('two events under one id');
  return complaints;
}

function complaintsOfRepeating(served: Served, first: Learned): string[] {
  const complaints: string[] = [];
  const second = read(served);
  if (second.outcome !== first.outcome || second.code !== first.code)
    complaints.push('another outcome the second time');
  if (second.events.some(({ body }, at) => body !== first.events[at]?.body))
    complaints.push('other events the second time');
  if (first.outcome === 'failed') return complaints;
  const repeated = readAfter(first, served).events.filter(
    ({ type }) => type === 'entry.new' || type === 'entry.updated',
  );
  if (repeated.length > 0)
    complaints.push(
      `the same bytes bring ${repeated.length} events again: ${repeated[0]?.type} ${repeated[0]?.entryKey}`,
    );
  return complaints;
}

/** With entries behind the cut, a cut document is refused: an empty feed or a shorter one would be believed. */
function complaintsOfCutting(served: Served, { parsed }: Learned, cutAt: number): string[] {
  if (parsed === undefined) return [];
  const cut = read({ ...served, bytes: served.bytes.subarray(0, cutAt) }, nothingKnown).parsed;
  if (cut === undefined || cut.entries.length >= parsed.entries.length) return [];
  return [
    `cut at ${cutAt} it has ${cut.entries.length} of ${parsed.entries.length} entries, and no complaint`,
  ];
}
