// One endpoint to deliver to, made ready as the daemon does it, under a clock that a test moves: what is sent, what comes back, and
// what a receiver makes of it with the reference library.

import { afterEach } from '@jest/globals';
import type { EndpointConfig } from '../../src/config/config.ts';
import { type Reading, readAnswer } from '../../src/deliver/reading.ts';
import type { Sent } from '../../src/deliver/send.ts';
import { type Target, webhookTarget } from '../../src/deliver/target.ts';
import { createGuard, type GuardOptions } from '../../src/fetch/egress.ts';
import type { LookUp } from '../../src/fetch/look-up.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import { deliveryOf, endpoint, storedEvent } from '../deliver/records.ts';
import { FakeClock } from './fake-clock.ts';

/** Every name is at home. */
export const atHome = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as LookUp;

export interface HookWorld {
  readonly clock: FakeClock;
  /** The next attempt of the same delivery. */
  attempt(event?: StoredEvent): Promise<Sent>;
  /** The same, as the table of answers reads it. */
  read(sent: Sent): Reading;
}

export type HookOptions = Partial<EndpointConfig> & { readonly guard?: Partial<GuardOptions> };

/** For use inside a test; what it opened is closed after it. */
export function eachTestItsHooks(): (url: string, options?: HookOptions) => HookWorld {
  const targets: Target[] = [];
  afterEach(async () => {
    await Promise.all(targets.splice(0).map((target) => target.close()));
  });
  return (url, { guard, ...over } = {}) => {
    const clock = new FakeClock();
    const target = webhookTarget(endpoint(url, { concurrency: 1, ...over }), {
      clock,
      guard: createGuard({ audience: 'webhooks', allow: [], ...guard }),
      userAgent: 'feedhook/test',
      nextTick: () => Number.NaN,
    });
    targets.push(target);
    let attempts = 0;
    return {
      clock,
      attempt(event = storedEvent()) {
        const delivery = deliveryOf(event, { attempts: attempts++ });
        return target.prepare([event], [delivery], {}).send(new AbortController().signal);
      },
      read: (sent) => readAnswer(over.format ?? 'standard', sent, clock.now()),
    };
  };
}
