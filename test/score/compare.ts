// Rule 23: what `feedhook status --score` shows the operator is what the origin has counted, number by number.

import { feedhook } from '../support/command.ts';
import { type Counts, countVisits, differences, nothing } from './count.ts';
import type { Resource, Visit } from './scoring-origin.ts';
import type { Tally } from './tally.ts';
import type { WatchedDaemon } from './watched-daemon.ts';

type Shown = ReadonlyMap<string, Partial<Counts>>;

/** The daemon's own counts, as its operator reads them. */
export async function shownScore(daemon: WatchedDaemon): Promise<Shown> {
  const args = ['status', '--score', '--json', '--config', daemon.configFile];
  const { stdout, stderr } = await feedhook(args, daemon.folder.path);
  try {
    const { feeds } = JSON.parse(stdout) as { feeds: { id: string; score?: Partial<Counts> }[] };
    return new Map(feeds.map(({ id, score = {} }) => [id, score]));
  } catch {
    throw new Error(`status --score said no JSON: ${stdout}${stderr}`);
  }
}

export function compareScores(
  shown: Shown,
  resources: readonly Resource[],
  visits: readonly Visit[],
  tally: Tally,
): void {
  for (const resource of resources.filter(({ of }) => of === undefined)) {
    const own = sumOf((resource.lines ?? [{ id: resource.name }]).map(({ id }) => shown.get(id)));
    const seen = countVisits(visits.filter((visit) => isOf(resource, visit)));
    const differ = differences(own, seen);
    tally.checkSaid(23, differ.length === 0, `status --score of ${resource.name}: ${differ.join('; ')}`);
  }
}

/** With whatever it asked for that nobody configured, if it has its path. */
function isOf({ name, target }: Resource, { resource, ...visit }: Visit): boolean {
  if (resource) return resource.name === name || resource.of === name;
  return pathOf(visit.target) === pathOf(target);
}

const pathOf = (target: string) => target.replace(/[?#].*$/, '');

/** Lines of one URL send its requests together, and each is counted once. */
function sumOf(scores: readonly (Partial<Counts> | undefined)[]): Partial<Counts> {
  const known = scores.filter((score) => score !== undefined);
  const [first, ...others] = known;
  if (!first || others.length === 0) return first ?? {};
  const names = Object.keys(nothing) as (keyof typeof nothing)[];
  const sums = names.map((name) => [name, known.reduce((sum, score) => sum + (score[name] ?? 0), 0)]);
  const gaps = known.flatMap(({ shortestGapMs }) => shortestGapMs ?? []);
  return { ...Object.fromEntries(sums), ...(gaps.length > 0 && { shortestGapMs: Math.min(...gaps) }) };
}
