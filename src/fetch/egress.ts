// The one way out: which addresses feeds and webhooks may reach, judged where it cannot be evaded. A literal
// host is judged before connecting (Node never looks those up), every address of a name as it is looked up,
// and the peer of the socket once more before a byte is sent. So neither a redirect, nor an odd spelling, nor
// a name that changes its address leads inside. The ranges are the table of docs/http.md; our own servers are
// out of reach whatever is allowed.

import {
  type Address,
  type AddressClass,
  bareHost,
  classOf,
  isLiteral,
  isRange,
  parseAddress,
  type Range,
  toRange,
  unwrap,
} from './address.ts';
import { type Blocked, type Connect, type ConnectorOptions, createConnector } from './connector.ts';
import { type LookUp, lookUp } from './look-up.ts';
import { isOwnListener, type OwnListener } from './own-listeners.ts';

export type { Blocked } from './connector.ts';
export type { OwnListener } from './own-listeners.ts';

export type Audience = 'feeds' | 'webhooks';

export interface EgressGuard {
  /** Judges a host as `new URL()` spells it; a name passes here and is judged when it is looked up. */
  judgeHost(hostname: string, port?: number): Blocked | undefined;
  /** Judges one address that `hostname` leads to; without a port, our own servers are not looked for. */
  judgeAddress(address: string, hostname: string, port?: number): Blocked | undefined;
  /** What undici connects with. Its errors are our own, with the codes of the connect and tls stages. */
  connector(options: ConnectorOptions): Connect;
}

export interface GuardOptions {
  readonly audience: Audience;
  /** Class words, addresses, CIDRs and host names; what is none of these allows nothing. */
  readonly allow: readonly string[];
  readonly lookup?: LookUp;
  /** Where this process listens now; asked at each connection, as servers start and stop. */
  readonly own?: () => readonly OwnListener[];
}

// The operator writes the webhook URLs, and receivers on the same machine or network are normal; the way to a
// feed is paved by strangers.
const allowedAlways: Readonly<Record<Audience, readonly string[]>> = {
  feeds: [],
  webhooks: ['loopback', 'private'],
};

/** Classes that one word of `allow` opens; a metadata address must be named itself, or its host. */
const classWords: ReadonlySet<string> = new Set(['loopback', 'private', 'link-local', 'reserved']);

const none = (): readonly OwnListener[] => [];

export function createGuard(options: GuardOptions): EgressGuard {
  const { audience, allow, lookup = lookUp, own = none } = options;
  const rules = readRules([...allowedAlways[audience], ...allow]);

  const judgeAddress = (address: string, hostname: string, port?: number): Blocked | undefined => {
    if (port !== undefined && isOwnListener({ address, hostname, port }, own())) {
      return { code: 'blocked-address', message: ownMessage(hostname, port, audience) };
    }
    const parsed = parseAddress(address);
    const kind = parsed === undefined ? 'reserved' : classOf(parsed);
    const host = bareHost(hostname);
    if (kind === 'public' || rules.hosts.has(host)) return undefined;
    if (parsed !== undefined && isAllowed(parsed, kind, rules)) return undefined;
    return { code: 'blocked-address', message: blockMessage(audience, address, host, kind) };
  };
  const judgeHost = (hostname: string, port?: number): Blocked | undefined => {
    const host = bareHost(hostname);
    return isLiteral(host) ? judgeAddress(host, host, port) : undefined;
  };
  const judges = { judgeHost, judgeAddress };
  return { ...judges, connector: (wanted) => createConnector(wanted, judges, lookup) };
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

function blockMessage(audience: Audience, address: string, host: string, kind: AddressClass): string {
  const isName = host !== bareHost(address);
  const rule = isName || kind !== 'loopback' ? host : 'loopback';
  return (
    `${isName ? `${host} is at ${address}, ` : `${host} is `}a ${kind} address, which ${audience} must not reach; ` +
    `to allow it, add to feeds.yaml: network: { ${audience}: { allow: ["${rule}"] } }`
  );
}

function ownMessage(hostname: string, port: number, audience: Audience): string {
  return `${bareHost(hostname)} at port ${port} is feedhook's own server, which ${audience} must not reach; nothing allows it`;
}
