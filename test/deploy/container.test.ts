// FAULTS F16: read-only root, no capabilities, a user without a name, no /tmp; and nothing but the packages of the image.

import { describe, expect, test } from '@jest/globals';
import { loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { startRedis } from '../support/redis/server.ts';
import { containerProblem, type Image, makeImage } from './container.ts';

const document = JSON.stringify({
  version: 'https://jsonfeed.org/version/1.1',
  title: 'Quay log',
  items: [{ id: 'tag:example.org,2026:1', title: 'Ferry', content_text: 'It sails.' }],
});

const origin = () =>
  startServer((_request, response) => {
    response.setHeader('content-type', 'application/feed+json');
    response.end(document);
  });

async function runsAndStops(image: Image, store: string): Promise<void> {
  await using server = await origin();
  const feeds = [{ id: 'quay', url: `${server.url}/feed.json`, initial: 'all' }];
  const more = { store, server: { listen: '127.0.0.1:0' } };
  const config = await image.configure(loopbackConfig({ feeds, more }));
  const daemon = image.run(['run', '--config', config]);
  const { written } = daemon;
  try {
    await until(
      () => written.output.includes('\n') || daemon.child.exitCode !== null,
      'an event is written',
      15_000,
    );
    expect(written.output || written.log).toContain('tag:example.org,2026:1');
    const [, admin = ''] = /"admin":"([^"]+)"/.exec(written.log) ?? [];
    expect((await fetch(`${admin}/healthz`)).status).toBe(200);
  } finally {
    daemon.child.kill('SIGTERM');
  }
  expect(await daemon.ended).toBe(0);
  expect(written.log.split('\n').filter((line) => /"level":"(?:warn|error)"/.test(line))).toEqual([]);
}

const inContainer = containerProblem === undefined ? describe : describe.skip;

inContainer(
  `as a container${containerProblem === undefined ? '' : ` (skipped: ${containerProblem})`}`,
  () => {
    test('feedhook runs on the embedded store, which is all that it writes', async () => {
      await using image = await makeImage();
      await runsAndStops(image, `sqlite:${image.data}/feedhook.db`);
    });

    test('feedhook runs on Redis, and writes nothing', async () => {
      await using redis = await startRedis();
      await using image = await makeImage();
      await runsAndStops(image, redis.url);
    });

    test('feedhook says in one line that it cannot write where the root is read-only', async () => {
      await using image = await makeImage();
      const config = await image.configure(
        loopbackConfig({ feeds: [{ id: 'a', url: 'http://127.0.0.1:9/' }] }),
      );
      const { ended, written } = image.run(['run', '--config', config]);
      expect(await ended).toBe(1);
      expect(written.log.trim().split('\n')).toHaveLength(1);
      expect(written.log).toContain('feedhook.db');
    });
  },
);
