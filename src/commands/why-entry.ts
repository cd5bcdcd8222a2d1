// `feedhook why FEED ENTRY`: one answer to "this entry did not arrive". Gathers what there is of the entry and prints
// where it stands and what to do; what it stands for is decided in entry-report.ts.

import type { Config } from '../config/load.ts';
import { printableUrl } from '../log.ts';
import type { FeedMemory } from '../model/feed.ts';
import { fanOut } from '../outbox/fan-out.ts';
import type { PolledFeed } from '../poll.ts';
import type { Backend } from '../ports.ts';
import { type EntryContext, type EntryReport, entryReport } from './entry-report.ts';
import { mostTraces, traceEntries } from './entry-trace.ts';
import { counted, fromNow, printable, short, span, table, urlToCopy, when } from './table.ts';
import type { WhyReport } from './why-report.ts';

export interface EntryQuestion {
  readonly words: string;
  readonly feed: Pick<PolledFeed, 'id' | 'url' | 'initial' | 'endpointIds'>;
  readonly config: Pick<Config, 'endpoints' | 'retentionMs'>;
  readonly memory: FeedMemory | undefined;
  /** What `why FEED` tells of it. */
  readonly ofFeed: WhyReport;
  readonly now: number;
}

export interface EntryAnswer {
  readonly feedId: string;
  readonly asked: string;
  /** Empty: none was ever seen. */
  readonly entries: readonly EntryReport[];
  readonly unseen?: UnseenReport;
}

/** What can be said of an entry that is not known. */
export interface UnseenReport {
  readonly because: string;
  readonly advice: string;
  /** The last document that was read: epoch ms, and how many entries it held. */
  readonly lastDocument?: { readonly at: number; readonly entries: number };
  readonly knownEntries: number;
}

export async function answerOfEntry(question: EntryQuestion, backend: Backend): Promise<EntryAnswer> {
  const { words, feed, memory } = question;
  const traces = await traceEntries(words, feed.id, memory, backend);
  const context = await contextOf(question, backend);
  const entries = traces.map((trace) => entryReport(trace, context));
  return {
    feedId: feed.id,
    asked: words,
    entries,
    ...(entries.length === 0 && { unseen: unseenReport(question) }),
  };
}

async function contextOf(question: EntryQuestion, { deliveries }: Backend): Promise<EntryContext> {
  const { feed, config, memory, now } = question;
  const health = await deliveries.endpoints();
  // With no endpoint configured there is one, which daemon/world.ts makes.
  const endpoints =
    config.endpoints.length > 0 ? config.endpoints : [{ id: 'stdout', events: ['entry.new' as const] }];
  return {
    feedId: feed.id,
    memory,
    initial: feed.initial,
    subscribers: (type) =>
      fanOut([{ id: '', type, feedId: feed.id, detectedAt: 0, body: '' }], feed.endpointIds, endpoints).map(
        ({ endpointId }) => endpointId,
      ),
    endpoints: new Set(endpoints.map(({ id }) => id)),
    disabled: new Set(health.filter(({ disabled }) => disabled).map(({ endpointId }) => endpointId)),
    retentionMs: config.retentionMs,
    now,
  };
}

function unseenReport({ feed, memory, ofFeed, now }: EntryQuestion): UnseenReport {
  const lastDocument = lastDocumentOf(memory, ofFeed);
  const { failing, lastPoll, parkedAt, explained } = ofFeed;
  const skipped = lastPoll?.notes?.skipped ?? 0;
  const next = explained ? `at the next poll, due ${when(explained.nextPoll.at)}` : 'after the first poll';
  const held = `see what the feed holds now: feedhook preview ${urlToCopy(feed.url)}; what is new there is announced ${next}`;
  const because = lastDocument
    ? `the last document, of ${when(lastDocument.at)}, had ${counted(lastDocument.entries, 'entry')}, and ${memory?.entries.size ?? 0} are known in all`
    : 'no document of the feed was ever read';
  return {
    because: skipped > 0 ? `${because}; ${skipped} had neither id, link, title nor text` : because,
    advice:
      parkedAt !== undefined
        ? `the feed is parked since ${when(parkedAt)}; "feedhook why ${feed.id}" tells how it is woken`
        : failing
          ? `the feed fails since ${when(failing.since)} (${span(now - failing.since)}, ${lastPoll?.code ?? 'no code'}); "feedhook why ${feed.id}" tells more`
          : held,
    ...(lastDocument && { lastDocument }),
    knownEntries: memory?.entries.size ?? 0,
  };
}

/** A 304, and a failure, show no document: the last that was read is the one that was last seen by its entries. */
function lastDocumentOf(
  memory: FeedMemory | undefined,
  { lastPoll }: WhyReport,
): UnseenReport['lastDocument'] {
  if (!memory?.baseline) return undefined;
  if (lastPoll?.entries !== undefined) return { at: lastPoll.endedAt, entries: lastPoll.entries };
  const { at, entries } = memory.baseline;
  const seen = [...memory.entries.values()].reduce((last, { lastSeen }) => Math.max(last, lastSeen), at);
  const shown = memory.window?.filter(({ absences }) => absences === undefined).length;
  return { at: seen * 1000, entries: shown ?? entries };
}

/** Of one entry everything, of several a line each; what strangers wrote is made harmless to the terminal. */
export function entryText({ feedId, asked, entries, unseen }: EntryAnswer, now: number): string {
  const [only, ...others] = entries;
  if (unseen) {
    const head = `${feedId}: no entry "${printable(asked)}" was seen`;
    return [
      head,
      line('because', unseen.because),
      line('to do', unseen.advice),
      ...(unseen.knownEntries > 0 ? [line('note', forgottenTitles)] : []),
    ].join('\n');
  }
  if (only && others.length === 0) return oneEntry(feedId, only, now);
  const rows = entries.map(({ stage, title, id, key }) => [stage, short(title), short(id ?? key.value)]);
  const more = entries.length === mostTraces ? ', and perhaps more' : '';
  return `${feedId}: ${entries.length} entries${more}; name one of them by its id\n${table(['STAGE', 'TITLE', 'ID'], rows)}`;
}

const forgottenTitles = 'what has left the documents is found by its whole id or link, not by its title';

function oneEntry(feedId: string, entry: EntryReport, now: number): string {
  const { key, stage, because, advice, id, url, title, events } = entry;
  const lines: [string, string | undefined][] = [
    ['because', because],
    ['to do', advice],
    ['id', id],
    ['link', url === undefined ? undefined : printableUrl(url)],
    ['key', key.value],
    ['known', knownWords(entry, now)],
    ['document', placeWords(entry)],
    ...Object.entries(entry.damped ?? {}).map(([field, until]): [string, string] => [
      'damped',
      `${field}: changes are no updates until ${when(until)}, since it changed in document after document`,
    ]),
    [
      'updates',
      entry.hasManyUpdates
        ? 'no more of them are announced: it has had as many as one entry may have'
        : undefined,
    ],
  ];
  return [
    `${feedId}: ${printable(title ?? id ?? key.value)}: ${stage}`,
    ...lines.flatMap(([head, text]) => (text === undefined ? [] : [line(head, text)])),
    ...(events.length > 0 ? ['', eventTable(entry)] : []),
  ].join('\n');
}

function knownWords({ firstSeen, lastSeen, revision }: EntryReport, now: number): string {
  if (firstSeen === undefined || lastSeen === undefined) return 'no more';
  return `since ${when(firstSeen)}, last seen ${fromNow(lastSeen, now)}, revision ${revision}`;
}

function placeWords({ place, absences, isDeleted, firstSeen }: EntryReport): string | undefined {
  if (isDeleted) return 'its deletion was noticed';
  if (place !== undefined) return `at place ${place} of the last one`;
  if (absences !== undefined) return `missing in the last ${absences}, which hold its neighbours`;
  return firstSeen === undefined
    ? undefined
    : 'not in the last one: it has left the window, which is no deletion';
}

function eventTable({ events }: EntryReport): string {
  const rows = events.flatMap(({ id, type, detectedAt, deliveries }) =>
    deliveries.length === 0
      ? [[type, when(detectedAt), id, 'nobody', '-', '-', '-']]
      : deliveries.map(({ delivery, lastAttempt, stage }) => [
          type,
          when(detectedAt),
          delivery.id,
          delivery.reason ? `${stage} (${delivery.reason})` : stage,
          delivery.attempts,
          lastAttempt?.status ?? lastAttempt?.code ?? '-',
          delivery.state === 'pending' ? when(delivery.dueAt) : '-',
        ]),
  );
  return table(['EVENT', 'NOTICED', 'DELIVERY', 'STAGE', 'ATTEMPTS', 'LAST', 'DUE'], rows);
}

function line(head: string, text: string): string {
  return `  ${head.padEnd(14)}${printable(text)}`;
}
