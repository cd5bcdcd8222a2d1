import type { LookupAddress, lookup as systemLookup } from 'node:dns';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { createGuard, type EgressGuard } from '../../src/fetch/egress.ts';
import { startServer } from '../support/http-server.ts';

const feeds = createGuard({ audience: 'feeds', allow: [] });
const webhooks = createGuard({ audience: 'webhooks', allow: [] });

/** How `new URL` spells the host, which is what the guard gets. */
const hostOf = (host: string) => new URL(`http://${host}/`).hostname;
const classIn = (message: string | undefined) => /a ([a-z-]+) address/.exec(message ?? '')?.[1];

// FAULTS §7: the union of ranges, each with its first and last address where both tell something.
const rows = [
  ['loopback', '127.0.0.1 127.255.255.255 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1'],
  ['private', '10.0.0.0 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 100.127.255.255'],
  ['private', 'fc00::1 fdff::1 ::ffff:10.0.0.5 64:ff9b::a00:5'],
  ['link-local', '169.254.0.1 169.254.255.255 fe80::1 febf::1 ::ffff:169.254.1.1'],
  ['metadata', '169.254.169.254 100.100.100.200 168.63.129.16 fd00:ec2::254 64:ff9b::a9fe:a9fe'],
  ['metadata', '169.254.170.2 fd20:ce::254 ::ffff:169.254.169.254'],
  ['reserved', '0.0.0.0 0.1.2.3 192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1'],
  ['reserved', '203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255'],
  [
    'reserved',
    ':: ::7f00:1 ::ffff:0:7f00:1 64:ff9b:1::1 100::1 100:0:0:1::1 2001::1 2001:db8::1 2002:a9fe:a9fe::1',
  ],
  ['reserved', '3fff::1 4000::1 5f00::1 fec0::1 ff02::1 2600::5efe:7f00:1 2600::200:5efe:a00:1 fe00::1'],
].flatMap(([name, list]) => (list ?? '').split(' ').map((address) => [name, address] as const));

describe('WEBHOOKS §10: the class of an address', () => {
  test.each(rows)('%s: %s', (name, address) => {
    expect(classIn(feeds.judgeAddress(address, address)?.message)).toBe(name);
    const isOpen = name === 'loopback' || name === 'private';
    expect(webhooks.judgeAddress(address, address) === undefined).toBe(isOpen);
  });

  test.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '169.253.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001::5efd:1',
    '64:ff9b::101:101',
    '::ffff:1.1.1.1',
  ])('public: %s', (address) => {
    expect(feeds.judgeAddress(address, address)).toBeUndefined();
    expect(webhooks.judgeAddress(address, address)).toBeUndefined();
  });

  test.each(['fe80::1%lo', '', 'nonsense', '127.0.0.1:80', '::1.1.1.1'])(
    '"%s" is no address and is denied',
    (address) => {
      expect(feeds.judgeAddress(address, 'example.org')).toMatchObject({ code: 'blocked-address' });
      expect(webhooks.judgeAddress(address, 'example.org')).toMatchObject({ code: 'blocked-address' });
    },
  );
});

describe('the host of a URL, in every spelling', () => {
  test.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.0.0.1.',
    '１２７.0.0.1',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:0:0:1]',
  ])('%s is loopback', (host) => {
    expect(classIn(feeds.judgeHost(hostOf(host))?.message)).toBe('loopback');
  });

  test('a name is not judged before it is looked up', () => {
    expect(feeds.judgeHost('localhost')).toBeUndefined();
  });
});

describe('network.feeds.allow', () => {
  const isOpen = (allow: string[], address: string, host = address) =>
    createGuard({ audience: 'feeds', allow }).judgeAddress(address, host) === undefined;

  test.each([
    ['a class word opens its class', ['loopback'], '127.0.0.1', true],
    ['a class word opens no other', ['loopback'], '10.0.0.1', false],
    ['link-local opens link-local', ['link-local'], '169.254.1.1', true],
    ['link-local does not open metadata', ['link-local'], '169.254.169.254', false],
    ['private does not open metadata', ['private'], '100.100.100.200', false],
    ['metadata is no class word', ['metadata'], '169.254.169.254', false],
    ['a CIDR opens its range', ['10.1.0.0/16'], '10.1.255.255', true],
    ['a CIDR ends where it ends', ['10.1.0.0/16'], '10.2.0.0', false],
    ['a CIDR opens the mapped form', ['10.1.0.0/16'], '::ffff:10.1.0.1', true],
    ['a CIDR round it does not open metadata', ['169.254.0.0/16'], '169.254.169.254', false],
    ['the address itself opens metadata', ['169.254.169.254'], '169.254.169.254', true],
    ['an IPv6 CIDR opens its range', ['fd12:3456::/32'], 'fd12:3456::1', true],
    ['an IPv6 address in brackets opens itself', ['[fd12::1]'], 'fd12::1', true],
    ['reserved opens reserved', ['reserved'], '203.0.113.1', true],
    ['a broken CIDR opens nothing', ['10.0.0.0/99'], '10.0.0.1', false],
    [
      'everything at once, the one that fits counts',
      ['a.example', '10.0.0.0/8', 'loopback'],
      '10.9.9.9',
      true,
    ],
    ['an address of ::/96 is not the IPv4 address inside', ['::127.0.0.1'], '127.0.0.1', false],
    ['loopback is loopback in dotted form too', ['loopback'], '::0.0.0.1', true],
    ['an address of ::/96 opens itself', ['::127.0.0.1'], '::7f00:1', true],
  ] as const)('%s', (_name, allow, address, expected) => {
    expect(isOpen([...allow], address)).toBe(expected);
  });

  test('a host name opens whatever the name leads to, and only under that name', () => {
    expect(isOpen(['Bridge.LAN.'], '10.0.0.5', 'bridge.lan')).toBe(true);
    expect(isOpen(['bridge.lan'], '169.254.169.254', 'bridge.lan.')).toBe(true);
    expect(isOpen(['bridge.lan'], '10.0.0.5', 'evil.bridge.lan')).toBe(false);
  });
});

describe('the message', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', '127.0.0.1 is a loopback address, which feeds must not reach', '["loopback"]'],
    ['10.0.0.5', '10.0.0.5', '10.0.0.5 is a private address, which feeds must not reach', '["10.0.0.5"]'],
    ['10.0.0.5', 'nas.lan', 'nas.lan is at 10.0.0.5, a private address, which feeds must', '["nas.lan"]'],
  ])('%s at %s names the class and the line to add', (address, host, sentence, rule) => {
    const message = feeds.judgeAddress(address, host)?.message ?? '';
    expect(message).toContain(sentence);
    expect(message).toContain(`add to feeds.yaml: network: { feeds: { allow: ${rule} } }`);
  });
});

describe('the connector', () => {
  const agents: Agent[] = [];
  afterAll(() => Promise.all(agents.map((agent) => agent.destroy())));

  async function get(guard: EgressGuard, url: string): Promise<string> {
    const agent = new Agent({ connect: guard.connector({ timeout: 5_000 }) });
    agents.push(agent);
    const { body } = await request(url, { dispatcher: agent });
    return body.text();
  }

  /** Answers every name with these addresses, or fails with this code. */
  function resolver(found: string[] | { code: string }): typeof systemLookup {
    const answer = (_name: string, _options: object, callback: (error: unknown, all: unknown) => void) =>
      Array.isArray(found)
        ? callback(
            null,
            found.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
          )
        : callback(Object.assign(new Error(found.code), { ...found, syscall: 'getaddrinfo' }), []);
    return answer as typeof systemLookup;
  }

  test('connects a literal that is allowed', async () => {
    await using server = await startServer((_seen, response) => void response.end('hello'));
    expect(await get(createGuard({ audience: 'feeds', allow: ['loopback'] }), server.url)).toBe('hello');
  });

  test.each(['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', '0.0.0.0'])(
    'never connects the literal %s, which no look-up sees',
    async (host) => {
      await using server = await startServer((_seen, response) => void response.end('hello'));
      const fetched = get(feeds, `http://${host}:${server.port}/`);
      await expect(fetched).rejects.toMatchObject({ code: 'blocked-address' });
      expect(server.requests).toHaveLength(0);
    },
  );

  test('never connects a name that leads inside, and says where it leads', async () => {
    await using server = await startServer((_seen, response) => void response.end('hello'));
    const guard = createGuard({ audience: 'feeds', allow: [], lookup: resolver(['127.0.0.1', '::1']) });
    await expect(get(guard, `http://rebind.example:${server.port}/`)).rejects.toMatchObject({
      code: 'blocked-address',
      message: expect.stringContaining('rebind.example is at 127.0.0.1'),
    });
    expect(server.requests).toHaveLength(0);
  });

  test('of a name with open and closed addresses it uses the open ones', async () => {
    await using server = await startServer((_seen, response) => void response.end('hello'));
    const lookup = resolver(['10.255.255.1', '127.0.0.1']);
    const guard = createGuard({ audience: 'feeds', allow: ['loopback'], lookup });
    expect(await get(guard, `http://mixed.example:${server.port}/`)).toBe('hello');
  });

  test('looks a name up again for each new connection, and judges it again', async () => {
    await using server = await startServer((_seen, response) => {
      response.setHeader('connection', 'close').end('hello');
    });
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    const lookup = ((...args: Parameters<typeof systemLookup>) =>
      (resolver(answers.shift() ?? []) as (...rest: unknown[]) => void)(...args)) as typeof systemLookup;
    const guard = createGuard({ audience: 'feeds', allow: ['loopback'], lookup });
    expect(await get(guard, `http://rebind.example:${server.port}/`)).toBe('hello');
    const again = get(guard, `http://rebind.example:${server.port}/`);
    await expect(again).rejects.toMatchObject({ code: 'blocked-address' });
  });

  test.each([
    ['no such name', { code: 'ENOTFOUND' }, 'dns-not-found'],
    ['no answer', { code: 'EAI_AGAIN' }, 'dns-failed'],
    ['a resolver in trouble', { code: 'EAI_FAIL' }, 'dns-failed'],
    ['no address', [], 'dns-no-address'],
  ])('a look-up that brings %s fails closed', async (_name, found, code) => {
    const guard = createGuard({ audience: 'feeds', allow: ['loopback'], lookup: resolver(found) });
    await expect(get(guard, 'http://feeds.example/')).rejects.toMatchObject({ code });
  });

  test('webhooks reach loopback without a word', async () => {
    await using server = await startServer((_seen, response) => void response.end('hello'));
    expect(await get(webhooks, server.url)).toBe('hello');
  });
});
