// `endpoints list`, `show`, `test`, `enable`, `pause` and `resume`, on a real store and a real receiver.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fromNow } from '../../src/commands/table.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { type DeliveryWorld, deliveryWorld } from './delivery-world.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let receiver: TestServer;
let world: DeliveryWorld;
beforeEach(async () => {
  receiver = await startServer((_request, response) => void response.writeHead(204).end());
  world = await deliveryWorld([
    { id: 'app', url: `${receiver.url}/hooks/one`, secret },
    { id: 'chat', url: `${receiver.url}/hooks/two`, format: 'slack' },
  ]);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const run = (...args: string[]) => world.run('endpoints', ...args);

function put(id: string, condition: EndpointCondition): Promise<unknown> {
  return world.withStore(({ deliveries }) => deliveries.changeCondition(id, () => condition));
}

const conditionOf = (id: string) =>
  world.withStore(
    async ({ deliveries }) =>
      (await deliveries.endpoints()).find((each) => each.endpointId === id)?.condition,
  );

const countOf = (state: 'pending' | 'dead') =>
  world.withStore(({ deliveries }) => deliveries.count({ state }));

const since = Date.parse('2026-11-20T09:00:00Z');
const disabled = { since, reason: 'http-410' };
const circuit = { since, code: 'http-503', waitMs: 30_000, probeAt: Date.now() + 3_600_000 } as const;

describe('endpoints list', () => {
  test('shows how each stands, since when, why, when it goes on, and its deliveries; the gravest first', async () => {
    await world.tell('Some news', ['app', 'chat', 'old']);
    await world.tell('Other news', ['chat'], { skipped: 'filtered' });
    await put('chat', { circuit });
    const { stdout } = await run('list');
    expect(stdout).toMatch(
      new RegExp(
        `^ENDPOINT +STATE +SINCE +BECAUSE OF +GOES ON +PENDING +OLDEST +DONE +DEAD +SKIPPED
chat +open +${fromNow(since, Date.now())} +http-503 +in 60 min +1 +\\d+ s +0 +0 +1
old +parked +- +not in feeds\\.yaml +- +1 .*
app +well +- +- +- +1 +\\d+ s +0 +0 +0
$`,
      ),
    );
    expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject([
      {
        endpointId: 'chat',
        state: 'open',
        nextAt: circuit.probeAt,
        pending: 1,
        skipped: 1,
        condition: { circuit },
      },
      { endpointId: 'old', state: 'parked' },
      { endpointId: 'app', state: 'well', condition: {} },
    ]);
    expect((await world.run('status')).stdout).toMatch(
      /\nendpoint chat is left alone since it failed, .*"feedhook endpoints enable chat" goes on at once\nendpoint old is not in feeds\.yaml/,
    );
  });
});

test('endpoints list fits into 100 columns, whatever is wrong', async () => {
  await world.tell('Some news', ['app', 'chat', 'old']);
  await put('app', { pace: { gapMs: 60_000, since, good: 0 } });
  await put('chat', { circuit: { ...circuit, code: 'handshake-refused' } });
  const { stdout } = await run('list');
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
});

describe('endpoints show', () => {
  test('tells of one, as text and as JSON', async () => {
    await put('app', { disabled });
    expect((await run('show', 'app')).stdout).toMatch(
      /^app: disabled since 2026-11-20T09:00:00Z\n {2}because {7}http-410\n {2}to do .*"feedhook endpoints enable app"\n/,
    );
    expect(JSON.parse((await run('show', 'chat', '--json')).stdout)).toMatchObject({
      ...{ endpointId: 'chat', state: 'well', advice: 'nothing', pending: 0 },
    });
    expect(await run('show', 'chad')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no endpoint "chad"; did you mean "chat"?'),
    });
  });
});

describe('what a person decides', () => {
  test.each<[string, EndpointCondition]>([
    ['disabled', { disabled }],
    ['left alone since it failed', { circuit }],
    ['both', { disabled, circuit }],
  ])('enable ends that an endpoint is %s, and what waited is sent', async (_, condition) => {
    await world.tell('Some news', ['app']);
    await put('app', { ...condition, pace: { gapMs: 500, since, good: 0 } });
    expect(await run('enable', 'app')).toMatchObject({
      code: 0,
      stdout: 'app is enabled; 1 delivery that waited is sent\n',
    });
    expect(await conditionOf('app')).toEqual({ pace: { gapMs: 500, since, good: 0 } });
    expect((await run('enable', 'app')).stdout).toBe('app was not disabled\n');
    expect(await countOf('pending')).toBe(1);
  });

  test('enable leaves a Retry-After of an endpoint alone that is not disabled', async () => {
    await put('app', { restsUntil: since });
    expect((await run('enable', 'app')).stdout).toBe('app was not disabled\n');
    expect(await conditionOf('app')).toEqual({ restsUntil: since });
  });

  test('enable --skip gives up what waited, of this endpoint alone, and a replay could still send it', async () => {
    await world.tell('Some news');
    await world.tell('Other news');
    await put('app', { disabled });
    expect((await run('enable', 'app', '--skip')).stdout).toMatch(
      /^app is enabled; 2 deliveries that waited are given up \("feedhook deliveries replay --dead --endpoint app" sends them /,
    );
    expect([await countOf('pending'), await countOf('dead')]).toEqual([2, 2]);
    expect((await world.run('deliveries', 'list', '--endpoint', 'app')).stdout).toMatch(/ dead \(dropped\) /);
  });

  test('--skip gives nothing up where nothing is shut', async () => {
    await world.tell('Some news', ['app']);
    for (const verb of ['enable', 'resume']) await run(verb, 'app', '--skip');
    expect(await countOf('pending')).toBe(1);
  });

  test('pause keeps what comes until resume, and neither touches what else is known', async () => {
    await world.tell('Some news', ['app']);
    await put('app', { disabled });
    expect((await run('pause', 'app')).stdout).toBe(
      'app is paused: what it is owed is kept until "feedhook endpoints resume app"\n',
    );
    expect((await run('pause', 'app')).stdout).toMatch(/^app is paused since \S+Z already\n$/);
    expect((await run('enable', 'app')).stdout).toMatch(
      /\napp is still paused: "feedhook endpoints resume app" ends that\n$/,
    );
    await put('app', { ...(await conditionOf('app')), disabled });
    expect((await run('resume', 'app')).stdout).toMatch(
      /^app is resumed; 1 delivery .*\napp is still disabled: /,
    );
    expect(await conditionOf('app')).toEqual({ disabled });
    expect((await run('resume', 'app')).stdout).toBe('app was not paused\n');
  });

  test.each(['enable', 'pause', 'resume', 'test', 'show'])(
    '%s refuses a name that nothing has',
    async (verb) => {
      expect(await run(verb, 'ap')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('no endpoint "ap"; did you mean "app"?'),
      });
    },
  );

  test.each(['enable', 'pause', 'resume'])(
    '%s says that no daemon has run with a new endpoint yet',
    async (verb) => {
      await using early = await deliveryWorld([{ id: 'app', url: receiver.url }]);
      await early.folder.configure({
        store: 'sqlite:./feedhook.db',
        feeds: ['http://127.0.0.1:9/log'],
        network: { feeds: { allow: ['loopback'] } },
        endpoints: [{ id: 'new', url: receiver.url }],
      });
      expect(await early.run('endpoints', verb, 'new')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no daemon has run with endpoint new yet'),
      });
    },
  );
});

describe('endpoints test', () => {
  test('sends one signed test.ping and tells what came back', async () => {
    receiver.answer = (_request, response) => void response.writeHead(200).end('thank\nyou');
    const { code, stdout } = await run('test', 'app');
    expect([code, receiver.requests.length]).toEqual([0, 1]);
    const [request] = receiver.requests;
    expect(JSON.parse(String(request?.body))).toMatchObject({ type: 'test.ping' });
    expect(request?.headers).toHaveProperty('webhook-signature');
    expect(stdout).toMatch(
      new RegExp(
        `^app: delivered
  request       POST to 127\\.0\\.0\\.1:${receiver.port} as standard, \\d+ bytes, signed, evt_\\w+
  answer        200
  answered      thank you
  took          \\d+ ms: .*first byte \\d+ ms
  because       app has taken it
  to do         nothing; if nobody sees it there, look at the receiver
$`,
      ),
    );
    expect(await countOf('pending')).toBe(0);
    expect(JSON.parse((await run('test', 'chat', '--json')).stdout)).toMatchObject({
      endpointId: 'chat',
      request: { format: 'slack', isSigned: false },
      answer: { status: 200 },
      reading: { meaning: 'delivered' },
    });
  });

  test.each<[number, string, string, Record<string, string>]>([
    [302, 'redirected', 'write the URL that it points to', { location: 'https://example.org/hooks/one' }],
    [401, 'denied', 'check "secret", "auth" and "headers"', {}],
    [404, 'refused', 'check the path in "url"', {}],
    [410, 'gone', 'write its new "url" into feeds.yaml', {}],
    [422, 'poison', 'whether it expects the format "standard"', {}],
    [429, 'slow', 'it asks to wait 90 s', { 'retry-after': '90' }],
    [500, 'busy', 'look at the receiver and its log', {}],
  ])(
    'of an endpoint that answers %i is %s, says what helps, and ends with 1',
    async (status, meaning, fact, headers) => {
      receiver.answer = (_request, response) => void response.writeHead(status, headers).end();
      const { code, stdout } = await run('test', 'app');
      expect([code, stdout.split('\n')[0]]).toEqual([1, `app: ${meaning}`]);
      expect(stdout).toContain(fact);
      expect(stdout).toContain(`http-${status}: the receiver answered ${status}`);
      // A test teaches nothing: deliveries go on as they did.
      expect(await conditionOf('app')).toEqual({});
    },
  );

  test('of an endpoint where nothing listens tells why there was no answer', async () => {
    await receiver.close();
    const { code, stdout } = await run('test', 'app');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^app: unreachable\n(?: {2}.*\n)+ {2}answer {8}none\n {2}failure {7}connect-refused: /,
    );
    expect(stdout).toContain('see connect-refused in docs/errors.md');
    receiver = await startServer(() => {});
  });

  test('works before the first start, when there is no store yet', async () => {
    await using early = await deliveryWorld([]);
    await early.folder.configure({
      store: 'sqlite:./other.db',
      feeds: ['http://127.0.0.1:9/log'],
      network: { feeds: { allow: ['loopback'] } },
      endpoints: [{ id: 'app', url: receiver.url }],
    });
    expect(await early.run('endpoints', 'test', 'app')).toMatchObject({ code: 0 });
  });
});
