// One endpoint as written to the EndpointConfig as used: what its format brings by default, names with units.

import type { EndpointAuth, EndpointConfig, LookAlikeSignature } from './config.ts';
import type { FileEndpoint } from './endpoint-schema.ts';
import { traitsOf } from './formats.ts';

export function endpointOf(file: FileEndpoint): EndpointConfig {
  const { id, url, format, events, labels, filter, to, sender, priority, template, auth } = file;
  const { isChat, maxBytes } = traitsOf[format];
  const rate = rateOf(file);
  const batch = batchOf(file);
  return {
    id,
    url,
    format,
    secrets: file.secret === undefined ? [] : [file.secret].flat(),
    lookAlikes: lookAlikesOf(file),
    events: [...new Set(events)],
    ...(labels && { labels }),
    ...(filter && { filter }),
    content: file.content ?? (isChat ? 'summary' : 'both'),
    maxBytes: file.maxBytes ?? maxBytes,
    ...(to !== undefined && { to }),
    sender: {
      ...(sender.name !== undefined && { name: sender.name }),
      ...(sender.icon !== undefined && { icon: sender.icon }),
    },
    ...(priority !== undefined && { priority }),
    ...(template && { template }),
    handshake: file.handshake,
    concurrency: file.concurrency ?? (isChat ? 1 : 4),
    ...(rate && { rate }),
    ordering: file.ordering ?? (isChat ? 'feed' : 'none'),
    maxBlockMs: file.maxBlock,
    ...(batch && { batch }),
    ...(file.digest !== undefined && { digest: file.digest }),
    ...(file.quiet && { quiet: file.quiet }),
    timezone: file.timezone ?? 'UTC',
    maxKept: file.maxKept,
    retryMs: file.retry,
    timeoutMs: file.timeout,
    connectTimeoutMs: file.connectTimeout,
    headers: file.headers ?? {},
    ...(auth && { auth: authOf(auth) }),
    tls: {
      ...(file.ca !== undefined && { ca: file.ca }),
      ...(file.cert !== undefined && { cert: file.cert }),
      ...(file.key && { key: file.key }),
    },
  };
}

function rateOf({ format, rate }: FileEndpoint): EndpointConfig['rate'] {
  return rate ? { count: rate.requests, perMs: rate.per, burst: rate.burst ?? 1 } : traitsOf[format].rate;
}

const usualWithinMs = 60_000;

/** A digest gathers as much as the format can carry. */
function batchOf({ format, batch, digest }: FileEndpoint): EndpointConfig['batch'] {
  const { mostEvents } = traitsOf[format];
  if (batch)
    return { count: batch.count, ...(digest === undefined && { withinMs: batch.within ?? usualWithinMs }) };
  return digest === undefined || mostEvents === 1 ? undefined : { count: mostEvents };
}

function lookAlikesOf({ signatures: { github, websub, miniflux } }: FileEndpoint): LookAlikeSignature[] {
  return [
    ...(github ? [{ scheme: 'github' as const, secret: github }] : []),
    ...(websub ? [{ scheme: 'websub' as const, secret: websub }] : []),
    ...(miniflux ? [{ scheme: 'miniflux' as const, secret: miniflux }] : []),
  ];
}

function authOf({ basic, bearer }: NonNullable<FileEndpoint['auth']>): EndpointAuth {
  if (basic) return { kind: 'basic', ...basic };
  // endpoint-rules.ts has seen to it that there is one of the two.
  return { kind: 'bearer', token: bearer as NonNullable<typeof bearer> };
}
