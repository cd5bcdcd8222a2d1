// What happens in a slot: who shares the request is fixed, one attempt is made, and its result recorded. Only then is the
// slot free again. A stop in between leaves everything as if nothing had been sent.

import type { Clock } from '../../clock.ts';
import { FeedhookError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { AttemptResult, Delivery } from '../../model/delivery.ts';
import type { Attempting } from '../../ports.ts';
import type { AttemptTable, Recorded } from './attempt-table.ts';
import { type DeliveryRow, deliveryId, toDelivery } from './delivery-row.ts';
import type { EndpointSlots, Hold } from './delivery-slots.ts';
import type { DeliveryTable, DueAt } from './delivery-table.ts';
import type { Recorder } from './record.ts';

/** After a fault of our own before anything was sent, the delivery waits this long. */
export const faultPauseMs = 30_000;

export interface TurnTools {
  readonly table: DeliveryTable;
  readonly attempts: AttemptTable;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly isConfigured: (endpointId: string) => boolean;
  readonly dueAt: DueAt;
}

export interface Turn {
  readonly slots: EndpointSlots;
  readonly row: DeliveryRow;
  readonly hold: Hold;
  readonly attempt: Attempting;
  /** Aborted, nothing more is waited for. */
  readonly giveUp: AbortSignal;
  readonly isStopped: () => boolean;
}

export interface EndedTurn {
  /** What it carried. */
  readonly rows: readonly DeliveryRow[];
  /** Endpoints that are told of it. */
  readonly told: readonly string[];
}

type Rows = readonly [DeliveryRow, ...DeliveryRow[]];

export class DeliveryTurns {
  readonly #tools: TurnTools;

  constructor(tools: TurnTools) {
    this.#tools = tools;
  }

  async run(turn: Turn): Promise<EndedTurn> {
    const rows = turn.hold.plan.batch ? await this.#claim(turn) : ([turn.row] as const);
    if (!rows) return { rows: [turn.row], told: [] };
    const result = await this.#try(rows, turn);
    return { rows, told: await this.#record(rows, turn, result) };
  }

  /**
   * Those that share the request, fixed before it leaves, so that a crash in the middle repeats the same. Nothing when the
   * queue was stopped meanwhile, or nothing is to be sent any more.
   */
  async #claim({ slots, row, hold, giveUp, isStopped }: Turn): Promise<Rows | undefined> {
    const { recorder, table } = this.#tools;
    let claimed: DeliveryRow[] = [];
    await recorder.record({ delivery: deliveryId(row) }, giveUp, () => {
      claimed = table.lanes.claim(row.number, hold.plan.batch?.count ?? 1, slots.running);
    });
    const [first, ...others] = claimed;
    if (!first || isStopped()) return undefined;
    for (const { number } of claimed) slots.running.add(number);
    return [first, ...others];
  }

  async #try([first, ...others]: Rows, { hold, attempt }: Turn): Promise<AttemptResult> {
    const { clock, log } = this.#tools;
    const { controller, isProbe, condition } = hold;
    const deliveries: [Delivery, ...Delivery[]] = [toDelivery(first), ...others.map(toDelivery)];
    try {
      return await attempt(deliveries, { signal: controller.signal, isProbe, condition });
    } catch (error) {
      // A bug is not a fault: it ends the process.
      if (!(error instanceof FeedhookError)) throw error;
      const { code, message } = error;
      log.error({ delivery: deliveries[0].id, code, reason: message }, 'delivery-fault');
      return { verdict: { kind: 'postpone', at: clock.now() + faultPauseMs } };
    }
  }

  async #record(
    rows: Rows,
    { slots, hold, giveUp }: Turn,
    result: AttemptResult,
  ): Promise<readonly string[]> {
    const { attempts, recorder, clock, isConfigured, dueAt } = this.#tools;
    const { endpointId } = slots;
    const { target } = hold.plan;
    slots.learn(hold, result.learn);
    let recorded: Recorded = { told: [], as: result };
    await recorder.record({ delivery: deliveryId(rows[0]) }, giveUp, () => {
      const { maxBlockMs } = slots.plan ?? hold.plan;
      const made = { rows, endpointId, target, maxBlockMs, result, isConfigured, dueAt };
      recorded = attempts.record(made, clock.now());
    });
    slots.learned(hold, recorded.condition);
    result.recorded?.(recorded.as);
    return recorded.told;
  }
}
