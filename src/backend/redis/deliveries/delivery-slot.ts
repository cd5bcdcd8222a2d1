// What happens in a slot from the moment at which this process gets it: it takes something, makes an attempt, tells how it
// ended, and takes the next, until nothing is due, its time is over, or it is no longer ours.

import { type Clock, wait } from '../../../clock.ts';
import { FeedhookError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { AttemptResult } from '../../../model/delivery.ts';
import type { Attempting } from '../../../ports.ts';
import type { DeliveryDesk, Sent, Told } from './delivery-desk.ts';

/** After a fault of our own before anything was sent, the delivery waits this long. */
export const faultPauseMs = 30_000;
/** Or, where Redis did not answer, which ends soon or for all of them, so long. */
const unreachablePauseMs = 1_000;
/** Then other processes get a chance to take it. */
const sliceMs = 5_000;
const giveBackMs = 10;
/** Shorter rests are not worth the questions that giving the slot back and taking it again cost. */
const napMs = 25;

export interface SlotTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly attempt: Attempting;
  /** Aborted, it takes nothing more. */
  readonly stopping: AbortSignal;
  /** What is on its way; the grace time of a stop aborts it. */
  readonly running: Set<AbortController>;
}

/** `at`: when it looks again. */
export type SlotEnd =
  | { readonly kind: 'rest'; readonly at: number; readonly isGivenBack: boolean }
  | { readonly kind: 'surplus' | 'lost' };

type Work = Extract<Told, { kind: 'work' }>;

export async function runSlot(slot: string, desk: DeliveryDesk, tools: SlotTools): Promise<SlotEnd> {
  const { clock, stopping } = tools;
  const endsAt = clock.now() + sliceMs;
  const wants = () => !stopping.aborted && clock.now() < endsAt;
  let told = await desk.ask({ slot, start: 0, turn: 0, wants: wants() });
  for (;;) {
    switch (told.kind) {
      case 'work': {
        const { start, turn } = told;
        // Handed out while the queue was being stopped: as if it had not been.
        const sent = stopping.aborted ? undefined : await send(told, tools);
        told = await desk.ask({ slot, start, turn, wants: wants() }, sent);
        break;
      }
      case 'rest': {
        const { start, turn, at } = told;
        const restMs = at - clock.now();
        if (restMs > napMs || stopping.aborted) return { kind: 'rest', at, isGivenBack: false };
        await wait(clock, restMs, stopping);
        told = await desk.ask({ slot, start, turn, wants: wants() });
        break;
      }
      case 'end':
        return { kind: 'rest', at: clock.now() + (stopping.aborted ? 0 : giveBackMs), isGivenBack: true };
      case 'untold':
        return { kind: 'lost' };
      default:
        return { kind: told.kind };
    }
  }
}

async function send({ deliveries, event, isProbe, condition, plan }: Work, tools: SlotTools): Promise<Sent> {
  const controller = new AbortController();
  tools.running.add(controller);
  try {
    const context = { signal: controller.signal, isProbe, condition, ...(event && { event }) };
    const result = await tryOnce(() => tools.attempt(deliveries, context), deliveries[0].id, tools);
    return { eventIds: deliveries.map(({ eventId }) => eventId), plan, result };
  } finally {
    tools.running.delete(controller);
  }
}

async function tryOnce(
  attempt: () => Promise<AttemptResult>,
  delivery: string,
  { clock, log }: SlotTools,
): Promise<AttemptResult> {
  try {
    return await attempt();
  } catch (error) {
    // A bug is not a fault: it ends the process.
    if (!(error instanceof FeedhookError)) throw error;
    const { code, message } = error;
    log.error({ delivery, code, reason: message }, 'delivery-fault');
    const pauseMs = code === 'store-unreachable' ? unreachablePauseMs : faultPauseMs;
    return { verdict: { kind: 'postpone', at: clock.now() + pauseMs } };
  }
}
