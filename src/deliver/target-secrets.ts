// What of an endpoint a server is likely to repeat in its answer, and nobody may read there: the tokens in its URL, its headers
// and its credentials, in every spelling of fetch/wire-secrets.ts.

import type { EndpointAuth, EndpointConfig } from '../config/config.ts';
import { secretsOf } from '../fetch/wire-secrets.ts';

/** Matches them all, in any case. */
export function targetSecrets({ url, headers, auth, to }: EndpointConfig): RegExp {
  const { pathname } = new URL(url);
  const paths = pathname === '/' ? [] : [pathname, ...pathname.split('/').filter(looksLikeToken)];
  // Under names that no header has.
  const parts = Object.fromEntries([...paths, to ?? ''].map((part, index) => [`(${index})`, part]));
  return secretsOf({
    urls: [url],
    headers: { ...headers, ...parts },
    credentials: auth && credentialsOf(auth),
  });
}

// Names of services and versions are words; to mask those everywhere would only hide what went wrong.
function looksLikeToken(segment: string): boolean {
  return segment.length >= 8 && /[\dA-Z]/.test(segment);
}

function credentialsOf(auth: EndpointAuth) {
  if (auth.kind === 'bearer') return { kind: auth.kind, token: auth.token.reveal() };
  return { kind: auth.kind, user: auth.user, password: auth.password.reveal(), isPreemptive: true };
}
