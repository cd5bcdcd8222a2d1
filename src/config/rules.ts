// The rules between keys that stand apart: intervals and their floor, unique ids, references, doubled URLs.
// Those within one endpoint: endpoint-rules.ts. They look at every part that is free of faults by itself, so that all faults come at once.

import { formatDuration } from './duration.ts';
import { endpointDoubts } from './endpoint-doubts.ts';
import { brokenEndpointRules } from './endpoint-rules.ts';
import { endpointSchema, type FileEndpoint } from './endpoint-schema.ts';
import { feedIdFromUrl } from './feed-id.ts';
import type { Finding, Path, Placed } from './finding.ts';
import { nearMiss } from './near-miss.ts';
import { type File, type FileFeed, feedSchema, fileSchema } from './schema.ts';

/** What of the file could be read. */
export interface Parts {
  readonly limits?: File['limits'];
  readonly origins?: File['origins'];
  readonly defaults?: File['defaults'];
  readonly endpoints: readonly Placed<FileEndpoint>[];
  readonly feeds: readonly Placed<FileFeed>[];
  /** Also those of endpoints with faults, so that these are not reported twice. */
  readonly endpointIds: ReadonlySet<string>;
}

/** The parts of a file without faults. */
export function partsOf({ limits, origins, defaults, endpoints, feeds }: File): Parts {
  const placed = <T>(list: readonly T[], key: string) =>
    list.map((value, index) => ({ value, path: [key, index] }));
  return {
    limits,
    origins,
    defaults,
    endpoints: placed(endpoints, 'endpoints'),
    feeds: placed(feeds, 'feeds'),
    endpointIds: new Set(endpoints.map((endpoint) => endpoint.id)),
  };
}

/** The parts that are in order, of a file with faults. */
export function soundPartsOf(values: unknown): Parts {
  const file = (typeof values === 'object' && values !== null ? values : {}) as Record<string, unknown>;
  const limits = fileSchema.shape.limits.safeParse(file.limits).data;
  const defaults = fileSchema.shape.defaults.safeParse(file.defaults).data;
  const origins = fileSchema.shape.origins.safeParse(file.origins).data;
  return {
    ...(limits && { limits }),
    ...(origins && { origins }),
    ...(defaults && { defaults }),
    endpoints: soundItems(file, 'endpoints', (value) => endpointSchema.safeParse(value).data),
    feeds: soundItems(file, 'feeds', (value) => feedSchema.safeParse(value).data),
    endpointIds: new Set(soundItems(file, 'endpoints', writtenId).map(({ value }) => value)),
  };
}

function soundItems<T>(
  file: Record<string, unknown>,
  key: string,
  read: (value: unknown) => T | undefined,
): Placed<T>[] {
  const list = file[key];
  return (Array.isArray(list) ? list : []).flatMap((item: unknown, index) => {
    const value = read(item);
    return value === undefined ? [] : [{ value, path: [key, index] }];
  });
}

function writtenId(endpoint: unknown): string | undefined {
  const id = typeof endpoint === 'object' && endpoint !== null && 'id' in endpoint ? endpoint.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Every rule that is broken. */
export function brokenRules(parts: Parts): Finding[] {
  return [
    ...shortIntervals(parts),
    ...doubledIds(
      parts.endpoints.map(({ path, value }) => ({ path, value: value.id })),
      'endpoint',
    ),
    ...doubledIds(
      parts.feeds.map(({ path, value }) => ({ path, value: feedId(value) })),
      'feed',
    ),
    ...unknownEndpoints(parts),
    ...halfCertificates(parts),
    ...doubledCredentials(parts),
    ...parts.endpoints.flatMap(brokenEndpointRules),
  ];
}

/** What works but is probably not meant. */
export function doubts(parts: Parts): Finding[] {
  return [...endpointDoubts(parts), ...doubledUrls(parts)];
}

export function feedId({ id, url }: FileFeed): string {
  return id ?? feedIdFromUrl(url);
}

function shortIntervals({ limits, defaults, feeds }: Parts): Finding[] {
  if (!limits) return [];
  const intervals = feeds.map(({ path, value }) => ({ path: [...path, 'interval'], ms: value.interval }));
  return [{ path: ['defaults', 'interval'], ms: defaults?.interval }, ...intervals]
    .filter(({ ms }) => ms !== undefined && ms < limits.minInterval)
    .map(({ path, ms = 0 }) => ({
      path,
      message:
        `shorter than the shortest interval, ${formatDuration(limits.minInterval)}; ` +
        `to poll a server of your own this often, add the line "limits: { minInterval: ${formatDuration(ms)} }"`,
    }));
}

function doubledIds(ids: readonly Placed<string>[], noun: string): Finding[] {
  const first = new Map<string, Path>();
  return ids.flatMap(({ path, value }) => {
    // Upper and lower case are one: ids become file names and headers.
    const key = value.toLowerCase();
    const before = first.get(key);
    if (!before) first.set(key, path);
    if (!before) return [];
    return [
      {
        path,
        message: `${before[0]}[${before[1]}] has the id ${value} too; give each ${noun} an id of its own`,
      },
    ];
  });
}

function unknownEndpoints({ feeds, endpointIds }: Parts): Finding[] {
  return feeds.flatMap(({ path, value }) =>
    (value.endpoints ?? []).flatMap((id, index) => {
      if (endpointIds.has(id)) return [];
      const near = nearMiss(id, endpointIds);
      const hint = near ? `did you mean "${near}"?` : `known are ${[...endpointIds].join(', ') || 'none'}`;
      return [{ path: [...path, 'endpoints', index], message: `no endpoint has this id; ${hint}` }];
    }),
  );
}

function halfCertificates({ origins = {} }: Parts): Finding[] {
  return Object.entries(origins)
    .filter(([, { cert, key }]) => (cert === undefined) !== (key === undefined))
    .map(([host]) => ({
      path: ['origins', host],
      message: '`cert` and `key` belong together; add the other',
    }));
}

function doubledCredentials({ feeds }: Parts): Finding[] {
  return feeds
    .filter(({ value: { auth, headers = {} } }) => auth && hasAuthorization(headers))
    .map(({ path }) => ({
      path: [...path, 'auth'],
      message: '`auth` and the header `authorization` exclude each other; remove one of them',
    }));
}

function hasAuthorization(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

function doubledUrls({ feeds }: Parts): Finding[] {
  const first = new Map<string, FileFeed>();
  return feeds.flatMap(({ path, value }) => {
    const key = new URL(value.url).href;
    const before = first.get(key);
    if (before === undefined) first.set(key, value);
    if (before === undefined) return [];
    const isAskedOnce = requestText(before) === requestText(value);
    const asked = isAskedOnce
      ? 'it is asked once'
      : 'it is asked for each of them, since their `headers`, `auth` or `allowDowngrade` differ';
    return [
      {
        path,
        message: `feed ${feedId(value)} has the same URL as feed ${feedId(before)}: ${asked}, and each entry is reported for both`,
      },
    ];
  });
}

/** Equal for feeds whose requests to one URL cannot be told apart (schedule/source.ts decides by the same). */
function requestText({ headers = {}, auth, allowDowngrade = false }: FileFeed): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}:${value}`);
  const { basic, preemptive = false, bearer } = auth ?? {};
  const credentials = [basic?.user, basic?.password.reveal(), preemptive, bearer?.reveal()];
  return JSON.stringify([lines.sort(), credentials, allowDowngrade]);
}
