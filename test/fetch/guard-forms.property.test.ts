// FAULTS §7: every address of every range, in every spelling that `new URL()` folds and in every IPv6 form that
// carries an IPv4 address, is judged alike. The ranges are written down here a second time, on purpose.

import { SocketAddress } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createGuard } from '../../src/fetch/egress.ts';
import { runs } from './recorded-responses.ts';

const closed = createGuard({ audience: 'feeds', allow: [] });

const classes = ['loopback', 'private', 'link-local', 'metadata', 'reserved'] as const;
type Class = (typeof classes)[number];

/** Class, then the ranges of IPv4 as `first octets/bits`. */
const ranges4: readonly (readonly [Class, string])[] = [
  ['loopback', '127.0.0.0/8'],
  ['private', '10.0.0.0/8'],
  ['private', '172.16.0.0/12'],
  ['private', '192.168.0.0/16'],
  ['private', '100.64.0.0/10'],
  ['link-local', '169.254.0.0/16'],
  ['metadata', '169.254.169.254/32'],
  ['metadata', '100.100.100.200/32'],
  ['metadata', '168.63.129.16/32'],
  ['reserved', '0.0.0.0/8'],
  ['reserved', '192.0.0.0/24'],
  ['reserved', '192.0.2.0/24'],
  ['reserved', '192.88.99.0/24'],
  ['reserved', '198.18.0.0/15'],
  ['reserved', '198.51.100.0/24'],
  ['reserved', '203.0.113.0/24'],
  ['reserved', '224.0.0.0/4'],
  ['reserved', '240.0.0.0/4'],
];

/** Class, then the ranges of IPv6 as eight groups and bits. */
const ranges6: readonly (readonly [Class, string])[] = [
  ['loopback', '0:0:0:0:0:0:0:1/128'],
  ['reserved', '0:0:0:0:0:0:0:0/128'],
  ['private', 'fc00:0:0:0:0:0:0:0/7'],
  ['metadata', 'fd00:ec2:0:0:0:0:0:254/128'],
  ['link-local', 'fe80:0:0:0:0:0:0:0/10'],
  ['reserved', 'ff00:0:0:0:0:0:0:0/8'],
  ['reserved', '2001:db8:0:0:0:0:0:0/32'],
  ['reserved', '3fff:0:0:0:0:0:0:0/20'],
  ['reserved', '100:0:0:0:0:0:0:0/64'],
  ['reserved', '100:0:0:1:0:0:0:0/64'],
  ['reserved', '64:ff9b:1:0:0:0:0:0/48'],
  ['reserved', '2001:0:0:0:0:0:0:0/32'],
  ['reserved', '2002:0:0:0:0:0:0:0/16'],
  ['reserved', 'fec0:0:0:0:0:0:0:0/10'],
  ['reserved', '5f00:0:0:0:0:0:0:0/16'],
  // The rest outside 2000::/3.
  ['reserved', '4000:0:0:0:0:0:0:0/2'],
  ['reserved', '8000:0:0:0:0:0:0:0/2'],
  ['reserved', 'c000:0:0:0:0:0:0:0/3'],
  ['reserved', '200:0:0:0:0:0:0:0/7'],
  ['reserved', '400:0:0:0:0:0:0:0/6'],
  ['reserved', '800:0:0:0:0:0:0:0/5'],
  ['reserved', '1000:0:0:0:0:0:0:0/4'],
];

// ——— addresses as numbers

interface Range {
  readonly base: bigint;
  readonly spread: bigint;
}

const number4 = (text: string) => text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
const number6 = (text: string) =>
  text.split(':').reduce((sum, part) => sum * 65_536n + BigInt(`0x${part}`), 0n);

function rangeOf(cidr: string): Range {
  const [base = '', bits = ''] = cidr.split('/');
  const width = base.includes(':') ? 128n : 32n;
  return {
    base: base.includes(':') ? number6(base) : number4(base),
    spread: 2n ** (width - BigInt(bits)) - 1n,
  };
}

const within = ({ base, spread }: Range, address: bigint) => address >= base && address <= base + spread;
const inside = (cidr: string) => {
  const { base, spread } = rangeOf(cidr);
  return fc.bigInt({ min: 0n, max: spread }).map((offset) => base + offset);
};

const isMetadata = (ranges: typeof ranges4, address: bigint) =>
  ranges.some(([kind, cidr]) => kind === 'metadata' && within(rangeOf(cidr), address));

/** Addresses of these ranges with the class of each; a metadata address counts as one wherever it lies. */
const denied = (ranges: typeof ranges4) =>
  fc
    .constantFrom(...ranges)
    .chain(([kind, cidr]) => inside(cidr).map((address) => ({ kind, address })))
    .map(({ kind, address }) => ({
      address,
      kind: isMetadata(ranges, address) ? ('metadata' as const) : kind,
    }));

const octets = (address: bigint) => [24n, 16n, 8n, 0n].map((shift) => Number((address >> shift) & 255n));
const groups = (address: bigint) =>
  Array.from({ length: 8 }, (_, at) => Number((address >> BigInt(112 - 16 * at)) & 0xffffn));

// Given to special uses by the registries and not to hosts: neither listed above nor public.
const neither4 = ['192.31.196.0/24', '192.52.193.0/24', '192.175.48.0/24'].map(rangeOf);
const public4 = fc
  .bigInt({ min: 0n, max: 2n ** 32n - 1n })
  .filter(
    (address) =>
      ![...ranges4.map(([, cidr]) => rangeOf(cidr)), ...neither4].some((range) => within(range, address)),
  );

const isIsatap = (address: bigint) => [0x0000_5efen, 0x0200_5efen].includes((address >> 32n) & 0xffff_ffffn);
// 2001::/16, 2002::/16, 2620:4f:8000::/48 and 3000::/4 hold special uses.
const public6 = fc
  .oneof(inside('2400:0:0:0:0:0:0:0/6'), inside('2800:0:0:0:0:0:0:0/5'))
  .filter((address) => !isIsatap(address) && !within(rangeOf('2620:4f:8000:0:0:0:0:0/48'), address));

// ——— spellings

const dotted = (address: bigint) => octets(address).join('.');

/** The same number in one to four parts, each in any base and with any zeros before it. */
const parts4 = (address: bigint): fc.Arbitrary<string> =>
  fc.integer({ min: 1, max: 4 }).chain((count) => {
    const all = octets(address);
    const last = all.slice(count - 1).reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
    const numbers = [...all.slice(0, count - 1).map(BigInt), last];
    return fc.tuple(...numbers.map(spelled)).map((texts) => texts.join('.'));
  });

const spelled = (number: bigint): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom('decimal', 'octal', 'hex', 'HEX'), fc.nat(12)).map(([base, zeros]) => {
    const padding = '0'.repeat(zeros);
    if (base === 'decimal') return String(number);
    if (base === 'octal') return `0${padding}${number.toString(8)}`;
    return base === 'hex'
      ? `0x${padding}${number.toString(16)}`
      : `0X${padding}${number.toString(16).toUpperCase()}`;
  });

const dots = ['.', '。', '．', '｡'];
const fullWidth = (character: string) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0);
const percent = (character: string) =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** A character of a host as it is, wide, or in percent: all of them mean the same. */
const disguised = (character: string): fc.Arbitrary<string> => {
  const forms = character === '.' ? dots : [character, fullWidth(character)];
  return fc
    .tuple(fc.constantFrom(...forms), fc.boolean())
    .map(([form, hidden]) => (hidden ? percent(form) : form));
};

/** Any way to write an IPv4 address in a URL. */
const spelled4 = (address: bigint): fc.Arbitrary<string> =>
  fc.tuple(parts4(address), fc.boolean(), fc.boolean()).chain(([text, endsInDot, isDisguised]) => {
    const host = endsInDot ? `${text}.` : text;
    return isDisguised ? fc.tuple(...[...host].map(disguised)).map((all) => all.join('')) : fc.constant(host);
  });

/** Any way to write an IPv6 address: zeros, capitals, a `::` at any run of zeros, the end as IPv4. */
const spelled6 = (address: bigint): fc.Arbitrary<string> =>
  fc
    .record({
      pad: fc.boolean(),
      capital: fc.boolean(),
      mixed: fc.boolean(),
      from: fc.nat(8),
      length: fc.nat(8),
    })
    .map(({ pad, capital, mixed, from, length }) => {
      const texts = groups(address).map((group) => group.toString(16).padStart(pad ? 4 : 1, '0'));
      const all = mixed ? [...texts.slice(0, 6), dotted(address & 0xffff_ffffn)] : texts;
      const zeros = all.slice(from, from + length);
      const canFold = zeros.length > 1 && zeros.every((text) => /^0+$/.test(text));
      const text = canFold
        ? `${all.slice(0, from).join(':')}::${all.slice(from + length).join(':')}`
        : all.join(':');
      return capital ? text.toUpperCase() : text;
    });

const hostOf = (host: string) => new URL(`http://${host}/`).hostname;
const classIn = (message: string | undefined) => /a ([a-z-]+) address/.exec(message ?? '')?.[1];
const judge = (host: string, guard = closed) => guard.judgeHost(host);

/** An IPv6 address as a URL, as itself, and as the system spells it after a look-up (`::127.0.0.1`). */
function verdictsOn(text: string, guard = closed) {
  const system = new SocketAddress({ address: text, family: 'ipv6' }).address;
  return [
    guard.judgeHost(hostOf(`[${text}]`)),
    guard.judgeAddress(text, 'name.example'),
    guard.judgeAddress(system, 'name.example'),
  ];
}

// ——— carriers of IPv4

/** Forms that a host reaches as the IPv4 address inside: judged as that address. */
const transparent: readonly (readonly [string, (inner: bigint) => bigint])[] = [
  ['mapped', (inner) => number6('0:0:0:0:0:ffff:0:0') + inner],
  ['NAT64', (inner) => number6('64:ff9b:0:0:0:0:0:0') + inner],
];
/** Forms of tunnels and translators, which are denied whatever is inside. */
const tunnels: readonly (readonly [string, (inner: bigint, rest: bigint) => bigint])[] = [
  ['compatible', (inner) => inner],
  ['translated', (inner) => number6('0:0:0:0:ffff:0:0:0') + inner],
  ['local NAT64', (inner, rest) => number6('64:ff9b:1:0:0:0:0:0') + ((rest & 0xffff_ffffn) << 32n) + inner],
  ['6to4', (inner, rest) => number6('2002:0:0:0:0:0:0:0') + (inner << 80n) + rest],
  ['Teredo', (inner, rest) => number6('2001:0:0:0:0:0:0:0') + (rest << 32n) + (inner ^ 0xffff_ffffn)],
  ['ISATAP', (inner, rest) => number6('2a00:0:0:0:0:0:0:0') + (rest << 64n) + (0x0000_5efen << 32n) + inner],
  [
    'ISATAP, universal',
    (inner, rest) => number6('2a00:0:0:0:0:0:0:0') + (rest << 64n) + (0x0200_5efen << 32n) + inner,
  ],
];
const rest = fc.bigInt({ min: 0n, max: 2n ** 48n - 1n });
const any4 = fc.oneof(
  denied(ranges4).map(({ address }) => address),
  public4,
);

const checked = { numRuns: runs(1_000) };

describe('addresses that feeds must not reach', () => {
  test('IPv4, in any spelling, are denied under the name of their class', () => {
    const spelling = denied(ranges4).chain(({ kind, address }) =>
      spelled4(address).map((host) => ({ kind, address: dotted(address), host })),
    );
    const property = fc.property(spelling, ({ kind, address, host }) => {
      expect(hostOf(host)).toBe(address);
      expect(classIn(judge(hostOf(host))?.message)).toBe(kind);
      expect(classIn(judge(`${address}.`)?.message)).toBe(kind);
      expect(classIn(closed.judgeAddress(address, 'name.example')?.message)).toBe(kind);
    });
    fc.assert(property, checked);
  });

  test('IPv6, in any spelling, are denied under the name of their class', () => {
    const spelling = denied(ranges6).chain(({ kind, address }) =>
      spelled6(address).map((text) => ({ kind, text })),
    );
    const property = fc.property(spelling, ({ kind, text }) => {
      const found = verdictsOn(text).map((verdict) => classIn(verdict?.message));
      expect(found).toEqual([kind, kind, kind]);
    });
    fc.assert(property, checked);
  });

  test.each(transparent)('%s IPv4 is judged as the IPv4 inside', (_name, carry) => {
    const spelling = denied(ranges4).chain(({ kind, address }) =>
      spelled6(carry(address)).map((text) => ({ kind, text })),
    );
    const property = fc.property(spelling, ({ kind, text }) => {
      const found = verdictsOn(text).map((verdict) => classIn(verdict?.message));
      expect(found).toEqual([kind, kind, kind]);
    });
    fc.assert(property, { numRuns: runs(300) });
  });

  test.each(tunnels)('%s IPv4 is denied, whatever is inside', (_name, carry) => {
    const spelling = fc.tuple(any4, rest).chain(([inner, more]) => spelled6(carry(inner, more)));
    const property = fc.property(spelling, (text) => {
      // ::1 is of this form too, and loopback.
      const kind = classIn(judge(hostOf(`[${text}]`))?.message);
      expect(kind).toMatch(/^(reserved|loopback)$/);
      expect(verdictsOn(text).map((verdict) => classIn(verdict?.message))).toEqual([kind, kind, kind]);
    });
    fc.assert(property, { numRuns: runs(300) });
  });

  test('an address with a zone is denied, whatever it is', () => {
    const zoned = fc
      .tuple(
        fc.oneof(
          public6,
          denied(ranges6).map(({ address }) => address),
        ),
        fc.stringMatching(/^[a-z0-9]{1,8}$/),
      )
      .chain(([address, zone]) => spelled6(address).map((text) => `${text}%${zone}`));
    fc.assert(
      fc.property(zoned, (text) => expect(closed.judgeAddress(text, 'name.example')).toBeDefined()),
      { numRuns: runs(200) },
    );
  });
});

describe('public addresses', () => {
  test('IPv4, in any spelling and inside a transparent form, are allowed', () => {
    const spelling = public4.chain((address) =>
      fc.tuple(
        spelled4(address),
        fc.constantFrom(...transparent).chain(([, carry]) => spelled6(carry(address))),
      ),
    );
    const property = fc.property(spelling, ([host, carried]) => {
      expect(judge(hostOf(host))).toBeUndefined();
      expect(verdictsOn(carried)).toEqual([undefined, undefined, undefined]);
    });
    fc.assert(property, checked);
  });

  test('IPv6, in any spelling, are allowed', () => {
    const property = fc.property(public6.chain(spelled6), (text) => {
      expect(verdictsOn(text)).toEqual([undefined, undefined, undefined]);
    });
    fc.assert(property, checked);
  });
});

describe.each(['loopback', 'private', 'link-local', 'reserved', 'metadata'])('allow: [%s]', (word) => {
  const guard = createGuard({ audience: 'feeds', allow: [word] });
  // Metadata is no word: only the address itself opens it.
  const opens = (kind: Class) => kind === word && word !== 'metadata';

  test('opens exactly its class, in any form', () => {
    const v4 = denied(ranges4).chain(({ kind, address }) =>
      fc
        .oneof(
          spelled4(address),
          fc
            .constantFrom(...transparent)
            .chain(([, carry]) => spelled6(carry(address)).map((text) => `[${text}]`)),
        )
        .map((host) => ({ kind, host })),
    );
    const v6 = denied(ranges6).chain(({ kind, address }) =>
      spelled6(address).map((text) => ({ kind, host: `[${text}]` })),
    );
    const property = fc.property(fc.oneof(v4, v6), ({ kind, host }) => {
      expect([kind, judge(hostOf(host), guard) === undefined]).toEqual([kind, opens(kind)]);
    });
    fc.assert(property, { numRuns: runs(500) });
  });
});

test('an address of the allow list opens itself in any form, and its neighbour stays closed', () => {
  const pair = denied(ranges4).chain(({ address }) =>
    fc.tuple(fc.constant(address), spelled4(address), fc.constantFrom(...transparent)),
  );
  const property = fc.property(pair, ([address, host, [, carry]]) => {
    const guard = createGuard({ audience: 'feeds', allow: [dotted(address)] });
    expect(guard.judgeHost(hostOf(host))).toBeUndefined();
    expect(
      guard.judgeAddress(
        groups(carry(address))
          .map((group) => group.toString(16))
          .join(':'),
        'x',
      ),
    ).toBeUndefined();
    const neighbour = dotted(address ^ 1n);
    expect(guard.judgeHost(neighbour)).toEqual(closed.judgeHost(neighbour));
  });
  fc.assert(property, { numRuns: runs(300) });
});
