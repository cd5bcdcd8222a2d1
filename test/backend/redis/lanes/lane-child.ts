// A process of its own that takes lanes and holds each until it is told to let go: to be killed or stopped in the middle.
//
//   argv: the store as JSON, and until when (epoch ms) the late record of a lane holds it
//   standard output: `start LANE`, `lost LANE`, `recorded LANE`

import { openBackend } from '../../../../src/backend/open.ts';
import { systemClock } from '../../../../src/clock.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { silentLog } from '../../../../src/log.ts';

const [, , store = '', heldUntil = '0'] = process.argv;
const say = (what: string) => process.stdout.write(`${what}\n`);
const backend = await openBackend({
  store: JSON.parse(store) as RedisStoreConfig,
  clock: systemClock,
  log: silentLog,
  exclusive: true,
});
backend.lanes.start(async (lane, signal) => {
  say(`start ${lane}`);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  say(`lost ${lane}`);
  return { dueAt: systemClock.now(), heldUntil: Number(heldUntil) };
}, 1);
