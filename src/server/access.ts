// Who may ask the admin server. This machine, by a name of loopback: a web page that points its own name here (DNS rebinding)
// learns nothing. Everybody else by a token, where there is one. Pure.

import { createHash, timingSafeEqual } from 'node:crypto';

export interface Asking {
  /** Address of the socket, never what a header says of it. */
  readonly peer: string;
  /** The header. */
  readonly host: string;
  readonly authorization: string;
}

const loopbackNames = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/i;
const loopbackPeers = /^(?:::ffff:)?127\.|^::1$/;

/** The status to refuse it with; absent when it is welcome. `tokenDigest`: SHA-256 of the token, hex. */
export function refusalOf(
  { peer, host, authorization }: Asking,
  tokenDigest?: string,
): 401 | 421 | undefined {
  if (loopbackPeers.test(peer) && loopbackNames.test(host)) return undefined;
  if (tokenDigest === undefined) return 421;
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  return token !== undefined && isSame(token, tokenDigest) ? undefined : 401;
}

/** Digests are of one length, and tell nothing by the time that their comparison takes. */
function isSame(token: string, digest: string): boolean {
  return timingSafeEqual(createHash('sha256').update(token).digest(), Buffer.from(digest, 'hex'));
}
