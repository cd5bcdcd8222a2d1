// Which site a host belongs to: its registrable domain by the public suffix list, the name that somebody
// registered and under which he may run as many hosts as he likes. Pure; what a site means for politeness is
// lane.ts.
//
// The private part of the list counts as well: at github.io or blogspot.com each user is a site, run by another
// person and measured apart. A publisher that gives each blog a host and counts all of them together is not on
// the list as a suffix (tumblr.com), so its hosts are one site.
// https://publicsuffix.org/learn/

import { getDomain } from 'tldts';

const byPrivateSuffixesToo = { allowPrivateDomains: true, extractHostname: false, validateHostname: false };

/** Lower case, as in a URL; `undefined` for an address, a single label, and a public suffix itself. */
export function siteOf(hostname: string): string | undefined {
  return getDomain(withoutRootDot(hostname), byPrivateSuffixesToo) ?? undefined;
}

/** `example.org.` is the host `example.org`, written out to the root. */
export function withoutRootDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}
