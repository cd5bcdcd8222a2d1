// Makes the connections of the guard: TCP first, straight or through the proxy, and TLS upon it. The peer is judged
// before a handshake tells it a name, and a connection that is never made is told from a handshake that never
// ends. Certificates are always verified: there is no switch, and the environment has none either.

import type { LookupAddress } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { buildConnector } from 'undici';
import { FetchError } from '../errors.ts';
import { bareHost, isLiteral } from './address.ts';
import type { LookUp } from './look-up.ts';
import { networkError } from './network-error.ts';
import { secureContextOf, type TlsSettings, tlsKey } from './tls-context.ts';
import { type Dialling, type Opened, openTunnel, type ProxySettings } from './tunnel.ts';

export interface ConnectorOptions {
  /** Milliseconds for look-up and connect, and again for the TLS handshake; 0 is no time, not no limit. */
  readonly timeout: number;
  /** Ends every connection, those still being made included. */
  readonly signal?: AbortSignal;
  readonly tlsFor?: (origin: string) => TlsSettings | undefined;
  /** Whether HTTP/2 is offered to an origin over TLS. */
  readonly http2For?: (origin: string) => boolean;
  readonly proxy?: ProxySettings;
  /** The time of day, for the figures of a connection. */
  readonly now?: () => number;
}

/** A connection that stands, and when it did. */
export interface Made {
  readonly socket: Socket;
  /** When its addresses were known; absent for a literal, and behind a proxy. */
  readonly resolvedAt?: number;
  readonly connectedAt: number;
  readonly securedAt: number | undefined;
}

/** undici's connector, which also notes how a connection came about before it answers. */
export type Connect = (
  options: buildConnector.Options,
  answer: buildConnector.Callback,
  note?: (made: Made) => void,
) => void;

export interface Blocked {
  readonly code: 'blocked-address';
  readonly message: string;
}

/** Judges a host before it is dialled, and an address that it leads to; both with the port, where it is known. */
export interface Judges {
  judgeHost(hostname: string, port?: number): Blocked | undefined;
  judgeAddress(address: string, hostname: string, port?: number): Blocked | undefined;
}

type Dial = (...call: Parameters<buildConnector.connector>) => Socket;

export function createConnector(options: ConnectorOptions, judges: Judges, lookup: LookUp): Connect {
  const { signal, now = () => 0 } = options;
  const resolved: Resolved = new WeakMap();
  const open = options.proxy
    ? throughProxy(options.proxy, options.timeout, judges, lookup)
    : straight(options.timeout, judges, lookup, { now, resolved });
  const secure = securely(options);
  // One listener for all: a signal given to each socket would keep a listener for each until it aborts.
  const dialled = new Set<Dialling>();
  signal?.addEventListener('abort', () => {
    for (const dialling of dialled) dialling.destroy(signal.reason);
  });

  return (target, answer, note) => {
    const { hostname, protocol } = target;
    const port = Number(target.port || (protocol === 'https:' ? 443 : 80));
    const literal = judges.judgeHost(hostname, port);
    if (literal) return queueMicrotask(() => answer(blockedError(literal), null));
    const fail = (error: Error) => {
      dialled.delete(dialling);
      answer(error, null);
    };
    const end = (socket: Socket, made: Omit<Made, 'socket'>) => {
      dialled.delete(dialling);
      note?.({ socket, ...made });
      answer(null, socket);
    };
    const dialling = open(hostname, port, (error, socket) => {
      if (error) return fail(error);
      const resolvedAt = resolved.get(socket);
      const made = { connectedAt: now(), ...(resolvedAt !== undefined && { resolvedAt }) };
      if (protocol !== 'https:') return end(socket, { ...made, securedAt: undefined });
      secure(target, socket, (fault, secured) => {
        if (!fault) return end(secured, { ...made, securedAt: now() });
        socket.destroy();
        fail(fault);
      });
    });
    dialled.add(dialling);
    if (signal?.aborted) dialling.destroy(signal.reason);
  };
}

/** TCP to the origin; every address is judged as it is looked up, and the one that answers once more. */
function straight(timeout: number, judges: Judges, lookup: LookUp, { now, resolved }: LookUpTimes) {
  const judged = guardedLookup(judges, lookup, timeout);
  // A socket asks for its addresses before the dialler returns it, so this is what the one that asks is told.
  let noteResolved = (): void => {};
  const dial = dialler({
    timeout,
    lookup(hostname, options, callback) {
      const note = noteResolved;
      judged(hostname, options, (...found) => {
        note();
        callback(...found);
      });
    },
  });
  return (hostname: string, port: number, opened: Opened): Dialling => {
    let resolvedAt: number | undefined;
    noteResolved = () => {
      resolvedAt = now();
    };
    return dial({ hostname, port: String(port), protocol: 'http:' }, (error, socket) => {
      if (error) return opened(networkError(error, 'connect'), null);
      if (resolvedAt !== undefined) resolved.set(socket, resolvedAt);
      const blocked = judges.judgeAddress(socket.remoteAddress ?? '', hostname, port);
      if (!blocked) return opened(null, socket);
      socket.destroy();
      opened(blockedError(blocked), null);
    });
  };
}

/** When the addresses of a connection were known. */
type Resolved = WeakMap<Socket, number>;

interface LookUpTimes {
  readonly now: () => number;
  readonly resolved: Resolved;
}

/** A tunnel to the origin; with `resolves: here` only to an address that has been judged. */
function throughProxy(proxy: ProxySettings, timeout: number, judges: Judges, lookup: LookUp) {
  const judged = guardedLookup(judges, lookup, timeout);
  // The operator wrote where the proxy is, so that is not judged.
  const ofProxy = guardedLookup({ judgeAddress: () => undefined }, lookup, timeout);
  return (hostname: string, port: number, opened: Opened): Dialling => {
    const host = bareHost(hostname);
    // A literal has been judged before; a name that the proxy resolves, it also has to judge.
    if (isLiteral(host) || proxy.resolves === 'proxy') {
      return openTunnel({ proxy, host, port, timeout, lookup: ofProxy }, opened);
    }
    let dialling: Dialling | undefined;
    let stopped: Error | undefined;
    const dial = (error: Error | null, address: unknown) => {
      if (error ?? stopped) return opened(networkError(error ?? stopped, 'connect'), null);
      const blocked = judges.judgeAddress(String(address), hostname, port);
      if (blocked) return opened(blockedError(blocked), null);
      dialling = openTunnel({ proxy, host: String(address), port, timeout, lookup: ofProxy }, opened);
    };
    // Never answered before it is returned.
    queueMicrotask(() => judged(host, {}, dial));
    return {
      destroy(error) {
        stopped = error;
        dialling?.destroy(error);
      },
    };
  };
}

/** TLS upon a connection, as its origin wants it; the name in the URL is what SNI and certificate are held to. */
function securely({ timeout, tlsFor, http2For }: ConnectorOptions) {
  // By settings, so that a session is resumed only under the rules it was made under.
  const dials = new Map<string, Dial>();
  const dialFor = (origin: string): Dial => {
    const settings = tlsFor?.(origin);
    const http2 = http2For?.(origin) ?? false;
    const own = tlsKey(settings);
    const key = `${http2 ? 'h2' : 'h1'} ${own}`;
    let dial = dials.get(key);
    if (dial === undefined) {
      const secureContext = settings && own !== '' && secureContextOf(settings);
      dial = dialler({ timeout, http2, ...(secureContext && { secureContext }) });
      dials.set(key, dial);
    }
    return dial;
  };
  return (target: buildConnector.Options, socket: Socket, secured: Opened): void => {
    try {
      dialFor(`https://${target.host}`)({ ...target, httpSocket: socket }, (error, tls) =>
        error ? secured(networkError(error, 'tls'), null) : secured(null, tls),
      );
    } catch (error) {
      secured(networkError(error, 'tls'), null);
    }
  };
}

interface DiallerOptions {
  readonly timeout: number;
  readonly http2?: boolean;
  readonly lookup?: LookupFunction;
  readonly secureContext?: ReturnType<typeof secureContextOf>;
}

// What buildConnector gives also returns the socket that it dials, before it is connected.
function dialler({ timeout, http2 = false, ...rest }: DiallerOptions): Dial {
  return buildConnector({
    ...rest,
    timeout: Math.max(1, timeout),
    allowH2: http2,
    preferH2: http2,
    // Said aloud, as NODE_TLS_REJECT_UNAUTHORIZED=0 would change the default.
    rejectUnauthorized: true,
  } as buildConnector.BuildOptions) as Dial;
}

/** Looks a name up and keeps the addresses that may be reached. */
function guardedLookup(
  { judgeAddress }: Pick<Judges, 'judgeAddress'>,
  lookup: LookUp,
  timeout: number,
): LookupFunction {
  // What is left of the limit is for the connection itself.
  const limitMs = 0.8 * timeout;
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true, limitMs }, (error, found) => {
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
  return blocked ? blockedError(blocked) : new FetchError('dns-no-address', `${hostname} has no address`);
}

function blockedError({ code, message }: Blocked): FetchError {
  return new FetchError(code, message);
}
