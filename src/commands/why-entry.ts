// `feedhook why FEED ENTRY`: one answer to "this entry did not arrive". Gathers what there is of the entry; where it stands is
// decided in entry-report.ts and printed by entry-text.ts.

import type { Config } from '../config/load.ts';
import type { FeedMemory } from '../model/feed.ts';
import type { FanOutFeed } from '../outbox/fan-out.ts';
import type { PolledFeed } from '../poll.ts';
import type { Backend } from '../ports.ts';
import { readViews } from './endpoint-views.ts';
import { type EntryReport, entryReport } from './entry-report.ts';
import type { EntryContext } from './entry-stage.ts';
import { type EntryTrace, traceEntries } from './entry-trace.ts';
import { routingOf } from './routes.ts';
import { counted, span, urlToCopy, when } from './table.ts';
import type { WhyReport } from './why-report.ts';

export interface EntryQuestion {
  readonly words: string;
  readonly feed: Pick<PolledFeed, 'id' | 'url' | 'initial'> & FanOutFeed;
  readonly config: Pick<Config, 'endpoints' | 'retentionMs'>;
  readonly memory: FeedMemory | undefined;
  /** What `why FEED` tells of it. */
  readonly ofFeed: WhyReport;
  readonly now: number;
  /** Absent: all of them. */
  readonly endpointId?: string;
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
  const { words, feed, memory, endpointId } = question;
  const found = await traceEntries(words, feed.id, memory, backend);
  const traces = endpointId === undefined ? found : found.map((trace) => ofEndpoint(trace, endpointId));
  const context = await contextOf(question, backend);
  const entries = traces.map((trace) => entryReport(trace, context));
  return {
    feedId: feed.id,
    asked: words,
    entries,
    ...(entries.length === 0 && { unseen: unseenReport(question) }),
  };
}

function ofEndpoint(trace: EntryTrace, endpointId: string): EntryTrace {
  const events = trace.events.map(({ event, deliveries }) => ({
    event,
    deliveries: deliveries.filter(({ delivery }) => delivery.endpointId === endpointId),
  }));
  return { ...trace, events };
}

async function contextOf(question: EntryQuestion, { deliveries }: Backend): Promise<EntryContext> {
  const { feed, config, memory, now, endpointId } = question;
  const routing = routingOf(feed, config);
  const only = endpointId === undefined ? {} : { endpointId };
  return {
    ...only,
    feedId: feed.id,
    memory,
    initial: feed.initial,
    routing:
      endpointId === undefined
        ? routing
        : (event) => routing(event).filter((route) => route.endpointId === endpointId),
    views: await readViews(config, deliveries, now),
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
