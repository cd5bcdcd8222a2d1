import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Code } from '../../src/errors.ts';
import { type Log, silentLog } from '../../src/log.ts';
import type { FeedState } from '../../src/model/feed.ts';
import { type ForgivenFeed, OwnOutage } from '../../src/schedule/outage.ts';
import { FakeClock } from '../support/fake-clock.ts';

const minute = 60_000;

let clock: FakeClock;
let outage: OwnOutage;
let begun: (readonly ForgivenFeed[])[];
let ends: number;
let lines: { event: string; fields: object }[];

beforeEach(() => {
  clock = new FakeClock();
  begun = [];
  ends = 0;
  lines = [];
  const write = (fields: object, event: string) => void lines.push({ event, fields });
  const log: Log = { debug: write, info: write, warn: write, error: write };
  outage = new OwnOutage({
    clock,
    log,
    onBegin: (feeds) => void begun.push(feeds),
    onEnd: () => void ends++,
  });
});

const state = (feedId: string, failures = 0) => ({ feedId, failures }) as FeedState;
const attempt = (site: string, feedId = site, before: FeedState | undefined = state(feedId)) => ({
  site,
  feedIds: [feedId],
  before: [before],
});
const answer = (site: string) => outage.note({ ...attempt(site), answered: true });
const fail = (site: string, code: Code = 'connect-timeout') =>
  outage.note({ ...attempt(site), answered: false, code });
const lead = (site: string, target: string) =>
  outage.note({ ...attempt(site), answered: true, code: 'not-a-feed', target });
const sites = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `s${from + index}.example`);
const cut = () => sites(3).map((site) => fail(site));

describe('POLITENESS §3, own outage: when the fault is ours', () => {
  test('three unrelated sites silent, nobody answers: ours from the third on', () => {
    expect(cut()).toEqual([false, false, true]);
    expect(outage.isOn).toBe(true);
  });

  test('many failures at two sites are theirs', () => {
    for (let round = 0; round < 50; round++) {
      expect(fail('a.example')).toBe(false);
      expect(fail('b.example')).toBe(false);
    }
  });

  test.each([
    [2, 8, true],
    [3, 8, false],
    [1, 4, true],
    [1, 3, false],
  ])('%i answers and %i silent sites in two minutes: %s', (answered, silent, expected) => {
    for (const site of sites(answered, 100)) answer(site);
    for (const site of sites(silent)) fail(site);
    expect(outage.isOn).toBe(expected);
  });

  test('an answer and a failure of two minutes ago no longer count', async () => {
    for (const site of sites(20, 100)) answer(site);
    fail('s0.example');
    await clock.advance(2 * minute);
    fail('s1.example');
    fail('s2.example');
    expect(outage.isOn).toBe(false);
    fail('s3.example');
    expect(outage.isOn).toBe(true);
  });

  test('three dead sites with sixty feeds beside five live sites are not our network', () => {
    for (const site of sites(5, 100)) answer(site);
    for (let round = 0; round < 20; round++) for (const site of sites(3)) fail(site);
    expect(outage.isOn).toBe(false);
  });

  test.each<Code>([
    'dns-not-found',
    'dns-failed',
    'dns-refused',
    'dns-timeout',
    'dns-no-address',
    'connect-refused',
    'connect-timeout',
    'connect-reset',
    'connect-unreachable',
    'connect-failed',
    'proxy-failed',
    'tls-timeout',
    'tls-wrong-host',
    'tls-unknown-ca',
    'tls-expired',
    'tls-failed',
    'headers-timeout',
    'timeout',
  ])('%s is an end without an answer', (code) => {
    for (const site of sites(3)) fail(site, code);
    expect(outage.isOn).toBe(true);
  });

  test.each<Code>(['blocked-address', 'aborted', 'protocol', 'store-failed'])(
    '%s says nothing of the network, for or against it',
    (code) => {
      for (const site of sites(10)) fail(site, code);
      expect(outage.isOn).toBe(false);
      expect(cut()).toEqual([false, false, true]);
    },
  );

  test('an error status is an answer', () => {
    for (const site of sites(3)) outage.note({ ...attempt(site), answered: true, code: 'http-503' });
    expect(outage.isOn).toBe(false);
  });

  test('the window keeps the latest thousand attempts', () => {
    for (let round = 0; round < 1_000; round++) answer('busy.example');
    for (const site of sites(800)) fail(site);
    expect(outage.isOn).toBe(true);
    expect(lines[0]?.fields).toMatchObject({ attempts: 1_000 });
  });
});

describe('a captive portal', () => {
  const portal = 'http://login.hotel.example';

  test('three sites lead to one odd target', () => {
    expect(sites(3).map((site) => lead(site, portal))).toEqual([false, false, true]);
  });

  test('http leads to it while https is silent', () => {
    fail('s0.example', 'tls-wrong-host');
    lead('s1.example', portal);
    expect(outage.isOn).toBe(false);
    lead('s2.example', portal);
    expect(outage.isOn).toBe(true);
  });

  test('different targets are moved feeds', () => {
    for (const site of sites(5)) lead(site, `https://parked.${site}`);
    expect(outage.isOn).toBe(false);
  });

  test('one site that became a web page, and two silent ones, are three faults of three sites', () => {
    lead('s0.example', portal);
    fail('s1.example');
    fail('s2.example');
    expect(outage.isOn).toBe(false);
  });

  test('its answers do not end the outage; that of an origin does', () => {
    for (const site of sites(3)) lead(site, portal);
    expect(lead('s4.example', portal)).toBe(true);
    expect(answer('s4.example')).toBe(false);
    expect(outage.isOn).toBe(false);
  });
});

describe('with fewer than three sites', () => {
  test.each<Code>(['connect-unreachable', 'dns-failed', 'dns-refused', 'dns-timeout'])(
    '%s alone is ours',
    (code) => {
      expect(fail('a.example', code)).toBe(true);
    },
  );

  test.each<Code>([
    'dns-not-found',
    'dns-no-address',
    'connect-refused',
    'connect-timeout',
    'tls-failed',
    'timeout',
  ])('%s is theirs', (code) => {
    expect(fail('a.example', code)).toBe(false);
    expect(fail('b.example', code)).toBe(false);
  });

  test('not when the other site has just answered', () => {
    answer('a.example');
    expect(fail('b.example', 'dns-failed')).toBe(false);
  });

  test('a site still silent when another proved the network sound has no excuse until it answers', async () => {
    expect(fail('b.example', 'dns-failed')).toBe(true);
    expect(answer('a.example')).toBe(false);
    await clock.advance(30 * minute);
    expect(fail('b.example', 'dns-failed')).toBe(false);
    await clock.advance(30 * minute);
    answer('b.example');
    await clock.advance(30 * minute);
    expect(fail('b.example', 'dns-failed')).toBe(true);
  });
});

describe('a host of our own network', () => {
  test.each(['127.0.0.1', '[::1]', '192.168.1.4', 'rss-bridge', 'nas.local', 'bridge.lan', 'a.home.arpa'])(
    '%s neither ends an outage nor waits for one',
    (site) => {
      cut();
      answer(site);
      expect(outage.isOn).toBe(true);
      expect([outage.mayAsk(site), outage.mayAsk(site)]).toEqual([true, true]);
      expect(fail(site)).toBe(false);
    },
  );

  test('does not prove one by being silent', () => {
    for (const site of ['10.0.0.1', 'one', 'two', 'three.local']) fail(site);
    expect(outage.isOn).toBe(false);
  });
});

describe('a clock that was an hour ahead and is set right', () => {
  let aheadMs: number;
  beforeEach(() => {
    aheadMs = 60 * minute;
    const shifted = { now: () => clock.now() + aheadMs, startTimer: clock.startTimer.bind(clock) };
    outage = new OwnOutage({ clock: shifted, log: silentLog });
  });

  test('does not end the attempts of an outage', async () => {
    cut();
    aheadMs = 0;
    expect(outage.restMs('a')).toBeLessThanOrEqual(2 * minute);
    await clock.advance(minute);
    outage.mayAsk('a.example');
    await clock.advance(minute);
    expect(outage.mayAsk('a.example')).toBe(true);
  });

  test('keeps no evidence from before', () => {
    fail('s0.example');
    fail('s1.example');
    aheadMs = 0;
    fail('s2.example');
    expect(outage.isOn).toBe(false);
  });
});

describe('what an outage undoes', () => {
  test('gives back the state before the first failure of each feed that was blamed', () => {
    const early = state('x', 2);
    outage.note({ ...attempt('x.example', 'x', early), answered: false, code: 'connect-timeout' });
    outage.note({ ...attempt('x.example', 'x', state('x', 3)), answered: false, code: 'connect-timeout' });
    outage.note({
      site: 'y.example',
      feedIds: ['y1', 'y2'],
      before: [state('y1', 1), undefined],
      answered: false,
      code: 'connect-timeout',
    });
    fail('z.example');
    expect(begun).toEqual([
      [
        { feedId: 'x', before: early },
        { feedId: 'y1', before: state('y1', 1) },
        { feedId: 'y2', before: undefined },
      ],
    ]);
  });

  test('leaves a feed that was answered, or failed for a reason of its own, after that', () => {
    for (const feedId of ['answered', 'blocked']) {
      outage.note({ ...attempt('a.example', feedId), answered: false, code: 'connect-timeout' });
    }
    outage.note({ ...attempt('a.example', 'answered'), answered: true });
    outage.note({ ...attempt('a.example', 'blocked'), answered: false, code: 'blocked-address' });
    for (const site of sites(6)) fail(site);
    expect(begun[0]?.map(({ feedId }) => feedId)).toEqual(sites(3));
  });

  test('says once that it began and once that it ended, with figures', async () => {
    cut();
    await clock.advance(5 * minute);
    fail('s7.example');
    answer('s8.example');
    answer('s9.example');
    expect(lines).toEqual([
      { event: 'outage-began', fields: { sites: 3, attempts: 3, forgiven: 2, code: 'connect-timeout' } },
      { event: 'outage-ended', fields: { sites: 1, attempts: 4, seconds: 300 } },
    ]);
    expect(ends).toBe(1);
  });

  test('a failure during it counts for nothing, whatever its code', () => {
    cut();
    expect(fail('s0.example', 'blocked-address')).toBe(true);
    expect(fail('s1.example', 'tls-expired')).toBe(true);
  });

  test('begins anew after it ended only with new evidence', () => {
    cut();
    answer('s0.example');
    fail('s1.example');
    fail('s2.example');
    expect(outage.isOn).toBe(false);
  });
});

describe('one attempt a minute', () => {
  /** Each site wants to ask every second; which one may, when. */
  async function granted(wanting: readonly string[], minutes: number): Promise<string[]> {
    const asked: string[] = [];
    for (let second = 1; second <= minutes * 60; second++) {
      await clock.advance(1_000);
      for (const site of wanting) if (outage.mayAsk(site)) asked.push(site);
    }
    return asked;
  }

  test('without an outage everyone may ask and nobody rests', () => {
    expect(outage.mayAsk('a.example')).toBe(true);
    expect(outage.mayAsk('a.example')).toBe(true);
    expect(outage.restMs('a')).toBe(0);
  });

  test('a different site each time, while there are others', async () => {
    cut();
    expect(outage.mayAsk('a.example')).toBe(false);
    const three = ['a.example', 'b.example', 'c.example'];
    expect(await granted(three, 6)).toEqual([...three, ...three]);
  });

  test('the only site may ask each minute', async () => {
    cut();
    const site = 'a.example';
    expect(await granted([site], 3)).toEqual([site, site, site]);
  });

  test('a site that has gone away delays the others by a minute, not for ever', async () => {
    cut();
    expect(outage.mayAsk('gone.example')).toBe(false);
    expect(outage.mayAsk('a.example')).toBe(false);
    expect(await granted(['a.example'], 4)).toEqual(['a.example', 'a.example', 'a.example']);
  });
});

describe('the rest of a lane', () => {
  test('a lone lane comes back for the next attempt or within a minute of it', () => {
    cut();
    expect(outage.restMs('a')).toBeGreaterThanOrEqual(minute);
    expect(outage.restMs('a')).toBeLessThanOrEqual(2 * minute);
  });

  test.each([3, 4, 7, 12])('of %i sites none is passed over, and no minute is', (count) => {
    for (let world = 0; world < 20; world++) {
      let now = 0;
      const startTimer = () => ({ cancel() {} });
      outage = new OwnOutage({ clock: { now: () => now, startTimer }, log: silentLog });
      cut();
      const due = new Map(sites(count, 10 * world).map((site, place) => [site, place * 1_000]));
      const asked: string[] = [];
      for (; now < 3 * count * minute; now += 1_000) {
        for (const [site, at] of due) {
          if (at > now) continue;
          const isAsked = outage.mayAsk(site);
          if (isAsked) asked.push(site);
          due.set(site, now + (isAsked ? 5_000 : outage.restMs(site, site)));
        }
      }
      expect(new Set(asked).size).toBe(count);
      expect(asked.length).toBeGreaterThan(2.5 * count);
    }
  });

  test('a lane that comes back when another has the turn rests for a second at least', async () => {
    cut();
    await clock.advance(minute);
    const rests = Array.from({ length: 5_000 }, (_, lane) => outage.restMs(`lane-${lane}`));
    expect(Math.min(...rests)).toBe(1_000);
  });

  test('thousands of lanes come back spread over ten minutes', () => {
    cut();
    const rests = Array.from({ length: 5_000 }, (_, lane) => outage.restMs(`lane-${lane}`));
    const perMinute = new Map<number, number>();
    for (const rest of rests) {
      const index = Math.floor(rest / minute);
      perMinute.set(index, (perMinute.get(index) ?? 0) + 1);
    }
    expect(Math.max(...rests)).toBeLessThanOrEqual(10 * minute);
    expect([...perMinute.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Math.max(...perMinute.values())).toBeLessThan(700);
  });
});
