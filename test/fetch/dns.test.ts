import { getSystemErrorMap } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  addressesToTry,
  createLookUp,
  type LookUpTools,
  threadsForLookUps,
} from '../../src/fetch/look-up.ts';
import { type DnsAnswer, type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { FakeClock, settle, until } from '../support/fake-clock.ts';

type System = NonNullable<LookUpTools['system']>;

let server: DnsServer;
let clock: FakeClock;

beforeEach(async () => {
  clock = new FakeClock();
  server = await startDnsServer(() => ['192.0.2.1']);
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const errnoOf = (name: string) => [...getSystemErrorMap()].find(([, [known]]) => known === name)?.[0] ?? 0;

/** What getaddrinfo says, as Node spells it: two of its errors have one `code`. */
const saying = (name: 'EAI_AGAIN' | 'EAI_NODATA' | 'EAI_NONAME' | 'EAI_FAIL'): System => {
  const code = name === 'EAI_NODATA' || name === 'EAI_NONAME' ? 'ENOTFOUND' : name;
  const error = Object.assign(new Error(name), { code, errno: errnoOf(name), syscall: 'getaddrinfo' });
  return (_hostname, _options, callback) => setImmediate(callback, error, []);
};

const look = (tools: LookUpTools, hostname = 'feed.example') => {
  const lookUp = createLookUp({ clock, nameServers: [server.address], threads: 4, ...tools });
  return new Promise((resolve) => {
    lookUp(hostname, { all: true }, (error, found) => resolve(error ? error.code : found));
  });
};

describe('FAULTS D24: why a name has no address', () => {
  test.each<[string, System, DnsAnswer, string]>([
    ['no such name', saying('EAI_NONAME'), 'no-such-name', 'ENOTFOUND'],
    ['a name without an address', saying('EAI_NODATA'), 'empty', 'dns-no-address'],
    ['a server fault', saying('EAI_AGAIN'), 'server-fault', 'EAI_AGAIN'],
    ['a refusal', saying('EAI_AGAIN'), 'refused', 'dns-refused'],
    ['an answer at second asking', saying('EAI_AGAIN'), ['192.0.2.1'], 'EAI_AGAIN'],
    ['a fault for good', saying('EAI_FAIL'), 'server-fault', 'EAI_FAIL'],
  ])('%s', async (_case, system, answer, code) => {
    server.answer = () => answer;
    expect(await look({ system })).toBe(code);
    expect(clock.timers).toBe(0);
  });

  test('no answer within the limit, whatever getaddrinfo does later', async () => {
    let late: (() => void) | undefined;
    const system: System = (_hostname, _options, callback) => {
      late = () => callback(null, [{ address: '192.0.2.1', family: 4 }]);
    };
    const looked = look({ system });
    await settle();
    await clock.advance(4_000);
    expect(await looked).toBe('dns-timeout');
    late?.();
    await settle();
  });

  test('a failure that comes after the limit is not asked about', async () => {
    let late: (() => void) | undefined;
    const system: System = (hostname, options, callback) => {
      late = () => saying('EAI_AGAIN')(hostname, options, callback);
    };
    const looked = look({ system });
    await settle();
    await clock.advance(4_000);
    expect(await looked).toBe('dns-timeout');
    late?.();
    // Loopback answers within a turn or two; a question that is asked now comes before this one.
    await settle();
    await look({ system: saying('EAI_AGAIN') }, 'next.example');
    expect(new Set(server.questions.map(({ name }) => name))).toEqual(new Set(['next.example']));
  });

  test('the name servers are not asked when getaddrinfo finds addresses', async () => {
    const found = [{ address: '192.0.2.1', family: 4 }];
    const system: System = (_hostname, _options, callback) => callback(null, found);
    expect(await look({ system })).toEqual(found);
    expect(server.questions).toEqual([]);
  });
});

describe('FAULTS D25: names that are never answered', () => {
  /** getaddrinfo that holds its thread for ever when the name begins with `dead`. */
  const holding = () => {
    const held: string[] = [];
    const system: System = (hostname, _options, callback) => {
      held.push(hostname);
      if (!hostname.startsWith('dead')) setImmediate(callback, null, [{ address: '192.0.2.1', family: 4 }]);
    };
    return { held, system };
  };

  test('hold three quarters of the threads at most; a name that is answered finds one', async () => {
    server.answer = ({ name }) => (name.startsWith('dead') ? 'silent' : ['192.0.2.1']);
    const { held, system } = holding();
    const lookUp = createLookUp({ clock, nameServers: [server.address], threads: 8, system });
    const ask = (hostname: string) =>
      new Promise((resolve) =>
        lookUp(hostname, { all: true }, (error, found) => resolve(error?.code ?? found)),
      );
    const dead = Array.from({ length: 100 }, (_, index) => ask(`dead${index}.example`));
    await settle();
    expect(held).toHaveLength(6);
    expect(await ask('alive.example')).toEqual([{ address: '192.0.2.1', family: 4 }]);
    await clock.advance(4_000);
    expect(new Set(await Promise.all(dead))).toEqual(new Set(['dns-timeout']));
    expect(held.filter((name) => name.startsWith('dead'))).toHaveLength(6);
  });

  test('names that are answered wait for each other and all get their turn', async () => {
    const { system } = holding();
    const lookUp = createLookUp({ clock, nameServers: [server.address], threads: 2, system });
    const found: string[] = [];
    for (let index = 0; index < 50; index++) {
      lookUp(`alive${index}.example`, { all: true }, (error) => error || found.push(`alive${index}`));
    }
    await until(() => found.length === 50, 'all are found');
    expect(clock.timers).toBe(0);
  });

  test.each([
    [undefined, 2],
    ['', 1],
    ['1', 1],
    ['4', 2],
    ['5', 3],
    ['32', 16],
    ['99999', 512],
    ['nonsense', 1],
  ])('with UV_THREADPOOL_SIZE=%s, %i look-ups run at a time', (size, expected) => {
    expect(threadsForLookUps(size)).toBe(expected);
  });
});

describe('FAULTS D26: how many addresses are tried', () => {
  const v4 = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ address: `192.0.2.${index}`, family: 4 }));
  const v6 = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ address: `2001:db8::${index}`, family: 6 }));

  test.each([
    ['six of twenty-one', v4(21), '444444'],
    ['both families by turns, the first one first', [...v6(20), ...v4(2)], '646466'],
    ['a single address of the second family', [...v4(20), ...v6(1)], '464444'],
    ['few are tried all', [...v4(1), ...v6(3)], '4666'],
    ['none', [], ''],
  ])('%s', (_case, found, families) => {
    expect(
      addressesToTry(found)
        .map(({ family }) => family)
        .join(''),
    ).toBe(families);
  });
});
