// Endpoints that our own address rule forbids, at a start that may have brought another rule.

import { writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { openBackend } from '../../src/backend/open.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { askBlocked } from '../../src/daemon/blocked-endpoints.ts';
import { startDaemon } from '../../src/daemon.ts';
import { StoreError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { type DeliveryRig, startRig } from '../deliver/delivery-rig.ts';
import { endpoint, eventOf, k1 } from '../deliver/records.ts';
import { loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Link-local: judged before anything is sent. */
const forbidden = 'http://169.254.10.10/';

const ask = (rig: DeliveryRig, id = 'my-app') => askBlocked(rig.backend.deliveries, [id], rig.clock.now());

async function failedOnce(rig: DeliveryRig): Promise<void> {
  await rig.owe(eventOf(1));
  await rig.until(async () => (await rig.conditionOf('my-app')).circuit !== undefined, 'its circuit is open');
}

test('one that is blocked is asked at once, and nobody is warned again while it still is', async () => {
  await using rig = await startRig([endpoint(forbidden)]);
  await failedOnce(rig);
  await rig.restart(rig.clock.now() + 1_000);
  await ask(rig);
  await rig.until(() => rig.ends.length === 2, 'it was probed');
  expect(rig.ends[1]?.attempt).toMatchObject({ isProbe: true, code: 'blocked-address' });
  expect(rig.linesOf('endpoint-warning')).toHaveLength(1);
  const { circuit } = await rig.conditionOf('my-app');
  expect(circuit).toMatchObject({ waitMs: 60_000, probeAt: rig.clock.now() + 60_000 });
});

test('one that answered before is left alone until its probe is due', async () => {
  await using receiver = await startServer((_, response) => void response.writeHead(401).end());
  await using rig = await startRig([endpoint(receiver.url)]);
  await failedOnce(rig);
  const before = await rig.conditionOf('my-app');
  await rig.restart(rig.clock.now() + 1_000);
  await ask(rig);
  expect(await rig.conditionOf('my-app')).toEqual(before);
});

test('one that nothing is known of, and a store that fails, keep no daemon from starting', async () => {
  await using rig = await startRig([endpoint(forbidden)]);
  await ask(rig, 'another');
  const changeCondition = () => Promise.reject(new StoreError('store-full', 'full'));
  await expect(askBlocked({ changeCondition }, ['my-app'], 0)).resolves.toBeUndefined();
});

test('a start of the daemon asks one that is allowed by now, whenever its probe was due', async () => {
  await using receiver = await startServer((_, response) => void response.end());
  await using folder = await temporaryFolder();
  const feeds = [{ id: 'a', url: `${receiver.url}/feed`, interval: '1h' }];
  const endpoints = [{ id: 'my-app', url: `${receiver.url}/hook`, secret: k1 }];
  const store = `sqlite:${folder.file('feedhook.db')}`;
  await writeFile(
    folder.file('feeds.yaml'),
    JSON.stringify(loopbackConfig({ feeds, endpoints, interval: '1h', more: { store } })),
  );
  const config = await loadConfig(folder.file('feeds.yaml'), {});
  const options = { clock: systemClock, log: silentLog, output: process.stdout, crash: () => {} };
  // So that it is known whereto the endpoint leads.
  await (await startDaemon(config, options)).stop();
  const now = systemClock.now();
  const backend = await openBackend({ store: config.store, ...options, exclusive: true });
  await backend.store.addEvents([eventOf(1)]);
  const owed = { eventId: eventOf(1).id, endpointId: 'my-app', feedId: 'a' };
  await backend.deliveries.add([owed]);
  const circuit = {
    since: now,
    code: 'blocked-address',
    waitMs: 1_800_000,
    probeAt: now + 1_800_000,
  } as const;
  await backend.deliveries.changeCondition('my-app', () => ({ circuit }));
  await backend.close();

  const daemon = await startDaemon(config, options);
  try {
    await until(() => receiver.requests.some(({ path }) => path === '/hook'), 'it was asked');
  } finally {
    await daemon.stop();
  }
});
