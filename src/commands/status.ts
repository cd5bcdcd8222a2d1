// `feedhook status`: each feed's last outcome and next poll with its reason; works beside a running daemon.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { FeedState } from '../model/feed.ts';
import { configOption } from './config-option.ts';
import { openForReading } from './open.ts';
import { fromNow, table } from './table.ts';

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('Show each feed: last outcome with its code, next poll with its reason, totals.')
    .addOption(configOption())
    .option('--json', 'one JSON document instead of a table')
    .action(async ({ config: file, json }: { config: string; json?: boolean }) => {
      await using opened = await openForReading(file);
      const states = await opened.backend.store.readStates(opened.config.feeds.map(({ id }) => id));
      const rows = opened.config.feeds.map(({ id }) => ({ id, state: states.get(id) }));
      console.log(
        json
          ? JSON.stringify(
              rows.map(({ id, state }) => state ?? { feedId: id }),
              null,
              2,
            )
          : statusTable(rows),
      );
    });
}

function statusTable(rows: readonly { id: string; state: FeedState | undefined }[]): string {
  const now = systemClock.now();
  return table(
    ['FEED', 'LAST', 'OUTCOME', 'CODE', 'FAILURES', 'NEXT', 'REASON', 'POLLS', '304', 'SAVED'],
    rows.map(({ id, state }) => {
      if (!state) return [id, 'never', '-', '-', 0, '-', '-', 0, 0, '0 kB'];
      const { lastPoll: last, totals } = state;
      return [
        id,
        last ? fromNow(last.endedAt, now) : 'never',
        last?.outcome ?? '-',
        last?.code ?? '-',
        state.failures,
        fromNow(state.nextPoll.at, now),
        state.nextPoll.reason,
        totals.polls,
        totals.notModified,
        `${Math.round(totals.savedBytes / 1000)} kB`,
      ];
    }),
  );
}
