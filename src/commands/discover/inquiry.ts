// Asks one URL after the other for `discover`, as politely as the polls of a feed: one request at a time, the gap of a
// lane between two, never again where the origin asked for time, and an end to it all.

import { type Clock, wait } from '../../clock.ts';
import type { FetchedFeed } from '../../model/poll.ts';
import { laneOf, type OriginRule } from '../../schedule/lane.ts';
import { type ReadDocument, type ReadTools, readDocument } from '../read-document.ts';
import { span } from '../table.ts';

export type Answer = ReadDocument | { readonly kind: 'notAsked'; readonly why: string };

export interface InquiryTools extends ReadTools {
  readonly clock: Clock;
  readonly origins: ReadonlyMap<string, OriginRule>;
  /** Told before a wait that a user would wonder about. */
  readonly onWait?: (line: string) => void;
}

/** From the first request to the start of the last. */
const searchMs = 120_000;
const longWaitMs = 5_000;

export class Inquiry {
  readonly #tools: InquiryTools;
  readonly #endsAt: number;
  /** Lane id -> end of its last request, epoch ms. */
  readonly #askedAt = new Map<string, number>();
  /** Ids of lanes that want to be left alone. */
  readonly #refusing = new Set<string>();

  constructor(tools: InquiryTools) {
    this.#tools = tools;
    this.#endsAt = tools.clock.now() + searchMs;
  }

  async ask(url: string): Promise<Answer> {
    const { clock, onWait } = this.#tools;
    const { id, gapMs } = this.#laneOf(url);
    if (this.#refusing.has(id)) return { kind: 'notAsked', why: `${id} asked for time` };
    const waitMs = Math.max(0, (this.#askedAt.get(id) ?? Number.NEGATIVE_INFINITY) + gapMs - clock.now());
    if (clock.now() + waitMs > this.#endsAt) {
      return { kind: 'notAsked', why: `the ${span(searchMs)} of a search are over` };
    }
    if (waitMs >= longWaitMs) onWait?.(`waiting ${span(waitMs)}, the gap of ${id}`);
    await wait(clock, waitMs);
    const answer = await readDocument(url, this.#tools);
    this.#note(answer.fetched);
    return answer;
  }

  #note({ url, figures, status, terms }: FetchedFeed & { readonly status?: number }): void {
    const { clock } = this.#tools;
    for (const exchange of figures.exchanges) this.#askedAt.set(this.#laneOf(exchange.url).id, clock.now());
    if (status === 429 || (terms.retryAfterMs ?? 0) > 0) this.#refusing.add(this.#laneOf(url).id);
  }

  /** On a private host each feed has its lane; all that is asked here is one. */
  #laneOf(url: string) {
    return laneOf(url, 'discover', this.#tools.origins);
  }
}
