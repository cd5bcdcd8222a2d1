// Asks an endpoint for its consent before the first event is sent to it, and counts what it allows in a minute. Consent is given by
// a header, whatever the status. Asked once, shared by the attempts that wait for it; a refusal is asked about anew by the next.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection

import type { Clock } from '../clock.ts';
import { meaningOfStatus } from './meaning.ts';
import type { Answered, OutRequest, Sender, Unanswered } from './send.ts';

/** Names the sending system, not one host of it. */
export const requestOrigin = 'feedhook';

const windowMs = 60_000;

export interface HandshakeTools {
  readonly sender: Pick<Sender, 'send'>;
  readonly clock: Clock;
  /** Without a body. */
  readonly request: OutRequest;
}

export class Handshake {
  readonly #tools: HandshakeTools;
  #consent: Consent | undefined;
  #asking: Promise<Answered | Unanswered> | undefined;
  #windowFrom = 0;
  #sentInWindow = 0;

  constructor(tools: HandshakeTools) {
    this.#tools = tools;
  }

  /** Sends what was consented to; else, what came back instead of consent. */
  async send(request: OutRequest, signal: AbortSignal): Promise<Answered | Unanswered> {
    const { sender } = this.#tools;
    if (this.#consent === undefined) {
      const answer = await this.#ask(signal);
      if (answer.kind === 'unanswered') return answer;
      this.#consent = consentIn(answer);
      if (this.#consent === undefined) return refusalIn(answer);
    }
    this.#count();
    const sent = await sender.send(request, signal);
    const allowance = this.#allowance(this.#consent.perMinute);
    return sent.kind === 'answered' && allowance ? { ...sent, allowance } : sent;
  }

  #ask(signal: AbortSignal): Promise<Answered | Unanswered> {
    this.#asking ??= this.#tools.sender.send(this.#tools.request, signal).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  #count(): void {
    const now = this.#tools.clock.now();
    const isOver = now >= this.#windowFrom + windowMs || now < this.#windowFrom;
    if (isOver) this.#windowFrom = now;
    this.#sentInWindow = isOver ? 1 : this.#sentInWindow + 1;
  }

  #allowance(perMinute: number | undefined): Answered['allowance'] {
    if (perMinute === undefined) return undefined;
    const resetMs = Math.max(0, this.#windowFrom + windowMs - this.#tools.clock.now());
    return { remaining: Math.max(0, perMinute - this.#sentInWindow), resetMs };
  }
}

export interface Consent {
  /** Absent: as many as we like. */
  readonly perMinute?: number;
}

export function consentIn({ headers }: Pick<Answered, 'headers'>): Consent | undefined {
  const origin = headers['webhook-allowed-origin']?.trim().toLowerCase();
  if (origin !== '*' && origin !== requestOrigin) return undefined;
  const rate = headers['webhook-allowed-rate']?.trim() ?? '*';
  const perMinute = /^\d{1,9}$/.test(rate) ? Number(rate) : 0;
  return perMinute > 0 ? { perMinute } : {};
}

/** A receiver that is only busy is asked again, as for any event; all others have said no. */
function refusalIn(answer: Answered): Answered | Unanswered {
  const meaning = meaningOfStatus(answer.status);
  if (meaning === 'busy' || meaning === 'slow' || meaning === 'gone') return answer;
  const message = `the receiver answered ${answer.status} to OPTIONS, without WebHook-Allowed-Origin: ${requestOrigin}`;
  return { kind: 'unanswered', code: 'handshake-refused', message, phases: answer.phases };
}
