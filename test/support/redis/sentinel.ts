// Sentinels that watch a master and its replicas, and promote one of these when the master is gone.
// https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/

import { writeFileSync } from 'node:fs';
import { until } from '../fake-clock.ts';
import { type RedisServer, startRedis } from './server.ts';

export const masterName = 'feedhook-test';

export interface Sentinels extends AsyncDisposable {
  readonly ports: readonly number[];
  /** The port of the master as the sentinels see it. */
  masterPort(): Promise<number>;
  /** Resolves when another server than the one on this port is the master. */
  promotedFrom(port: number): Promise<number>;
}

/** Resolves when they know each other and the replicas, and so could act. */
export async function startSentinels(
  master: Pick<RedisServer, 'port'>,
  count = 3,
  replicas = 1,
): Promise<Sentinels> {
  const sentinels: RedisServer[] = [];
  const dispose = async () => {
    await Promise.all(sentinels.map((each) => each[Symbol.asyncDispose]()));
  };
  try {
    for (let started = 0; started < count; started++) {
      sentinels.push(await startSentinel(master.port, Math.floor(count / 2) + 1));
    }
    for (const each of sentinels) await knows(each, count - 1, replicas);
  } catch (error) {
    await dispose();
    throw error;
  }
  const masterPort = async () => {
    const address = await sentinels[0]?.client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
    return Number((address as string[] | undefined)?.[1]);
  };
  return {
    ports: sentinels.map(({ port }) => port),
    masterPort,
    async promotedFrom(port) {
      await until(
        async () => (await masterPort()) !== port,
        'the sentinels have promoted another master',
        30_000,
      );
      return await masterPort();
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function startSentinel(masterPort: number, quorum: number): Promise<RedisServer> {
  return startRedis(
    {},
    {
      argv(port, folder) {
        // A sentinel keeps what it learns in its file, so the file must be one that it may write.
        const file = folder.file('sentinel.conf');
        writeFileSync(
          file,
          [
            `port ${port}`,
            'bind 127.0.0.1',
            `dir ${folder.path}`,
            `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} ${quorum}`,
            `sentinel down-after-milliseconds ${masterName} 1000`,
            `sentinel failover-timeout ${masterName} 4000`,
            '',
          ].join('\n'),
        );
        return [file, '--sentinel'];
      },
    },
  );
}

async function knows(sentinel: RedisServer, others: number, replicas: number): Promise<void> {
  await until(
    async () => {
      const flat = (await sentinel.client.call('SENTINEL', 'MASTER', masterName)) as string[];
      const fact = (name: string) => Number(flat[flat.indexOf(name) + 1]);
      return fact('num-other-sentinels') >= others && fact('num-slaves') >= replicas;
    },
    'the sentinels know each other',
    30_000,
  );
}
