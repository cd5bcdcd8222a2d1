// Holds docs/delivery.md to the code: its tables say what the rules do, and its example receiver runs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/load.ts';
import { Secret } from '../../src/config/secret.ts';
import { attemptHeaders } from '../../src/deliver/headers.ts';
import { lookAlikeHeaders, lookAlikeKey } from '../../src/deliver/look-alike.ts';
import { type Meaning, meaningOfStatus } from '../../src/deliver/meaning.ts';
import { jitterMs, standardRetryMs } from '../../src/deliver/retry.ts';
import { webhookTarget } from '../../src/deliver/target.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import type { DeadReason } from '../../src/model/delivery.ts';
import { nextTick } from '../../src/schedule/calendar.ts';
import { FakeClock, until } from '../support/fake-clock.ts';
import { startServer } from '../support/http-server.ts';
import { deliveryOf, endpoint, k1, k2, storedEvent } from './records.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/delivery.md'), 'utf8');

/** The cells of the table whose first header cell is `name`, row by row. */
function tableOf(name: string): string[][] {
  const [, rows = ''] =
    new RegExp(`^\\| ${name} \\|.*\\n\\|[-|]+\\|\\n((?:\\|.*\\n)+)`, 'm').exec(text) ?? [];
  return rows
    .trimEnd()
    .split('\n')
    .map((row) => row.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '')));
}

const units: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000 };

function spanMs(span: string | undefined = ''): number {
  const [count, unit = ''] = span.split(' ');
  return Number(count) * (units[unit] ?? Number.NaN);
}

test('the retry table is the standard schedule, with its jitter', () => {
  const rows = tableOf('attempt');
  expect(rows.map(([number]) => Number(number))).toEqual(standardRetryMs.map((_, index) => index + 1));
  expect(rows.map(([, wait]) => spanMs(wait))).toEqual(standardRetryMs);
  expect(rows.map(([, , jitter]) => spanMs(jitter))).toEqual(standardRetryMs.map((ms) => jitterMs(ms, 1)));
});

test('the standard schedule is the default of feeds.yaml', () => {
  const yaml = 'feeds: [https://example.org/feed]\nendpoints: [{ id: a, url: https://example.org/hook }]\n';
  const config = readConfig(yaml, {
    file: 'feeds.yaml',
    env: {},
    readSecretFile: (path) => {
      throw new Error(`nothing names ${path}`);
    },
  });
  expect(config.endpoints[0]?.retryMs).toEqual(standardRetryMs);
});

const meanings: Readonly<Record<Meaning, true>> = {
  delivered: true,
  redirected: true,
  gone: true,
  poison: true,
  denied: true,
  refused: true,
  busy: true,
  slow: true,
  blocked: true,
  unreachable: true,
};

test('the answers table names each meaning, and its statuses have it', () => {
  const rows = tableOf('meaning');
  expect(rows.map(([meaning]) => meaning)).toEqual(Object.keys(meanings));
  for (const [meaning, answer = ''] of rows) {
    for (const [status] of answer.matchAll(/\b\d{3}\b/g)) {
      expect({ status, meaning: meaningOfStatus(Number(status)) }).toEqual({ status, meaning });
    }
  }
});

test('the headers table names exactly the headers that are sent', () => {
  const event = storedEvent();
  const schemes = ['github', 'websub', 'miniflux'] as const;
  const keys = schemes.map((scheme) => lookAlikeKey({ scheme, secret: new Secret('s3cr3t') }));
  const flat = attemptHeaders({
    events: [event, event],
    delivery: deliveryOf(event, { isReplay: true }),
    requestId: event.id,
    isChat: false,
    timestampSeconds: 0,
    signature: 'v1,x',
    lookAlikes: lookAlikeHeaders(keys, Buffer.alloc(0)),
    requestOrigin: 'feedhook',
    contentType: 'application/json; charset=utf-8',
    ofFormat: {},
    authorization: 'Bearer x',
    userAgent: 'feedhook',
    custom: {},
  });
  const names = flat.filter((_, index) => index % 2 === 0);
  expect(tableOf('header').map(([name]) => name)).toEqual(names);
});

test('the dead letter table names each reason', () => {
  const reasons: Record<DeadReason, true> = {
    exhausted: true,
    poison: true,
    expired: true,
    dropped: true,
    overflow: true,
  };
  expect(tableOf('reason').map(([reason]) => reason)).toEqual(Object.keys(reasons));
});

test('the table of what comes next names each reason that an attempt can have', () => {
  const named = tableOf('`nextReason`').flatMap(([names = '']) => names.split(', '));
  const sources = ['answer.ts', 'retry.ts'].map((file) =>
    readFileSync(join(root, 'src/deliver', file), 'utf8'),
  );
  for (const name of named) expect(sources.join()).toContain(`'${name}'`);
  expect(named.sort()).toEqual([
    'circuit',
    'disabled',
    'fallback',
    'moved',
    'probe',
    'retry-after',
    'schedule',
    'split',
  ]);
});

test('the example body is JSON, and its id is the event id of the example', () => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(text) ?? [];
  expect(JSON.parse(json)).toMatchObject({ id: 'evt_ddlojucljyocbycxwkbxztcgdz', type: 'entry.new' });
});

test('the example receiver accepts what is signed with its secret, and nothing else', async () => {
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(text) ?? [];
  const port = await freePort();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: root,
    env: { ...process.env, WEBHOOK_SECRET: k1, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = `http://127.0.0.1:${port}/`;
    await listening(url);
    expect(await statusFor(url, k2)).toBe(401);
    const printed = once(child.stdout, 'data');
    expect(await statusFor(url, k1)).toBe(204);
    expect(String(await printed)).toBe('evt_ddlojucljyocbycxwkbxztcgdz Żółć 日本語 🚀 </script>\n');
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});

async function freePort(): Promise<number> {
  const server = await startServer(() => {});
  await server.close();
  return server.port;
}

async function listening(url: string): Promise<void> {
  await until(async () => (await fetch(url).catch(() => undefined)) !== undefined, 'the example listens');
}

async function statusFor(url: string, secret: string): Promise<number | undefined> {
  const event = storedEvent();
  const target = webhookTarget(endpoint(url, { secrets: [new Secret(secret)] }), {
    clock: new FakeClock(Date.now()),
    guard: createGuard({ audience: 'webhooks', allow: [] }),
    userAgent: 'feedhook/test',
    nextTick,
  });
  const sent = await target.prepare([event], [deliveryOf(event)], {}).send(new AbortController().signal);
  await target.close();
  return sent.kind === 'answered' ? sent.status : undefined;
}
