// The answer to `feedhook why FEED ENTRY` in lines: where the entry stands, why, what to do, and each of its deliveries. Pure.

import { printableUrl } from '../log.ts';
import type { EntryReport } from './entry-report.ts';
import { mostTraces } from './entry-trace.ts';
import { nextCell, stageCell } from './stage-cells.ts';
import { fromNow, printable, short, table, when } from './table.ts';
import type { EntryAnswer } from './why-entry.ts';

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
    ...filterLines(entry),
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

/** What a filter stopped is easily overlooked beside what has arrived elsewhere. */
function filterLines({ stage, events }: EntryReport): [string, string][] {
  if (stage === 'filtered') return [];
  return events
    .flatMap(({ deliveries }) => deliveries)
    .flatMap(({ delivery, route }) =>
      route?.kind === 'filtered' ? [[delivery.endpointId, route.because]] : [],
    )
    .map(([endpointId, condition]) => ['filtered', `for ${endpointId}: ${condition}`]);
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
      : deliveries.map(({ delivery, lastAttempt, stage, nextAt }) => [
          type,
          when(detectedAt),
          delivery.id,
          stageCell(stage, delivery),
          delivery.attempts,
          lastAttempt?.status ?? lastAttempt?.code ?? '-',
          nextCell(stage, delivery, nextAt),
        ]),
  );
  return table(['EVENT', 'NOTICED', 'DELIVERY', 'STAGE', 'ATTEMPTS', 'LAST', 'NEXT'], rows);
}

function line(head: string, text: string): string {
  return `  ${head.padEnd(14)}${printable(text)}`;
}
