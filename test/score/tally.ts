// What the judge writes down: for each rule how often it was put to the test, and each time it was broken.

import type { Visit } from './scoring-origin.ts';

/** Numbers of POLITENESS.md §1, or sections of it. */
export type Rule =
  | 1
  | 2
  | 3
  | 4
  | 5
  | 6
  | 7
  | 8
  | 9
  | 10
  | 11
  | 12
  | 13
  | 14
  | 15
  | 16
  | 17
  | 18
  | 19
  | 20
  | 21
  | 22
  | 23
  | '§2'
  | '§5'
  | '§6';

export interface Breach {
  readonly rule: Rule;
  /** The request that broke it, and how. */
  readonly text: string;
}

export class Tally {
  readonly breaches: Breach[] = [];
  readonly #checks = new Map<Rule, number>();

  /** One test of one rule; `how` says what would have been right. */
  check(rule: Rule, holds: boolean, visit: Visit, how: string): void {
    this.checkSaid(rule, holds, `${nameOf(visit)} at ${timeOf(visit)}: ${how}`);
  }

  /** One test that is not about one request. */
  checkSaid(rule: Rule, holds: boolean, text: string): void {
    this.#checks.set(rule, this.checksOf(rule) + 1);
    if (!holds) this.breaches.push({ rule, text });
  }

  checksOf(rule: Rule): number {
    return this.#checks.get(rule) ?? 0;
  }

  breachesOf(rule: Rule): readonly Breach[] {
    return this.breaches.filter((breach) => breach.rule === rule);
  }
}

function nameOf({ resource, method, target }: Visit): string {
  return resource ? resource.name : `${method} ${target}`;
}

function timeOf({ at }: Visit): string {
  return new Date(at).toISOString().slice(5, 19).replace('T', ' ');
}
