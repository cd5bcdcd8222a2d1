// What an endpoint says that works but is probably not meant: nobody can verify it, everybody can read it, nothing reaches it.

import { isIP } from 'node:net';
import type { FileEndpoint } from './endpoint-schema.ts';
import type { Finding, Placed } from './finding.ts';
import { traitsOf } from './formats.ts';
import { nearMiss } from './near-miss.ts';
import type { FileFeed } from './schema.ts';

interface Known {
  readonly endpoints: readonly Placed<FileEndpoint>[];
  readonly feeds: readonly Placed<FileFeed>[];
}

export function endpointDoubts({ endpoints, feeds }: Known): Finding[] {
  const labels = new Set(feeds.flatMap(({ value }) => value.labels ?? []));
  return endpoints.flatMap((endpoint) => [
    ...unsigned(endpoint),
    ...readable(endpoint),
    ...withoutToken(endpoint),
    ...unknownLabels(endpoint, labels),
    ...(endpoint.value.labels?.every((label) => labels.has(label)) === false
      ? []
      : unreached(endpoint, feeds)),
  ]);
}

function unsigned({ path, value }: Placed<FileEndpoint>): Finding[] {
  const isSigned = value.secret !== undefined || Object.values(value.signatures).some(Boolean);
  if (isSigned || traitsOf[value.format].isChat) return [];
  return [{ path, message: `endpoint ${value.id} has no secret: its deliveries are not signed` }];
}

/** By name in lower case: what servers ask their keys in. */
const secretHeader = /^(authorization|cookie)$|key|token|secret/;

function readable({ path, value: { id, url, format, auth, headers = {} } }: Placed<FileEndpoint>): Finding[] {
  const { protocol, hostname } = new URL(url);
  const isTelling =
    traitsOf[format].isChat ||
    auth !== undefined ||
    Object.keys(headers).some((name) => secretHeader.test(name.toLowerCase()));
  if (protocol === 'https:' || !isTelling || isNearby(hostname)) return [];
  const message = `endpoint ${id} sends its credentials over plain http, where everybody on the way can read them; use https`;
  return [{ path: [...path, 'url'], message }];
}

/** On this machine or network, as far as a name or a literal address tells. */
function isNearby(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  if (isIP(host) === 6) return /^(::1$|f[cd]|fe[89ab])/.test(host);
  if (isIP(host) === 4) {
    return /^(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(
      host,
    );
  }
  return !host.includes('.') || /\.(local|localhost|internal|lan|home\.arpa|test)$/.test(host);
}

function withoutToken({ path, value }: Placed<FileEndpoint>): Finding[] {
  const { id, url, format, auth, headers = {} } = value;
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (auth || names.includes('authorization')) return [];
  if (format === 'matrix') {
    return [
      {
        path,
        message: `endpoint ${id} has no access token, which matrix asks for; write auth: { bearer: … }`,
      },
    ];
  }
  const isKeyed = names.includes('x-gotify-key') || new URL(url).searchParams.has('token');
  return format === 'gotify' && !isKeyed
    ? [
        {
          path,
          message: `endpoint ${id} has no token, which gotify asks for; write headers: { x-gotify-key: … }`,
        },
      ]
    : [];
}

function unknownLabels(
  { path, value: { labels = [] } }: Placed<FileEndpoint>,
  known: ReadonlySet<string>,
): Finding[] {
  return labels.flatMap((label, index) => {
    if (known.has(label)) return [];
    const near = nearMiss(label, known);
    const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
    return [
      { path: [...path, 'labels', index], message: `no feed has the label ${JSON.stringify(label)}${hint}` },
    ];
  });
}

/** Told of other endpoints alone, it needs no feed. */
function unreached(
  { path, value: { id, labels, events } }: Placed<FileEndpoint>,
  feeds: readonly Placed<FileFeed>[],
): Finding[] {
  const isReached = feeds.some(
    ({ value: feed }) =>
      feed.endpoints?.includes(id) ?? (!labels || labels.some((label) => feed.labels?.includes(label))),
  );
  const isForFeeds = events.some((type) => /^(entry|feed)\./.test(type));
  if (isReached || !isForFeeds) return [];
  return [
    { path, message: `no feed reaches endpoint ${id}: none names it, or has what its \`labels\` ask for` },
  ];
}
