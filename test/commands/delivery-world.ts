// A feeds.yaml and a store with deliveries at every stage, for the commands that show them: no daemon, no waiting.

import { systemClock } from '../../src/clock.ts';
import type { Attempt, NewDelivery, Verdict } from '../../src/model/delivery.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import { entryEvent } from '../../src/outbox/event.ts';
import type { Backend, EndpointPlan } from '../../src/ports.ts';
import { bare, change } from '../outbox/sample.ts';
import { type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { runHere, withStore } from './in-process.ts';

export interface DeliveryWorld extends AsyncDisposable {
  readonly folder: DaemonFolder;
  run(...args: string[]): ReturnType<typeof runHere>;
  withStore<T>(act: (backend: Backend) => Promise<T>): Promise<T>;
  /** Stores the `entry.new` of an entry of that title, and owes it to the endpoints. */
  tell(title: string, endpoints?: readonly string[], more?: Partial<NewDelivery>): Promise<StoredEvent>;
  /** One attempt of everything that is due. */
  attempt(verdict: Verdict, made?: Partial<Attempt>): Promise<void>;
}

interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly [key: string]: unknown;
}

const feed = { id: 'log', url: 'http://127.0.0.1:9/log' };

/** `ordering` is that of all endpoints. */
export async function deliveryWorld(
  endpoints: readonly Endpoint[],
  ordering: EndpointPlan['ordering'] = 'none',
): Promise<DeliveryWorld> {
  const folder = await daemonFolder(loopbackConfig({ feeds: [feed], endpoints }));
  const path = folder.folder.file('feedhook.db');
  const plans = (ids: readonly string[]) =>
    ids.map((id): EndpointPlan => ({ id, target: id, concurrency: 1, ordering, maxBlockMs: 3_600_000 }));
  const ids = endpoints.map(({ id }) => id);
  const world: DeliveryWorld = {
    folder,
    run: (...args) => runHere(folder.config, args),
    withStore: (act) => withStore(path, act),
    tell: (title, to = ids, more = {}) =>
      world.withStore(async ({ store, deliveries }) => {
        const event = eventOf(title);
        await store.addEvents([event]);
        await deliveries.configure(plans([...new Set([...ids, ...to])]));
        await deliveries.add(
          to.map((endpointId) => ({ eventId: event.id, endpointId, feedId: feed.id, ...more })),
        );
        return event;
      }),
    attempt: (verdict, made = {}) =>
      world.withStore(async ({ deliveries }) => {
        let attempts = 0;
        await deliveries.configure(plans(ids));
        deliveries.start(async ([delivery]) => {
          attempts++;
          return { attempt: attemptOf(delivery.attempts + 1, made), verdict };
        });
        await until(() => attempts > 0, 'an attempt is made');
        await deliveries.stop(0);
      }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
  await world.withStore(({ deliveries }) => deliveries.configure(plans(ids)));
  return world;
}

function eventOf(title: string): StoredEvent {
  const key = { source: 'guid', value: `guid:${title}` } as const;
  const about = { id: feed.id, url: feed.url, feedUrl: feed.url, labels: [] };
  return entryEvent(change({ ...bare, id: title, title }, { key }), about, systemClock.now());
}

function attemptOf(number: number, made: Partial<Attempt>): Attempt {
  const startedAt = Date.parse('2026-11-20T09:00:00Z');
  return { number, startedAt, durationMs: 41, outcome: 'rejected', ...made };
}
