// The `store` key for Redis: redis://[[user]:password@]host[:port][,host[:port]…][/database][?parameters]. Not a URL of the web,
// since it may name several hosts. No message here repeats what was written: a part of a password may stand anywhere.

import { isIPv6 } from 'node:net';
import type { RedisNode, RedisStoreConfig } from './config.ts';
import { nearMiss } from './near-miss.ts';
import { Secret } from './secret.ts';
import { databaseOf, decoded, durabilityOf, leaseOf, namesNothing, prefixOf } from './store-parameters.ts';

type Written = Omit<RedisStoreConfig, 'tls'> & {
  /** Over TLS; `ca` is still a path. */
  readonly tls?: { readonly ca?: string };
};

export type StoreUrl = { readonly store: Written } | { readonly problems: readonly string[] };

const parameters = ['sentinel', 'sentinelPassword', 'cluster', 'prefix', 'ca', 'lease', 'durability'];

const form =
  /^(rediss?):\/\/(?:(?<userInfo>[^/?#]*)@)?(?<hosts>[^/?#@]*)(?:\/(?<database>[^?#]*))?(?:\?(?<query>[^#]*))?$/;

const unreadable =
  'expected redis://[[user]:password@]host[:port][/database]; in a password write %2F for /, %3F for ?, %23 for #';

export function isRedisUrl(text: string): boolean {
  return /^rediss?:\/\//.test(text);
}

export function parseStoreUrl(text: string): StoreUrl {
  const parts = form.exec(text);
  if (!parts) return { problems: [unreadable] };
  const { userInfo, hosts = '', database = '', query = '' } = parts.groups ?? {};
  const problems: string[] = [];
  const given = readQuery(query, problems);
  const topology = given.has('cluster') ? 'cluster' : given.has('sentinel') ? 'sentinel' : 'single';
  const store: Written = {
    kind: 'redis',
    topology,
    nodes: nodesOf(hosts, topology === 'sentinel' ? 26_379 : 6_379, problems),
    ...credentialsOf(userInfo, problems),
    database: databaseOf(database, problems),
    ...(parts[1] === 'rediss' && { tls: { ...caOf(given) } }),
    ...sentinelOf(given, problems),
    prefix: prefixOf(given.get('prefix'), problems),
    leaseMs: leaseOf(given.get('lease'), problems),
    ...durabilityOf(given.get('durability'), problems),
  };
  problems.push(...contradictions(store, given));
  if (problems.length === 0) return { store };
  // A / or ? in the password has ended what should have been the credentials: their @ stands behind it.
  const isCut = database.includes('@') || (store.nodes.length === 0 && query.includes('@'));
  return { problems: isCut ? [unreadable] : problems };
}

function readQuery(query: string, problems: string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (const part of query.split('&').filter((piece) => piece !== '')) {
    const at = part.indexOf('=');
    const name = at === -1 ? part : part.slice(0, at);
    if (!parameters.includes(name)) {
      const near = nearMiss(name, parameters);
      const hint = near === undefined ? `known are ${parameters.join(', ')}` : `did you mean ${near}?`;
      problems.push(`a parameter of this name is not known; ${hint}`);
    } else if (given.has(name)) problems.push(`the parameter ${name} stands there twice; remove one`);
    else given.set(name, decoded(at === -1 ? '' : part.slice(at + 1), name, problems));
  }
  return given;
}

function nodesOf(hosts: string, port: number, problems: string[]): RedisNode[] {
  return hosts.split(',').flatMap((text) => {
    const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[A-Za-z0-9._-]+))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups;
    const host = parts?.v6 ?? parts?.host;
    const given = parts?.port === undefined ? port : Number(parts.port);
    const isSound =
      host !== undefined && (parts?.v6 === undefined || isIPv6(parts.v6)) && given > 0 && given < 65_536;
    if (!isSound) problems.push('expected host, host:port or [IPv6]:port, several parted by commas');
    return isSound ? [{ host, port: given }] : [];
  });
}

function credentialsOf(userInfo: string | undefined, problems: string[]): Pick<Written, 'user' | 'password'> {
  if (userInfo === undefined) return {};
  const at = userInfo.indexOf(':');
  const user = decoded(at === -1 ? userInfo : userInfo.slice(0, at), 'user', problems);
  const written = at === -1 ? '' : userInfo.slice(at + 1);
  const password = decoded(written, 'password', problems);
  if (written === '') {
    problems.push('a user without a password; write redis://user:password@host, or redis://:password@host');
  }
  return { ...(user !== '' && { user }), password: new Secret(password) };
}

function caOf(given: ReadonlyMap<string, string>): { readonly ca?: string } {
  const ca = given.get('ca');
  return ca ? { ca } : {};
}

function sentinelOf(
  given: ReadonlyMap<string, string>,
  problems: string[],
): Pick<Written, 'masterName' | 'sentinelPassword'> {
  const masterName = given.get('sentinel');
  const password = given.get('sentinelPassword');
  if (masterName === '') problems.push('sentinel= names no master; write what the sentinels call it');
  return {
    ...(masterName !== undefined && { masterName }),
    ...(password !== undefined && { sentinelPassword: new Secret(password) }),
  };
}

function contradictions(
  { topology, nodes, database, tls }: Written,
  given: ReadonlyMap<string, string>,
): string[] {
  const is = (wrong: boolean, message: string) => (wrong ? [message] : []);
  return [
    ...is(
      given.has('sentinel') && given.has('cluster'),
      'sentinel and cluster exclude each other; remove one',
    ),
    ...is(
      topology === 'single' && nodes.length > 1,
      'several hosts: add sentinel=NAME when they are sentinels, or cluster when they are servers of a cluster',
    ),
    ...is(topology === 'cluster' && database > 0, 'a cluster has database 0 alone; remove the number'),
    ...is(namesNothing(given.get('cluster')), 'cluster takes no value; write cluster'),
    ...is(
      given.has('sentinelPassword') && !given.has('sentinel'),
      'sentinelPassword has no effect without sentinel=NAME; add one or remove it',
    ),
    ...is(given.has('ca') && !tls, 'ca has no effect without TLS; write rediss:// or remove it'),
    ...is(given.get('ca') === '', 'ca= names no file; write the path of certificates in PEM form'),
  ];
}

/** Where it is, for people: without credentials. */
export function storeName({ tls, nodes, database }: RedisStoreConfig): string {
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  return `${tls ? 'rediss' : 'redis'}://${hosts.join(',')}${database > 0 ? `/${database}` : ''}`;
}
