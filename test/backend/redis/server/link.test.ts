// The connections: user, password, database, TLS, sentinels and a cluster; that they follow the master when it moves; and that
// closing leaves nothing behind.

import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FeedRecords } from '../../../../src/backend/redis/feeds/feed-records.ts';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { Secret } from '../../../../src/config/secret.ts';
import { until } from '../../../support/fake-clock.ts';
import { startCluster } from '../../../support/redis/cluster.ts';
import { startReplica } from '../../../support/redis/replica.ts';
import { masterName, startSentinels } from '../../../support/redis/sentinel.ts';
import { freePort, type RedisServer, startRedis } from '../../../support/redis/server.ts';
import { fastFolder } from '../../../support/temporary.ts';
import { createAuthority, hasOpenssl } from '../../../support/tls.ts';
import { LogLines } from './log-lines.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const disposed = async <T extends AsyncDisposable>(made: Promise<T>): Promise<T> => {
  const thing = await made;
  closing.push(async () => thing[Symbol.asyncDispose]());
  return thing;
};
const configOf = (ports: readonly number[], change: Partial<RedisStoreConfig> = {}): RedisStoreConfig => ({
  kind: 'redis',
  topology: 'single',
  nodes: ports.map((port) => ({ host: '127.0.0.1', port })),
  database: 0,
  prefix: 'test',
  leaseMs: 1_000,
  ...change,
});
const linkTo = async (config: RedisStoreConfig, log = new LogLines()) => {
  const link = new RedisLink(config, log);
  closing.push(() => link.close());
  await link.connect();
  return link;
};
const recordsOf = new Map<RedisLink, FeedRecords>();
/** Through both clients. */
const works = async (link: RedisLink, text = 'x') => {
  const records = recordsOf.get(link) ?? new FeedRecords(link, 'memory');
  recordsOf.set(link, records);
  await records.write('a', text);
  return await link.ask((client) => client.get(link.key('memory', 'a')));
};
const worksAgain = (link: RedisLink) =>
  until(
    () =>
      works(link).then(
        () => true,
        () => false,
      ),
    'both clients write again',
    20_000,
  );

describe('a single server', () => {
  test('is reached with user, password and database, by both clients', async () => {
    const server = await disposed(startRedis());
    await server.client.call('ACL', 'SETUSER', 'feeds', 'on', '>p@ss', '~{test}:*', '&*', '+@all');
    const link = await linkTo(
      configOf([server.port], { user: 'feeds', password: new Secret('p@ss'), database: 3 }),
    );
    expect(await works(link)).toBe('x');
    expect(await server.client.exists('{test}:memory:a')).toBe(0);
    await server.client.select(3);
    expect(await server.client.get('{test}:memory:a')).toBe('x');
  });

  (hasOpenssl ? test : test.skip)(
    'is reached over TLS with the authority of `ca`, and not without',
    async () => {
      const authority = await disposed(createAuthority());
      const { key, cert } = authority.issue('localhost');
      const tlsPort = await freePort();
      const server = await startTlsServer(tlsPort, { key, cert, ca: authority.cert });
      const secure = configOf([tlsPort], {
        nodes: [{ host: 'localhost', port: tlsPort }],
        tls: { ca: authority.cert },
      });
      expect(await works(await linkTo(secure))).toBe('x');
      await expect(linkTo({ ...secure, tls: {} })).rejects.toMatchObject({
        code: 'store-failed',
        message: expect.stringContaining('TLS'),
      });
      expect(await server.client.get('{test}:memory:a')).toBe('x');
    },
  );

  test('that is not there ends the start in one line', async () => {
    const port = await freePort();
    const log = new LogLines();
    await expect(linkTo(configOf([port]), log)).rejects.toMatchObject({
      code: 'store-unreachable',
      message: `store redis://127.0.0.1:${port}: nothing listens there: is Redis running?`,
    });
    expect(log.lines).toEqual([]);
  }, 15_000);

  test('that has become a replica, and a master again, is written to again', async () => {
    const server = await disposed(startRedis());
    const link = await linkTo(configOf([server.port]));
    await server.client.replicaof('127.0.0.1', 1);
    await expect(works(link)).rejects.toMatchObject({ code: 'store-unreachable' });
    await server.client.replicaof('NO', 'ONE');
    await worksAgain(link);
  });

  test('whose address leads to another master follows it when the old one says that it is a replica', async () => {
    const [old, next] = [await disposed(startRedis()), await disposed(startRedis())];
    const address = await startAddress(old.port);
    const link = await linkTo(configOf([address.port]));
    expect(await works(link)).toBe('x');
    address.target = next.port;
    await old.client.replicaof('127.0.0.1', next.port);
    await worksAgain(link);
    expect(await next.client.get('{test}:memory:a')).toBe('x');
    await until(
      () =>
        link
          .ask((client) => client.set('{test}:y', '1'))
          .then(
            () => true,
            () => false,
          ),
      'scripts too',
    );
    expect(await next.client.get('{test}:y')).toBe('1');
  });

  test('loses all clients of a link that is closed', async () => {
    const server = await disposed(startRedis());
    const others = async () =>
      String(await server.client.client('LIST'))
        .trim()
        .split('\n').length - 1;
    const link = await linkTo(configOf([server.port]));
    const worker = link.forWorker();
    await worker.ping();
    expect(await others()).toBe(3);
    worker.disconnect();
    link.close();
    await until(async () => (await others()) === 0, 'they are gone');
  });
});

test('a cluster: all keys lie on one master, which both clients find', async () => {
  const cluster = await disposed(startCluster());
  const link = await linkTo(configOf([cluster.nodes[0]?.port ?? 0], { topology: 'cluster' }));
  expect(await works(link)).toBe('x');
  const owner = await cluster.ownerOf('{test}:memory:a');
  expect(await owner.client.get('{test}:memory:a')).toBe('x');
  expect(await link.askMaster('DBSIZE')).toBe(1);
}, 30_000);

test('sentinels: both clients follow the master to the replica that takes over', async () => {
  const master = await disposed(startRedis());
  await disposed(startReplica(master));
  const sentinels = await disposed(startSentinels(master));
  const log = new LogLines();
  const config = configOf(sentinels.ports, { topology: 'sentinel', masterName });
  const link = await linkTo(config, log);
  expect(await works(link)).toBe('x');
  await master.kill();
  await sentinels.promotedFrom(master.port);
  await worksAgain(link);
  await until(() => log.of('store-reachable').length > 0, 'the end of the outage is told');
  expect(log.of('store-unreachable')).toHaveLength(1);
}, 60_000);

async function startTlsServer(
  tlsPort: number,
  { key, cert, ca }: { key: string; cert: string; ca: string },
): Promise<RedisServer> {
  const folder = await disposed(fastFolder());
  const files = {
    key: join(folder.path, 'key.pem'),
    cert: join(folder.path, 'cert.pem'),
    ca: join(folder.path, 'ca.pem'),
  };
  await Promise.all([writeFile(files.key, key), writeFile(files.cert, cert), writeFile(files.ca, ca)]);
  return await disposed(
    startRedis({
      'tls-port': String(tlsPort),
      'tls-key-file': files.key,
      'tls-cert-file': files.cert,
      'tls-ca-cert-file': files.ca,
      'tls-auth-clients': 'no',
    }),
  );
}

/** An address that can come to lead elsewhere, while connections that stand stay where they are. */
async function startAddress(target: number): Promise<{ readonly port: number; target: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(address.target, '127.0.0.1');
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on('error', () => {});
    }
    socket.pipe(onward).pipe(socket);
  });
  const port = await freePort();
  const address = { port, target };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return address;
}
