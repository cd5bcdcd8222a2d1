// A way to an origin through the HTTP proxy of feeds.yaml: one CONNECT, and the socket behind its 2xx. Plain http
// goes through it too, so that the proxy sees addresses and no feeds. The proxy's own credentials go to it alone.
// RFC 9110 §9.3.6: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6

import { type ClientRequest, request } from 'node:http';
import { isIPv6, type LookupFunction, type Socket } from 'node:net';
import { FetchError } from '../errors.ts';
import { bareHost } from './address.ts';
import { networkError } from './network-error.ts';

export interface ProxySettings {
  /** `http://[user:password@]host:port`; never to be logged. */
  readonly url: string;
  /** Who looks host names up, and so who judges where they lead. */
  readonly resolves: 'here' | 'proxy';
}

export interface Tunnel {
  readonly proxy: ProxySettings;
  /** An address, or a name that the proxy is to look up. */
  readonly host: string;
  readonly port: number;
  /** For everything up to the proxy's answer. */
  readonly timeout: number;
  /** For the proxy's own name. */
  readonly lookup: LookupFunction;
}

/** A connection on its way: TCP, or TCP and the tunnel within. */
export interface Dialling {
  destroy(error?: Error): unknown;
}

// Enough for an honest refusal.
const maxHeaderBytes = 8 * 1_024;

export type Opened = (...result: [error: Error, socket: null] | [error: null, socket: Socket]) => void;

export function openTunnel(tunnel: Tunnel, opened: Opened): Dialling {
  const asked = connectRequest(tunnel);
  let dialling: Dialling = asked;
  let isLate = false;
  const limit = AbortSignal.timeout(Math.max(1, tunnel.timeout));
  const expire = () => {
    isLate = true;
    asked.destroy();
  };
  limit.addEventListener('abort', expire);
  asked.on('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
    limit.removeEventListener('abort', expire);
    dialling = socket;
    const fault = faultIn(statusCode, head);
    if (fault === undefined) return opened(null, socket);
    socket.destroy();
    opened(refused(tunnel, fault), null);
  });
  asked.on('error', (error: NodeJS.ErrnoException) => {
    limit.removeEventListener('abort', expire);
    if (error.name === 'AbortError') return opened(networkError(error, 'connect'), null);
    const why = isLate ? `no answer within ${tunnel.timeout} ms` : (error.code ?? error.message);
    opened(refused(tunnel, why, error), null);
  });
  asked.end();
  return { destroy: (error) => dialling.destroy(error) };
}

function connectRequest({ proxy, host, port, lookup }: Tunnel): ClientRequest {
  const { hostname, port: proxyPort, username, password } = new URL(proxy.url);
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return request({
    method: 'CONNECT',
    host: bareHost(hostname),
    port: proxyPort || 80,
    path: authority,
    headers: { host: authority, ...proxyAuthorization(username, password) },
    // Not the shared agent, which would heed the environment.
    agent: false,
    maxHeaderSize: maxHeaderBytes,
    lookup: lookup as never,
  });
}

// RFC 7617 §2: https://www.rfc-editor.org/rfc/rfc7617#section-2
function proxyAuthorization(username: string, password: string): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${unescaped(username)}:${unescaped(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function unescaped(userInfo: string): string {
  try {
    return decodeURIComponent(userInfo);
  } catch {
    // A lone % that was never meant as an escape.
    return userInfo;
  }
}

// In HTTP and in TLS the client speaks first, so what follows the 2xx at once comes from no origin. undici would take
// it for an answer that nobody asked for, drop the tunnel and open the next one, as fast as it can.
function faultIn(statusCode: number, head: Buffer): string | undefined {
  if (statusCode < 200 || statusCode > 299) return `it answered ${statusCode}`;
  return head.length > 0 ? `it said more than ${statusCode}` : undefined;
}

/** Says where the proxy is, never its user-info. */
function refused({ proxy, host, port }: Tunnel, what: string, cause?: Error): FetchError {
  const message = `the proxy ${new URL(proxy.url).host} opened no way to ${host}:${port}: ${what}`;
  return new FetchError('proxy-failed', message, cause && { cause });
}
