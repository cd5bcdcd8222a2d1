// `deliveries list`, `show` and `replay`: what can be asked for, what is told of each attempt, and which deliveries a replay
// means.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { when } from '../../src/commands/table.ts';
import type { Attempt } from '../../src/model/delivery.ts';
import { type DeliveryWorld, deliveryWorld } from './delivery-world.ts';

const endpoints = [
  { id: 'app', url: 'http://127.0.0.1:9/hooks/one' },
  { id: 'chat', url: 'http://127.0.0.1:9/hooks/two' },
];
const refused: Partial<Attempt> = {
  ...({ outcome: 'rejected', status: 503, code: 'http-503' } as const),
  message: 'the receiver answered 503',
  phases: { dnsMs: 1.2, connectMs: 0.4, firstByteMs: 38.6 },
  excerpt: 'try\n later',
};

let world: DeliveryWorld;
beforeEach(async () => {
  world = await deliveryWorld(endpoints);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

describe('deliveries show', () => {
  test('tells where it stands, what it carries, and each attempt with its phases and its answer', async () => {
    const { id } = await world.tell('Some news', ['app']);
    const nextAt = Date.now() + 300_000;
    await world.attempt({ kind: 'retry', at: nextAt }, { ...refused, nextAt, nextReason: 'schedule' });
    const { stdout } = await world.run('deliveries', 'show', `${id}.app`);
    const due = when(nextAt);
    expect(stdout.replace(/\d{4}-[\dT:-]+Z(?=\n {2}(entry|order|form|\n))|added {9}\S+/g, 'T')).toMatch(
      new RegExp(`^${id}\\.app: waiting
  because       app: attempt 2 of entry\\.new is due ${due}, last answer 503
  to do         nothing, while the daemon runs; "feedhook deliveries replay ${id}\\.app" brings it forward
  event         entry\\.new of log, noticed T
  entry         Some news
  endpoint      app, its number 1
  T

ATTEMPT  STARTED               OUTCOME   ANSWER  TOOK   DNS   CONNECT  TLS  FIRST BYTE  EVENTS  NEXT                  BECAUSE OF
1        2026-11-20T09:00:00Z  rejected  503     41 ms  1 ms  0 ms     -    39 ms       1       ${due}  schedule
  1: http-503: the receiver answered 503
  1: answered: try later
$`),
    );
    expect(JSON.parse((await world.run('deliveries', 'show', `${id}.app`, '--json')).stdout)).toMatchObject({
      ...{ id: `${id}.app`, state: 'pending', stage: 'waiting' },
      attempts: [{ status: 503, phases: { firstByteMs: 38.6 }, excerpt: 'try\n later' }],
      event: { id, type: 'entry.new' },
    });
  });

  test('marks a probe and a request that carried several events, and has a word for no attempt', async () => {
    const { id } = await world.tell('Some news', ['app']);
    expect((await world.run('deliveries', 'show', `${id}.app`)).stdout).toMatch(
      /\n\nno attempt is stored\n$/,
    );
    await world.attempt({ kind: 'done' }, { outcome: 'delivered', status: 204, isProbe: true, events: 12 });
    expect((await world.run('deliveries', 'show', `${id}.app`)).stdout).toMatch(
      /\n\d+ \(probe\) .* delivered +204 .* 12 +- +-\n$/,
    );
  });

  test('of one that a filter stopped tells what would become of it today', async () => {
    const { id } = await world.tell('Some news', ['app'], { skipped: 'filtered' });
    expect((await world.run('deliveries', 'show', `${id}.app`)).stdout).toMatch(
      /^evt_\w+\.app: filtered\n {2}because {7}a filter kept it from app .*; that of today lets it through\n/,
    );
  });

  test('what strangers answered does not steer the terminal', async () => {
    const { id } = await world.tell('\u001b[31mred', ['app']);
    await world.attempt({ kind: 'dead', reason: 'poison' }, { ...refused, excerpt: '\u001b[2Jgone\u2028x' });
    const { stdout } = await world.run('deliveries', 'show', `${id}.app`);
    expect(stdout).toMatch(/^evt_\w+\.app: dead \(poison\)\n/);
    expect(stdout).not.toMatch(/\u001b|\u2028/);
    expect(stdout).toContain('\\u001b[2Jgone');
  });
});

test.each(['show', 'replay'])('deliveries %s of none names what was probably meant', async (command) => {
  const { id } = await world.tell('Some news', ['app']);
  const said = async (words: string) => (await world.run('deliveries', command, words)).stderr;
  expect(await said(id)).toContain(`it is an event: "feedhook deliveries list --event ${id}" shows`);
  expect(await said(`${id}.ap`)).toContain(`did you mean "${id}.app"?`);
  expect(await said(`${id}.weather`)).toContain('its event went to app');
  expect(await said('evt_none.app')).toContain('"feedhook deliveries list" shows those that exist');
});

describe('deliveries list', () => {
  test.each([
    [['--endpoint', 'ap'], 'no endpoint "ap"; did you mean "app"?'],
    [['--endpoint', 'weather'], 'no endpoint "weather"; there are app, chat'],
    [['--feed', 'lug'], 'no feed "lug" in '],
    [['--since', '1h', '--until', '2h'], 'nothing lies between --since and --until'],
    [['--until', 'tomorrow'], 'a time such as'],
    [['--since', '5'], 'a time such as'],
  ])('%j is a mistake and says so', async (args, complaint) => {
    expect(await world.run('deliveries', 'list', ...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(complaint),
    });
  });

  test.each([
    [['--feed', 'http://127.0.0.1:9/log'], 2],
    [['--endpoint', 'chat'], 1],
    [['--state', 'skipped'], 1],
    [['--until', '2h'], 0],
    [['--until', '2100-01-01'], 2],
    [['--since', '1h', '--until', '2100-01-01T00:00:00Z'], 2],
  ])('%j shows %i', async (args, count) => {
    await world.tell('Some news', ['app']);
    await world.tell('Other news', ['chat'], { skipped: 'filtered' });
    const { stdout } = await world.run('deliveries', 'list', ...args, '--json');
    expect(JSON.parse(stdout)).toHaveLength(count);
    const { stdout: text } = await world.run('deliveries', 'list', ...args);
    if (count === 0) expect(text).toBe('no delivery matches\n');
    else expect(text.trimEnd().split('\n')).toHaveLength(count + 1);
  });

  test('shows what a delivery waits for, and how many more there are', async () => {
    await using lane = await deliveryWorld([endpoints[0] ?? { id: '', url: '' }], 'feed');
    const head = await lane.tell('First');
    const startedAt = Date.now();
    const at = startedAt + 300_000;
    await lane.attempt({ kind: 'retry', at }, { ...refused, startedAt });
    const behind = await lane.tell('Second');
    const due = when(at);
    const { stdout } = await lane.run('deliveries', 'list');
    expect(stdout).toMatch(new RegExp(`\n${behind.id}\\.app .* pending +0 +\\S+ +behind\n`));
    expect(stdout).toMatch(new RegExp(`\n${head.id}\\.app .* pending +1 +\\S+ +${due}\n`));
    expect((await lane.run('deliveries', 'list', '--limit', '1')).stdout).toMatch(
      /\n1 more; --limit shows them\n$/,
    );
    const shown = (await lane.run('deliveries', 'show', `${behind.id}.app`)).stdout;
    expect(shown).toContain(`${head.id}.app is before it: attempt 2 of that is due ${due}, last answer 503`);
    expect(shown).toContain('\n  order         it waits for the one before it\n');
    await lane.run('endpoints', 'pause', 'app');
    expect((await lane.run('deliveries', 'list')).stdout).toMatch(/ pending +1 +\S+ +paused\n/);
  });

  test('says of one that failed for too long that others need not wait for it', async () => {
    await using lane = await deliveryWorld([endpoints[0] ?? { id: '', url: '' }], 'feed');
    await lane.tell('First');
    await lane.attempt({ kind: 'retry', at: Date.parse('2100-01-01T00:00:00Z') }, refused);
    expect((await lane.run('deliveries', 'list')).stdout).toMatch(/ 2100-01-01T00:00:00Z \(aside\)\n/);
  });
});

describe('deliveries replay', () => {
  beforeEach(async () => {
    await world.tell('Dead', ['app']);
    await world.attempt({ kind: 'dead', reason: 'exhausted' }, refused);
    await world.tell('Done', ['chat']);
    await world.attempt({ kind: 'done' }, { outcome: 'delivered', status: 200 });
    await world.tell('Filtered', ['app', 'chat'], { skipped: 'filtered' });
    await world.tell('Withheld', ['app'], { isWithheld: true });
  });

  const stateOf = async (state: string) =>
    JSON.parse((await world.run('deliveries', 'list', '--state', state, '--json')).stdout).length;

  test.each([
    [['--dead'], '1 delivery', { dead: 0, skipped: 2, done: 1 }],
    [['--state', 'dead'], '1 delivery', { dead: 0, skipped: 2, done: 1 }],
    [['--endpoint', 'chat'], '1 delivery', { dead: 1, skipped: 2, done: 0 }],
    [['--feed', 'log'], '2 deliveries', { dead: 0, skipped: 2, done: 0 }],
    [['--feed', 'log', '--since', '1h'], '2 deliveries', { dead: 0, skipped: 2, done: 0 }],
    [['--state', 'skipped', '--endpoint', 'chat'], '1 delivery', { dead: 1, skipped: 1, done: 1 }],
  ])('%j means %s, and --dry-run counts them before', async (args, what, left) => {
    expect((await world.run('deliveries', 'replay', ...args, '--dry-run')).stdout).toBe(
      `${what} would be sent again\n`,
    );
    expect(await stateOf('pending')).toBe(0);
    expect((await world.run('deliveries', 'replay', ...args)).stdout).toContain(
      `${what} will be sent again, at once`,
    );
    const states = {
      dead: await stateOf('dead'),
      skipped: await stateOf('skipped'),
      done: await stateOf('done'),
    };
    expect(states).toEqual(left);
    expect(await stateOf('withheld')).toBe(1);
  });

  test('of one that a filter stopped sends it, if its id is named', async () => {
    const [skipped] = JSON.parse(
      (await world.run('deliveries', 'list', '--state', 'skipped', '--json')).stdout,
    );
    const { id } = skipped;
    expect((await world.run('deliveries', 'replay', id, '--dry-run')).stdout).toContain('1 delivery would');
    expect((await world.run('deliveries', 'replay', id)).stdout).toContain('1 delivery will be sent again');
    expect(await stateOf('skipped')).toBe(1);
  });

  test('says what still keeps them from being sent', async () => {
    await world.run('endpoints', 'pause', 'app');
    const { stdout } = await world.run('deliveries', 'replay', '--dead');
    expect(stdout).toMatch(
      /^1 delivery will be sent again as soon as that can be\napp is paused, and what it is owed waits: "feedhook endpoints resume app" sends it\n$/,
    );
    expect((await world.run('deliveries', 'replay', '--endpoint', 'chat')).stdout).toBe(
      '1 delivery will be sent again, at once if the daemon is running\n',
    );
  });

  test('says nothing of an endpoint that has nothing to do with them', async () => {
    await world.tell('Of long ago', ['app']);
    await world.run('endpoints', 'pause', 'app');
    const { stdout } = await world.run('deliveries', 'replay', '--state', 'done', '--feed', 'log');
    expect(stdout).toBe('1 delivery will be sent again, at once if the daemon is running\n');
  });

  test.each([
    [['--dead', '--state', 'done'], 'cannot be used with'],
    [['--state', 'withheld'], 'deliveries release'],
    [[], 'name a delivery or give a filter'],
    [['--dry-run'], 'name a delivery or give a filter'],
    [['--endpoint', 'ap'], 'did you mean "app"?'],
  ])('%j is refused', async (args, complaint) => {
    expect(await world.run('deliveries', 'replay', ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(complaint),
    });
    expect(await stateOf('pending')).toBe(0);
  });
});
