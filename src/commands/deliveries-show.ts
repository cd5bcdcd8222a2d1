// `feedhook deliveries show`: one delivery, where it stands, what it carries, and each attempt with its phases and its answer.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { printableUrl } from '../log.ts';
import type { Attempt, Delivery } from '../model/delivery.ts';
import type { StoredEvent } from '../model/event.ts';
import { attemptLines } from './attempt-table.ts';
import { configOption } from './config-option.ts';
import { noDelivery } from './delivery-name.ts';
import { DeliveryTracer } from './delivery-trace.ts';
import { readViews } from './endpoint-views.ts';
import { filteredWords } from './filtered-words.ts';
import { jsonText } from './json-text.ts';
import { openForReading } from './open.ts';
import { type Route, routingOf } from './routes.ts';
import { stageCell } from './stage-cells.ts';
import { type JudgedDelivery, judgeDelivery } from './stage-words.ts';
import { printable, when } from './table.ts';

export function addShow(deliveries: Command): void {
  deliveries
    .command('show <delivery>')
    .description('Show one delivery: where it stands, what it carries, and each attempt with its answer.')
    .addOption(configOption())
    .option('--json', 'one JSON document instead of text, with the event as it was stored')
    .action(async (id: string, { config: file, json }: { config: string; json?: boolean }) => {
      await using opened = await openForReading(file);
      const { deliveries: log, store } = opened.backend;
      const [delivery] = await log.list({ id }, 1);
      if (!delivery) throw await noDelivery(id, log);
      const attempts = await log.attempts(id);
      const [event] = await store.readEvents([delivery.eventId]);
      const now = systemClock.now();
      const views = await readViews(opened.config, log, now);
      const trace = await new DeliveryTracer(log).traceWith(delivery, attempts);
      const placed = { ...trace, ...(event && { type: event.type }) };
      const ofStage = judgeDelivery(placed, views.get(delivery.endpointId), now);
      const route = ofStage.stage === 'filtered' ? routeOf(delivery, event, opened.config) : undefined;
      const judged = route ? { ...ofStage, ...filteredWords(delivery, route) } : ofStage;
      if (!json) return console.log(showText({ delivery, attempts, event, judged }));
      console.log(jsonText({ ...delivery, ...judged, attempts, event: event && JSON.parse(event.body) }));
    });
}

/** How it would go today, where event and feed are still known. */
function routeOf(delivery: Delivery, event: StoredEvent | undefined, config: Config): Route | undefined {
  const feed = config.feeds.find(({ id }) => id === delivery.feedId);
  if (!event || !feed) return undefined;
  return routingOf(feed, config)(event).find(({ endpointId }) => endpointId === delivery.endpointId);
}

export interface Shown {
  readonly delivery: Delivery;
  readonly attempts: readonly Attempt[];
  readonly event: StoredEvent | undefined;
  readonly judged: JudgedDelivery;
}

function showText({ delivery, attempts, event, judged }: Shown): string {
  const { stage, because, advice } = judged;
  const lines: readonly (readonly [head: string, text: string | undefined])[] = [
    ['because', because],
    ['to do', advice],
    ['event', eventWords(event, delivery)],
    ...subjectLines(event),
    ['endpoint', endpointWords(delivery)],
    ['added', when(delivery.addedAt)],
    ['order', orderWords[delivery.place]],
    ['form', delivery.isFallback ? 'its plainest, since the usual one was refused' : undefined],
  ];
  return [
    `${delivery.id}: ${stageCell(stage, delivery)}`,
    ...lines.flatMap(([head, text]) =>
      text === undefined ? [] : [`  ${head.padEnd(14)}${printable(text)}`],
    ),
    '',
    ...(attempts.length === 0 ? ['no attempt is stored'] : attemptLines(attempts)),
  ].join('\n');
}

const orderWords: Readonly<Record<Delivery['place'], string | undefined>> = {
  free: undefined,
  head: 'it is the next of its delivery lane',
  behind: 'it waits for the one before it',
  aside: 'it failed for too long to hold up those behind it',
};

function eventWords(event: StoredEvent | undefined, { eventId, feedId }: Delivery): string {
  const of = feedId === '' ? '' : ` of ${feedId}`;
  if (!event) return `${eventId}${of}, which is no longer stored`;
  return `${event.type}${of}, noticed ${when(event.detectedAt)}`;
}

function subjectLines(event: StoredEvent | undefined): [string, string | undefined][] {
  if (!event) return [];
  const { title, url } = JSON.parse(event.body).data?.entry ?? {};
  return [
    ['entry', title],
    ['link', url === undefined ? undefined : printableUrl(url)],
  ];
}

function endpointWords({ endpointId, sequence, isReplay }: Delivery): string {
  const number = sequence === 0 ? '' : `, its number ${sequence}`;
  return `${endpointId}${number}${isReplay ? ', sent again by hand' : ''}`;
}
