// The one way out: which addresses feeds and webhooks may reach, judged where it cannot be evaded. A literal
// host is judged before connecting (Node never looks those up), every address of a name as it is looked up,
// and the peer of the socket once more before a byte is sent. So neither a redirect, nor an odd spelling, nor
// a name that changes its address leads inside. The ranges are the table of docs/http.md.

import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { FetchError } from '../errors.ts';
import { networkError } from './network-error.ts';

export type Audience = 'feeds' | 'webhooks';
export type AddressClass = 'public' | 'loopback' | 'private' | 'link-local' | 'metadata' | 'reserved';

export interface Blocked {
  readonly code: 'blocked-address';
  readonly message: string;
}

export interface EgressGuard {
  /** Judges a host as `new URL()` spells it; a name passes here and is judged when it is looked up. */
  judgeHost(hostname: string): Blocked | undefined;
  /** Judges one address that `hostname` leads to. */
  judgeAddress(address: string, hostname: string): Blocked | undefined;
  /** What undici connects with. Its errors are our own, with the codes of the connect and tls stages. */
  connector(options: ConnectorOptions): buildConnector.connector;
}

export interface ConnectorOptions {
  /** Milliseconds for look-up and connect, and again for the TLS handshake; 0 is no time, not no limit. */
  readonly timeout: number;
  /** Ends every connection, those still being made included. */
  readonly signal?: AbortSignal;
}

export interface GuardOptions {
  readonly audience: Audience;
  /** Class words, addresses, CIDRs and host names; what is none of these allows nothing. */
  readonly allow: readonly string[];
  readonly lookup?: typeof systemLookup;
}

type Address = ReturnType<typeof ipaddr.parse>;
type Range = readonly [Address, number];

// The operator writes the webhook URLs, and receivers on the same machine or network are normal; the way to a
// feed is paved by strangers.
const allowedAlways: Readonly<Record<Audience, readonly string[]>> = {
  feeds: [],
  webhooks: ['loopback', 'private'],
};

/** Classes that one word of `allow` opens; a metadata address must be named itself, or its host. */
const classWords: ReadonlySet<string> = new Set(['loopback', 'private', 'link-local', 'reserved']);

const ranges = {
  // Where clouds hand out credentials.
  metadata: cidrs(
    '169.254.169.254/32 169.254.170.2/32 100.100.100.200/32 168.63.129.16/32 fd00:ec2::254/128 fd20:ce::254/128',
  ),
  'link-local': cidrs('169.254.0.0/16 fe80::/10'),
  loopback: cidrs('127.0.0.0/8 ::1/128'),
  private: cidrs('10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7'),
};

export function createGuard({ audience, allow, lookup = systemLookup }: GuardOptions): EgressGuard {
  const rules = readRules([...allowedAlways[audience], ...allow]);

  const judgeAddress = (address: string, hostname: string): Blocked | undefined => {
    const parsed = parseAddress(address);
    const kind = parsed === undefined ? 'reserved' : classOf(parsed);
    const host = bareHost(hostname);
    if (kind === 'public' || rules.hosts.has(host)) return undefined;
    if (parsed !== undefined && isAllowed(parsed, kind, rules)) return undefined;
    return { code: 'blocked-address', message: blockMessage(audience, address, host, kind) };
  };
  const judgeHost = (hostname: string): Blocked | undefined => {
    const host = bareHost(hostname);
    return ipaddr.isValid(host) ? judgeAddress(host, host) : undefined;
  };
  const judges = { judgeHost, judgeAddress };
  return { ...judges, connector: (options) => createConnector(options, judges, lookup) };
}

/** The class of an address; an IPv4 address inside an IPv6 one counts as what it is. */
export function classOf(address: Address): AddressClass {
  const inner = unwrap(address);
  const named = ipaddr.subnetMatch(inner, ranges as never, 'other');
  if (named !== 'other') return named as keyof typeof ranges;
  if (inner.range() !== 'unicast') return 'reserved';
  return inner instanceof ipaddr.IPv6 && !isGlobalUnicast(inner) ? 'reserved' : 'public';
}

// RFC 4291 §2.5.5.2 (mapped) and RFC 6052 §2.1 (NAT64) carry the IPv4 address in the last four bytes.
function unwrap(address: Address): Address {
  const bytes = address.toByteArray();
  const isCarrier = carriers.some((carrier) => carrier.every((byte, index) => bytes[index] === byte));
  return bytes.length === 16 && isCarrier ? ipaddr.fromByteArray(bytes.slice(12)) : address;
}

const carriers = ['::ffff:0:0', '64:ff9b::'].map((prefix) => ipaddr.parse(prefix).toByteArray().slice(0, 12));

// Only 2000::/3 is given out (RFC 4291 §2.4), and ISATAP (RFC 5214 §6.1) hides an IPv4 address in there.
function isGlobalUnicast(address: InstanceType<typeof ipaddr.IPv6>): boolean {
  const bytes = address.toByteArray();
  const [high = 0, low, oui, type] = bytes.slice(8, 12);
  const isIsatap = (high === 0 || high === 2) && low === 0 && oui === 0x5e && type === 0xfe;
  return ((bytes[0] ?? 0) & 0xe0) === 0x20 && !isIsatap;
}

interface Rules {
  readonly classes: ReadonlySet<string>;
  readonly ranges: readonly Range[];
  readonly hosts: ReadonlySet<string>;
}

function readRules(allow: readonly string[]): Rules {
  const words = allow.filter((rule) => classWords.has(rule));
  const others = allow.filter((rule) => !classWords.has(rule)).map(bareHost);
  return {
    classes: new Set(words),
    ranges: others.flatMap((rule) => (isRange(rule) ? [toRange(rule)] : [])),
    hosts: new Set(others.filter((rule) => !isRange(rule))),
  };
}

function isAllowed(address: Address, kind: AddressClass, rules: Rules): boolean {
  if (rules.classes.has(kind)) return true;
  const inner = unwrap(address);
  return rules.ranges.some(
    ([base, bits]) =>
      base.kind() === inner.kind() &&
      inner.match(base, bits) &&
      // A wide range does not open the metadata address that happens to lie in it.
      (kind !== 'metadata' || bits === inner.toByteArray().length * 8),
  );
}

function isRange(rule: string): boolean {
  return ipaddr.isValid(rule) || ipaddr.isValidCIDR(rule);
}

function toRange(rule: string): Range {
  if (ipaddr.isValidCIDR(rule)) return ipaddr.parseCIDR(rule);
  const address = unwrap(ipaddr.parse(rule));
  return [address, address.toByteArray().length * 8];
}

function cidrs(list: string): [Address, number][] {
  return list.split(' ').map((cidr) => ipaddr.parseCIDR(cidr));
}

// A zone id (`fe80::1%eth0`) names an interface of ours: unreadable by intent, and so denied.
function parseAddress(text: string): Address | undefined {
  return !text.includes('%') && ipaddr.isValid(text) ? ipaddr.parse(text) : undefined;
}

/** Without the brackets of IPv6 and the final dot of a complete name. */
function bareHost(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

function blockMessage(audience: Audience, address: string, host: string, kind: AddressClass): string {
  const isName = host !== bareHost(address);
  const rule = isName || kind !== 'loopback' ? host : 'loopback';
  return (
    `${isName ? `${host} is at ${address}, ` : `${host} is `}a ${kind} address, which ${audience} must not reach; ` +
    `to allow it, add to feeds.yaml: network: { ${audience}: { allow: ["${rule}"] } }`
  );
}

type Judges = Pick<EgressGuard, 'judgeHost' | 'judgeAddress'>;

// TCP first and TLS upon it, so that the peer is judged before a handshake tells it a name, and so that a
// connection that is never made is told from a handshake that never ends.
function createConnector(
  { timeout, signal }: ConnectorOptions,
  judges: Judges,
  lookup: typeof systemLookup,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: Math.max(1, timeout),
    allowH2: false,
    lookup: guardedLookup(judges, lookup),
  }) as Dial;
  // One listener for all: a signal given to each socket would keep a listener for each until it aborts.
  const dialled = new Set<Socket>();
  signal?.addEventListener('abort', () => {
    for (const socket of dialled) socket.destroy(signal.reason);
  });

  return (options, answer) => {
    const callback: buildConnector.Callback = (...result) => {
      dialled.delete(dialling);
      answer(...result);
    };
    const { hostname, protocol } = options;
    const port = options.port || (protocol === 'https:' ? '443' : '80');
    const literal = judges.judgeHost(hostname);
    if (literal) return queueMicrotask(() => answer(blockedError(literal), null));
    const dialling = connect({ hostname, port, protocol: 'http:' }, (error, socket) => {
      if (error) return callback(networkError(error, 'connect'), null);
      const peer = judges.judgeAddress(socket.remoteAddress ?? '', hostname);
      if (peer) return callback(blockedError(peer, socket), null);
      if (protocol !== 'https:') return callback(null, socket);
      connect({ ...options, port, httpSocket: socket }, (fault, secured) => {
        if (!fault) return callback(null, secured);
        socket.destroy();
        callback(networkError(fault, 'tls'), null);
      });
    });
    dialled.add(dialling);
    if (signal?.aborted) dialling.destroy(signal.reason);
  };
}

/** What buildConnector gives also returns the socket that it dials, before it is connected. */
type Dial = (...call: Parameters<buildConnector.connector>) => Socket;

/** Looks a name up and keeps the addresses that may be reached. */
function guardedLookup({ judgeAddress }: Judges, lookup: typeof systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const reachable = found.filter(({ address }) => judgeAddress(address, hostname) === undefined);
      const [first] = reachable;
      if (first === undefined) return callback(noAddress(hostname, found, judgeAddress), []);
      if (options.all) callback(null, reachable);
      else callback(null, first.address, first.family);
    });
  };
}

function noAddress(
  hostname: string,
  found: readonly LookupAddress[],
  judge: Judges['judgeAddress'],
): FetchError {
  const blocked = found[0] && judge(found[0].address, hostname);
  return blocked ? blockedError(blocked) : new FetchError('dns-not-found', `${hostname} has no address`);
}

function blockedError({ code, message }: Blocked, socket?: Socket): FetchError {
  socket?.destroy();
  return new FetchError(code, message);
}
