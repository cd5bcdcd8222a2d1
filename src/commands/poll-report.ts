// What `feedhook poll` says of one feed: how the poll ended, what it overrode, and when the next one is and why. Pure.

import { printableUrl } from '../log.ts';
import type { DocumentHints } from '../model/feed.ts';
import type { PollEnd } from '../poll.ts';
import { explain } from '../schedule/explain.ts';
import { fromNow, printable, when } from './table.ts';
import { because } from './turn.ts';

export interface ReportFacts {
  /** What `--force` broke, in words. */
  readonly overrides: readonly string[];
  /** Of the document, as this poll leaves them. */
  readonly hints: DocumentHints;
  /** Ids of the other feeds that the same request was for. */
  readonly sharedWith: readonly string[];
  readonly now: number;
}

export function pollReport(end: PollEnd, facts: ReportFacts): string {
  const { feed, summary, events } = end;
  const { hops, code, message, charset, entries, notes = {} } = summary;
  const lines = [
    `${feed.id}: ${summary.outcome}${summary.status === undefined ? '' : ` (${summary.status})`}`,
    ...facts.overrides.map((override) => `  overrides   ${printable(override)}`),
    ...hops.map(({ url, status }) => `  redirect    ${status} from ${printable(printableUrl(url))}`),
    `  request     ${requestWords(end, facts)}`,
  ];
  if (code !== undefined) lines.push(`  failure     ${code}: ${printable(message ?? '')}`);
  if (charset) lines.push(`  charset     ${charset.charset} (${charset.reason})`);
  if (entries !== undefined) lines.push(`  entries     ${entries}, ${events.length} events`);
  for (const [note, count] of Object.entries(notes)) lines.push(`  ${note.padEnd(11)} ${count}`);
  if (notes.possibleGap && code === undefined && message !== undefined)
    lines.push(`  possible gap because ${printable(message)}`);
  for (const event of events)
    lines.push(`  event       ${event.type} ${printable(event.entryKey ?? '')}`.trimEnd());
  if (events.length > 0) lines.push('  deliveries  wait in the queue until "feedhook run" sends them');
  lines.push(`  next poll   ${nextWords(end, facts)}`);
  return lines.join('\n');
}

/** The request and its bytes are counted with the first feed of those it was for. */
function requestWords({ fetched, summary }: PollEnd, { sharedWith }: ReportFacts): string {
  const { requests, conditional } = fetched.figures;
  if (requests === 0 && sharedWith.length > 0) return `shared with ${sharedWith.join(', ')}`;
  return `${conditional ? 'conditional' : 'unconditional'}, ${summary.wireBytes} bytes received`;
}

function nextWords({ feed, state }: PollEnd, { hints, sharedWith, now }: ReportFacts): string {
  const explained = explain({ plan: feed.plan, state, hints, isShared: sharedWith.length > 0 });
  const { at } = explained.nextPoll;
  return `${fromNow(at, now)}, at ${when(at)}, because of ${printable(because(explained))}`;
}
