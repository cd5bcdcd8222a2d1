// Rule 20: `feedhook poll` by hand, for real, on the store of a run. Its next polls and holds lie in the future of the
// system's clock, by which the command lives; so whatever it asks is early.

import { feedhook } from '../support/command.ts';
import type { ScoringOrigin, Visit } from './scoring-origin.ts';
import type { Tally } from './tally.ts';
import type { WatchedDaemon } from './watched-daemon.ts';

interface ByHand {
  readonly daemon: WatchedDaemon;
  readonly origin: ScoringOrigin;
  readonly tally: Tally;
}

/** A run that must find nothing that it may ask. */
export async function pollRefused(by: ByHand, args: readonly string[]): Promise<void> {
  const { asked, stdout } = await pollByHand(by, args);
  const refusals = stdout.split('\n').filter((line) => line.includes(': not polled: '));
  const targets = asked.map(({ target }) => target).join(', ');
  by.tally.checkSaid(20, asked.length === 0, `poll ${args.join(' ')} asked for ${targets}`);
  by.tally.checkSaid(20, refusals.length > 0, `poll ${args.join(' ')} did not say why not: ${stdout}`);
}

/** `--force` breaks what is our own: it asks once, past the caches, and says what it broke. */
export async function pollForced(by: ByHand, feedId: string): Promise<void> {
  const { asked, stdout } = await pollByHand(by, ['--force', feedId]);
  const fields = asked.map((visit) => visit.asked.get('cache-control')?.join());
  by.tally.checkSaid(
    20,
    fields.length === 1 && fields[0] === 'no-cache',
    `poll --force ${feedId} asked ${fields.length} times, with Cache-Control ${fields.join(' and ')}`,
  );
  by.tally.checkSaid(
    20,
    /overrides\s+max-age/.test(stdout),
    `poll --force ${feedId} did not say that it overrides max-age: ${stdout}`,
  );
}

async function pollByHand({ daemon, origin }: ByHand, args: readonly string[]) {
  const before = origin.visits.length;
  const { stdout } = await feedhook(['poll', '--config', daemon.configFile, ...args], daemon.folder.path);
  const asked: readonly Visit[] = origin.visits.slice(before);
  return { asked, stdout };
}
