// What waits for the operator, and the words that say which commands decide on it. Where it comes from: docs/entries.md,
// "New ids for all".

import type { DeliveryLog } from '../ports.ts';

/** Feed id -> how many of its deliveries are withheld; only feeds that have some. */
export async function withheldByFeed(log: Pick<DeliveryLog, 'list'>): Promise<Map<string, number>> {
  const waiting = await log.list({ state: 'withheld' }, Number.MAX_SAFE_INTEGER);
  const counts = new Map<string, number>();
  for (const { feedId } of waiting) counts.set(feedId, (counts.get(feedId) ?? 0) + 1);
  return counts;
}

export function withheldWords(feedId: string, count: number): string {
  const [what, them] = count === 1 ? ['1 delivery waits', 'it'] : [`${count} deliveries wait`, 'them'];
  return `${what} for you: "feedhook deliveries release --feed ${feedId}" sends ${them}, "feedhook deliveries drop --feed ${feedId}" gives ${them} up`;
}
