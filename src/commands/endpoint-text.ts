// One endpoint in lines: how it stands, what decides over its deliveries, and what it is owed. Of its URL only the host is shown,
// of secrets only how many there are. Pure.

import type { EndpointConfig } from '../config/config.ts';
import type { EndpointView } from './endpoint-views.ts';
import { standingAdvice, standingWords } from './endpoint-words.ts';
import { counted, fromNow, printable, shortSpan, span, when } from './table.ts';

export function endpointText(view: EndpointView, now: number): string {
  const { since, because, nextAt } = standingWords(view, now);
  const lines: readonly (readonly [head: string, text: string | undefined])[] = [
    ['because', because],
    ['to do', standingAdvice(view)],
    ['goes on', nextAt === undefined ? undefined : `${fromNow(nextAt, now)}, at ${when(nextAt)}`],
    ...(view.config ? configLines(view.config) : []),
    ...conditionLines(view),
    ['quiet', quietWords(view, nextAt, now)],
    ['deliveries', countWords(view)],
  ];
  return [
    `${view.id}: ${view.state}${since === undefined ? '' : ` since ${when(since)}`}`,
    ...lines.flatMap(([head, text]) =>
      text === undefined ? [] : [`  ${head.padEnd(14)}${printable(text)}`],
    ),
  ].join('\n');
}

type Line = [head: string, text: string | undefined];

function configLines({ url, format, events, labels, secrets, auth, ...how }: EndpointConfig): Line[] {
  const { ordering, maxBlockMs, concurrency, rate, batch, digest } = how;
  const signed = secrets.length > 0 ? `, signed by ${counted(secrets.length, 'secret')}` : '';
  const at = rate ? `, ${counted(rate.count, 'request')} in ${shortSpan(rate.perMs)}` : '';
  return [
    ['host', new URL(url).host],
    ['format', `${format}${signed}${auth ? `, with credentials (${auth.kind})` : ''}`],
    ['events', `${events.join(', ')}${labels ? ` of feeds labelled ${labels.join(' or ')}` : ''}`],
    [
      'order',
      ordering === 'feed'
        ? `by feed, one at a time; one that fails holds the others up for ${span(maxBlockMs)}`
        : 'none',
    ],
    ['rate', `${counted(concurrency, 'request')} at a time${at}`],
    [
      'batch',
      batch &&
        `${counted(batch.count, 'event')} in a request${digest === undefined ? '' : ', at the times of the digest'}`,
    ],
  ];
}

function conditionLines({ health }: EndpointView): Line[] {
  const { failing, pace, movedTo } = health.condition;
  const warned = failing?.warned === undefined ? '' : `, ${failing.warned} % of the time to being disabled`;
  return [
    [
      'failing',
      failing &&
        `${counted(failing.count, 'failure')} in a row since ${when(failing.since)}, last ${when(failing.lastAt)}${warned}`,
    ],
    ['slowed', pace && `one request each ${shortSpan(pace.gapMs)} since ${when(pace.since)}`],
    [
      'moved',
      movedTo === undefined ? undefined : `its chat is ${movedTo} now: write that into "to" in feeds.yaml`,
    ],
  ];
}

/** Where `goes on` does not say it. */
function quietWords({ plan }: EndpointView, nextAt: number | undefined, now: number): string | undefined {
  const opensAt = plan?.opensAt?.(now) ?? now;
  return opensAt > now && opensAt !== nextAt ? `until ${when(opensAt)}` : undefined;
}

function countWords({ health }: EndpointView): string {
  const { pending, done, dead, skipped, withheld, oldestPendingAt } = health;
  const oldest = oldestPendingAt === undefined ? '' : ` (the oldest of ${when(oldestPendingAt)})`;
  return `${pending} pending${oldest}, ${done} done, ${dead} dead, ${skipped} skipped, ${withheld} withheld`;
}
