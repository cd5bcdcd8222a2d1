// docker-compose.yml, held to the Compose Specification and to what the docs say of it: by rules of our own always, by
// `docker compose config` where it is there or can be brought. Its Redis is started for real, as far as that is installed.

import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { graceMs } from '../../src/daemon.ts';
import { read as readConfig } from '../config/reading.ts';
import { composeProgram } from '../support/compose-program.ts';
import { until } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { faultsOfCompose } from './compose-rules.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const { services, networks } = parse(text, { merge: true });

describe('docker-compose.yml', () => {
  test('breaks no rule', () => {
    expect(faultsOfCompose(text)).toEqual([]);
  });

  test.each([
    ['    user: redis', '    usr: redis', 'redis: unknown key usr in redis'],
    ['redis:8.10', 'redis', 'redis: the image redis is not pinned by a tag'],
    ['redis:8.10', 'redis:latest', 'redis: the image redis:latest is not pinned by a tag'],
    ['[CMD, redis-cli', '[redis-cli', 'redis: healthcheck.test begins with neither CMD nor CMD-SHELL'],
    ['start_period: 2m', 'start_period: 2', 'redis: healthcheck.start_period is no span of time'],
    ['service_healthy', 'healthy', 'feedhook: healthy is no condition'],
    ['      - redis:/data', '      - red:/data', 'redis: the volume red is not declared'],
    ['  redis: {}', '  redis: {}\n  old: {}', 'volumes.old: nobody uses it'],
    ['networks: [store]', 'networks: [stor]', 'redis: the network stor is not declared'],
    ['profiles: [monitoring]', 'profiles: [-m]', 'prometheus: -m is no name of a profile'],
    ['FEEDHOOK_TOKEN:-}', 'FEEDHOOK_TOKEN}', `$${'{FEEDHOOK_TOKEN}'} has no default`],
    [
      '"127.0.0.1:$',
      '"$',
      `prometheus: the port $${'{PROMETHEUS_PORT:-9090}'}:9090 is open to other machines`,
    ],
    ['  read_only: true', '  read_only: false', 'feedhook: its root can be written'],
    [
      '    user: redis\n',
      '    user: redis\n    profiles: [store]\n',
      'feedhook: it depends on redis, which is in a profile',
    ],
  ])('would be refused with %j as %j', (from, to, fault) => {
    expect(text).toContain(from);
    expect(faultsOfCompose(text.replace(from, () => to))).toContain(fault);
  });

  test('starts Redis and feedhook, and all else only by its profile', () => {
    const always = Object.keys(services).filter((name) => services[name].profiles === undefined);
    expect(always).toEqual(['redis', 'feedhook']);
  });

  test('leaves the workers free to be many: no name, port or volume is theirs alone', () => {
    const { container_name, ports, volumes } = services.feedhook;
    expect({ container_name, ports }).toEqual({});
    expect(volumes.every((volume: string) => volume.endsWith(':ro'))).toBe(true);
  });

  test('gives what runs time to end', () => {
    expect(Number.parseInt(services.feedhook.stop_grace_period, 10) * 1_000).toBeGreaterThan(graceMs);
  });

  test('shows Redis to nobody but feedhook', () => {
    expect(networks.store.internal).toBe(true);
    expect(services.redis.networks).toEqual(['store']);
    const onStore = Object.keys(services).filter((name) => services[name].networks?.includes?.('store'));
    expect(onStore).toEqual(['redis', 'feedhook']);
  });

  test('names stores that feeds.yaml takes, by the variable that the example there reads', () => {
    const example = readFileSync(join(root, 'feeds.yaml'), 'utf8');
    const [, line = ''] = /^(store: .*)$/m.exec(example) ?? [];
    const kinds = ['feedhook', 'embedded'].map((name) => {
      const written = String(services[name].environment.FEEDHOOK_STORE);
      const env = { FEEDHOOK_STORE: /:-(.*)\}$/.exec(written)?.[1] ?? written };
      return readConfig(`${line}\nfeeds: [https://example.org/feed.atom]\n`, { env }).store.kind;
    });
    expect(kinds).toEqual(['redis', 'sqlite']);
  });

  test('lets Prometheus in by a token, and listens to this machine alone without one', () => {
    const example = readFileSync(join(root, 'feeds.yaml'), 'utf8');
    const [, lines = ''] = /^(server:\n(?: {2}.*\n)+)/m.exec(example) ?? [];
    const configured = (env: Record<string, string>) =>
      readConfig(`${lines}feeds: [https://example.org/feed.atom]\n`, { env }).server;
    expect(configured({})).toEqual({ host: '127.0.0.1', port: 9464 });
    const env = { FEEDHOOK_LISTEN: '0.0.0.0:9464', FEEDHOOK_TOKEN: 'a'.repeat(64) };
    expect(configured(env)).toMatchObject({ host: '0.0.0.0', port: 9464, tokenDigest: expect.any(String) });
    for (const name of ['feedhook', 'embedded'])
      expect(Object.keys(services[name].environment)).toEqual(expect.arrayContaining(Object.keys(env)));
  });

  test('takes no Redis older than 8.6.3', () => {
    const [, major, minor] = /^redis:(\d+)\.(\d+)$/.exec(services.redis.image) ?? [];
    expect(Number(major) * 100 + Number(minor)).toBeGreaterThan(806);
  });
});

const run = promisify(execFile);

async function installed(program: string): Promise<boolean> {
  return await run(program, ['--version']).then(
    () => true,
    () => false,
  );
}

const hasRedis = (await installed('redis-server')) && (await installed('redis-cli'));
const withRedis = hasRedis ? describe : describe.skip;

withRedis(
  `Redis, started as docker-compose.yml starts it${hasRedis ? '' : ' (skipped: not installed)'}`,
  () => {
    test('keeps every write and forgets nothing, and its health check sees it', async () => {
      await using folder = await temporaryFolder();
      const socket = folder.file('redis.sock');
      const [program, ...argv] = [...services.redis.entrypoint, ...services.redis.command];
      const own = argv.map((each) => (each === '/data' ? folder.path : each));
      const server = spawn(program, [...own, '--port', '0', '--unixsocket', socket], { stdio: 'ignore' });
      const ended = new Promise((resolve) => server.once('exit', resolve));
      try {
        const [, cli, ...question] = services.redis.healthcheck.test;
        const ask = async (...words: string[]) => (await run(cli, ['-s', socket, ...words])).stdout;
        await until(async () => (await ask(...question).catch(() => '')) === 'PONG\n', 'Redis is healthy');
        const settings = await ask('config', 'get', 'appendonly', 'appendfsync', 'maxmemory-policy', 'save');
        expect(settings.split('\n').sort().filter(Boolean)).toEqual(
          ['appendonly', 'yes', 'appendfsync', 'everysec', 'maxmemory-policy', 'noeviction', 'save'].sort(),
        );
      } finally {
        server.kill();
        await ended;
      }
    });
  },
);

const compose = await composeProgram();
const withCompose = typeof compose === 'string' ? describe.skip : describe;
const why = typeof compose === 'string' ? `skipped: ${compose}` : `version ${compose.version}`;

withCompose(`docker compose config (${why})`, () => {
  const config = async (file: string, ...profiles: string[]) => {
    if (typeof compose === 'string') throw new Error(compose);
    const named = profiles.flatMap((profile) => ['--profile', profile]);
    // Not the .env of whoever runs the tests.
    await using folder = await temporaryFolder();
    await writeFile(folder.file('none.env'), '');
    const argv = ['-f', file, '--env-file', folder.file('none.env'), ...named, 'config'];
    return parse(await compose.run(argv));
  };
  const file = join(root, 'docker-compose.yml');

  test('takes the file with all its profiles, and merges what the workers share', async () => {
    const { services: taken } = await config(file, 'monitoring', 'embedded');
    expect(Object.keys(taken).sort()).toEqual(Object.keys(services).sort());
    for (const name of ['feedhook', 'embedded'])
      expect([taken[name].read_only, taken[name].command]).toEqual([true, services[name].command]);
    expect(taken.feedhook.environment.FEEDHOOK_STORE).toBe('redis://redis:6379');
  });

  test('refuses it with a fault', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('broken.yml'), text.replace('    user: redis', '    usr: redis'));
    await expect(config(folder.file('broken.yml'))).rejects.toThrow(/usr/);
  });
});
