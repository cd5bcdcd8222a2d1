// WEBHOOKS §10, FAULTS §7 and G23: what this process serves itself is out of reach, whatever feeds.yaml allows.

import type { lookup as systemLookup } from 'node:dns';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { createSender } from '../../src/deliver/send.ts';
import { createGuard, type OwnListener } from '../../src/fetch/egress.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startRawOrigin } from '../support/raw-origin.ts';
import { feedClient } from './clients.ts';

const guardOf = (audience: 'feeds' | 'webhooks', own: OwnListener) =>
  createGuard({ audience, allow: ['loopback', 'private', 'link-local', 'reserved'], own: () => [own] });

const atHome = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof systemLookup;

const local = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe.each(['feeds', 'webhooks'] as const)('for %s', (audience) => {
  test.each([
    ['127.0.0.1', '127.0.0.1', 9464, true],
    ['127.0.0.1', '127.0.0.1', 9465, false],
    ['127.0.0.1', '127.8.8.8', 9464, true],
    ['127.0.0.1', '[::1]', 9464, true],
    ['127.0.0.1', '[::ffff:127.0.0.1]', 9464, true],
    ['127.0.0.1', '0.0.0.0', 9464, true],
    ['127.0.0.1', '[::]', 9464, true],
    ['127.0.0.1', '10.0.0.5', 9464, false],
    ['::1', '127.0.0.1', 9464, true],
    ['localhost', '127.0.0.1', 9464, true],
    ['10.0.0.5', '10.0.0.5', 9464, true],
    ['10.0.0.5', '[::ffff:10.0.0.5]', 9464, true],
    ['10.0.0.5', '10.0.0.6', 9464, false],
    ['0.0.0.0', '10.99.99.99', 9464, false],
    ['::', '127.0.0.1', 9464, true],
  ])('a server bound to %s: %s at port %i', (host, target, port, isOwn) => {
    const blocked = guardOf(audience, { host, port: 9464 }).judgeHost(target, port);
    if (isOwn) expect(blocked?.message).toContain("is feedhook's own server");
    else expect(blocked).toBeUndefined();
  });

  const withInterface = local === undefined ? test.skip : test;
  withInterface('a server bound to every address is found at those of this machine', () => {
    for (const host of ['0.0.0.0', '::']) {
      expect(guardOf(audience, { host, port: 9464 }).judgeHost(local ?? '', 9464)).toMatchObject({
        code: 'blocked-address',
      });
    }
  });
});

describe('on the wire', () => {
  test('a literal that leads to it is not even connected', async () => {
    await using home = await startRawOrigin(() => {});
    const client = feedClient({ own: () => [{ host: '127.0.0.1', port: home.port }] });
    const fetched = await client.fetch({ url: home.url });
    expect(fetched).toMatchObject({
      code: 'blocked-address',
      message: expect.stringContaining("feedhook's own"),
    });
    expect(home.connections).toHaveLength(0);
  });

  test('a name that leads to it gets no byte', async () => {
    await using home = await startRawOrigin(async (connection) => void (await connection.request()));
    const own = () => [{ host: '127.0.0.1', port: home.port }];
    const fetched = await feedClient({ own, lookup: atHome }).fetch({
      url: `http://a.example:${home.port}/`,
    });
    expect(fetched).toMatchObject({ code: 'blocked-address' });
    for (const connection of home.connections) await connection.closed;
    expect(home.heads).toEqual([]);
  });

  test('a redirect that leads to it is not followed', async () => {
    await using home = await startRawOrigin(() => {});
    await using origin = await startRawOrigin(async (connection) => {
      await connection.request();
      await connection.write(`HTTP/1.1 302 Found\r\nLocation: ${home.url}/\r\nContent-Length: 0\r\n\r\n`);
    });
    const client = feedClient({ own: () => [{ host: '127.0.0.1', port: home.port }] });
    expect(await client.fetch({ url: origin.url })).toMatchObject({ code: 'blocked-address' });
    expect(home.connections).toHaveLength(0);
  });

  test('G23: a webhook does not reach it, and a neighbour at another port it does', async () => {
    await using home = await startRawOrigin(() => {});
    await using receiver = await startRawOrigin(async (connection) => {
      await connection.request();
      await connection.write('HTTP/1.1 204 No Content\r\n\r\n');
    });
    const guard = createGuard({
      audience: 'webhooks',
      allow: [],
      own: () => [{ host: '127.0.0.1', port: home.port }],
    });
    const send = async (url: string) => {
      const limits = { connectTimeoutMs: 5_000, timeoutMs: 5_000, concurrency: 1 };
      const sender = createSender({ url, guard, clock: new FakeClock(), ...limits });
      const request = { method: 'POST', path: '/', headers: [], body: Buffer.from('{}') } as const;
      const sent = await sender.send({ ...request, headers: [] }, new AbortController().signal);
      await sender.close();
      return sent;
    };
    expect(await send(`${home.url}/`)).toMatchObject({ kind: 'unanswered', code: 'blocked-address' });
    expect(await send(`${receiver.url}/`)).toMatchObject({ kind: 'answered', status: 204 });
    expect(home.connections).toHaveLength(0);
  });

  test('what listens is asked for at each connection', async () => {
    await using origin = await startRawOrigin(async (connection) => {
      await connection.request();
      await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      connection.end();
    });
    const listening: OwnListener[] = [];
    const client = feedClient({ own: () => listening });
    expect((await client.fetch({ url: origin.url })).kind).toBe('document');
    listening.push({ host: '127.0.0.1', port: origin.port });
    expect(await client.fetch({ url: origin.url })).toMatchObject({ code: 'blocked-address' });
  });
});
