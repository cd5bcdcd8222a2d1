// FAULTS group D where only a network of one's own can show it. Each script runs once, in its own namespace; what it
// reports is judged here. Needs root: elsewhere these tests are skipped, and the first line says why.

import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { inNamespace, type Namespace, namespaceProblem } from '../support/network-namespace.ts';
import { blackholes, canaryAddresses, publicAddress } from './places.ts';

const addresses = [publicAddress, ...canaryAddresses.filter((address) => !address.startsWith('127.'))];

const title = `in a network namespace${namespaceProblem === undefined ? '' : ` (skipped: ${namespaceProblem})`}`;
const inOwnNetwork = namespaceProblem === undefined ? describe : describe.skip;
if (namespaceProblem !== undefined) console.warn(`test/netns is skipped: ${namespaceProblem}`);

const starts: (() => unknown)[] = [];

/** All scripts start together, as most of them wait most of the time; the tests of a script share its report. */
function once<Result>(script: string, namespace: Namespace): () => Promise<Result> {
  let running: Promise<Result> | undefined;
  const start = () => {
    running ??= inNamespace<Result>(join(import.meta.dirname, script), namespace);
    return running;
  };
  starts.push(start);
  return start;
}

interface Contact {
  readonly address: string;
  readonly contacts: number;
}

interface AddressesReport {
  readonly ends: Readonly<Record<string, string>>;
  readonly chains: object;
  readonly changing: object;
  readonly both: string;
  readonly pointed: string;
  readonly contacts: readonly Contact[];
  readonly heard: readonly string[];
}

inOwnNetwork(title, () => {
  beforeAll(async () => {
    await Promise.allSettled(starts.map((start) => start()));
  }, 60_000);

  const proxy = 'http://10.0.0.5:80';
  const ways = once<AddressesReport>('addresses.script.ts', {
    addresses,
    env: {
      HTTP_PROXY: proxy,
      http_proxy: proxy,
      HTTPS_PROXY: proxy,
      ALL_PROXY: proxy,
      NODE_USE_ENV_PROXY: '1',
    },
  });

  describe('D01, D06, D11, M15: a feed that leads inside', () => {
    test.each(canaryAddresses)('%s is blocked, however it is reached', async (address) => {
      const { ends } = await ways();
      const own = Object.entries(ends).filter(([way]) => way.startsWith(`${address} `));
      expect(own).toHaveLength(5);
      expect(new Set(own.map(([, end]) => end))).toEqual(new Set(['blocked-address']));
    });

    test('D19, D20: nobody inside was called: not by a redirect, a document, or a proxy of the environment', async () => {
      const { contacts, heard, pointed } = await ways();
      expect(pointed).toBe('document');
      expect(contacts).toEqual([]);
      expect(heard).toEqual(canaryAddresses);
    });

    test('D11: five hops are followed, six are not, and a loop ends', async () => {
      const { chains } = await ways();
      expect(chains).toEqual({
        five: 'document',
        six: 'too-many-redirects',
        loop: 'too-many-redirects',
      });
    });

    test('D09: a name that fails when judged and is there when asked again fails closed', async () => {
      const { changing } = await ways();
      expect(changing).toMatchObject({ flips: 'dns-failed', flipped: 'blocked-address' });
    });

    test('a name that moves inside is followed to the outside only', async () => {
      const { changing, both } = await ways();
      expect(changing).toMatchObject({ rebinds: 'document', rebound: 'blocked-address' });
      expect(both).toBe('document');
    });
  });

  interface NamesReport {
    readonly codes: object;
    readonly ahead: readonly string[];
    readonly deadEndsMeanwhile: number;
    readonly dead: readonly string[];
  }

  describe.each(['4', '32'])('names, with %s threads', (size) => {
    const names = once<NamesReport>('names.script.ts', {
      addresses: [publicAddress],
      hosts: [`${publicAddress} hosts.example`],
      env: { UV_THREADPOOL_SIZE: size },
    });

    test('D24: each end has its code, and the hosts file is heeded', async () => {
      const { codes, dead } = await names();
      expect(codes).toEqual({
        missing: 'dns-not-found',
        empty: 'dns-no-address',
        fault: 'dns-failed',
        refused: 'dns-refused',
        hosts: 'document',
      });
      expect(dead).toEqual(['dns-timeout']);
    });

    test('D25: a hundred names that are never answered hold up neither another name nor a file', async () => {
      const { ahead, deadEndsMeanwhile } = await names();
      expect(ahead).toEqual(Array.from({ length: 10 }, () => 'document'));
      expect(deadEndsMeanwhile).toBe(0);
    });
  });

  interface Tried {
    readonly end: string;
    readonly tried: readonly string[];
  }

  describe('dead ends', () => {
    // getaddrinfo sorts by the address we would send from (RFC 6724 §5). These make it the same one for all, so that the
    // dead ones stay in front.
    const source = '93.184.216.35';
    const dead = once<Record<'halfDead' | 'fiveDead' | 'twentyDead', Tried> & { codes: object }>(
      'dead-ends.script.ts',
      {
        addresses: [publicAddress, source, '2606:4700:1::1'],
        blackholes,
        commands: [
          `ip route change 198.41.0.0/24 dev void0 src ${source}`,
          `ip route change local ${publicAddress} dev lo table local src ${source}`,
        ],
      },
    );

    test('D26: an IPv6 that is blackholed costs one attempt', async () => {
      const { halfDead } = await dead();
      expect(halfDead).toEqual({ end: 'document', tried: ['2606:4700:dead::1', publicAddress] });
    });

    test('D26: the living one of six addresses is found', async () => {
      const { fiveDead } = await dead();
      expect(fiveDead.end).toBe('document');
      expect(fiveDead.tried).toHaveLength(6);
    });

    test('D26: of twenty-one addresses six are tried', async () => {
      const { twentyDead } = await dead();
      expect(twentyDead.end).toBe('connect-timeout');
      expect(twentyDead.tried).toHaveLength(6);
    });

    test('A17: a SYN into nowhere, silence, a reset, a refusal, no route: five codes', async () => {
      const { codes } = await dead();
      expect(codes).toEqual({
        blackhole: 'connect-timeout',
        blackholeOf6: 'connect-timeout',
        silent: 'headers-timeout',
        reset: 'connect-reset',
        refused: 'connect-refused',
        unreachable: 'connect-unreachable',
      });
    });
  });

  interface DaemonReport {
    readonly aliveBefore: number;
    readonly ends: object;
    readonly contacts: readonly Contact[];
    readonly heard: readonly string[];
  }

  describe('the daemon', () => {
    const daemon = once<DaemonReport>('daemon.script.ts', { addresses });

    test('D25: polls the living feed while a hundred names are never answered', async () => {
      const { aliveBefore, ends } = await daemon();
      expect(aliveBefore).toBeGreaterThanOrEqual(2);
      expect(ends).toMatchObject({ alive: 'unchanged' });
    });

    test('D01, D19: asks nobody inside, whatever feeds and documents say', async () => {
      const { ends, contacts, heard } = await daemon();
      expect(ends).toMatchObject({
        pointing: 'unchanged',
        inside: 'blocked-address',
        literal: 'blocked-address',
      });
      expect(contacts).toEqual([]);
      expect(heard).toEqual(canaryAddresses);
    });
  });
});
