// Who is killed when: daemons mostly, and in between, evenly spread, the store itself. Pure.

import type { Victim } from './crash-store.ts';

export interface Quota {
  readonly kills: number;
  readonly serverKills?: number;
  readonly failovers?: number;
  readonly sleepers?: number;
}

/** In the order of the kills. */
export function victims({ kills, serverKills = 0, failovers = 0, sleepers = 0 }: Quota): Victim[] {
  if (serverKills + failovers + sleepers > kills)
    throw new Error(`there are ${kills} kills, and more of a kind`);
  const all: Victim[] = Array.from({ length: kills }, () => 'worker');
  place('master', failovers);
  place('server', serverKills);
  place('sleeper', sleepers);
  return all;

  function place(victim: Victim, count: number): void {
    for (let placed = 0; placed < count; placed++) {
      const wanted = Math.floor(((placed + 0.5) * kills) / count);
      // Its place, or the next one that is free.
      const free = [...all.keys()]
        .map((offset) => (wanted + offset) % kills)
        .find((at) => all[at] === 'worker');
      if (free !== undefined) all[free] = victim;
    }
  }
}
