// What feeds.yaml means, ready for use: every default filled in, spans in milliseconds, sizes in bytes, secrets wrapped.

import type { Filter } from '../filter/filter.ts';
import type { LogLevel } from '../log.ts';
import type { Rung } from '../model/entry.ts';
import type { SubscribedType } from '../model/event.ts';
import type { Rate } from '../ports.ts';
import type { Format } from './formats.ts';
import type { Secret } from './secret.ts';

export interface Config {
  /** Absolute path of feeds.yaml. */
  readonly file: string;
  /** What works but is probably not meant, one line each, with its place. */
  readonly warnings: readonly string[];
  readonly store: StoreConfig;
  /** Shown to origins in the User-Agent. */
  readonly contact?: string;
  readonly startSpreadMs: number;
  readonly retentionMs: number;
  readonly limits: Limits;
  readonly network: { readonly feeds: FeedNetwork; readonly webhooks: AllowList };
  /** By `host` or `host:port`, as `new URL(…).host` gives it. */
  readonly origins: ReadonlyMap<string, OriginConfig>;
  /** None: events go to standard output. */
  readonly endpoints: readonly EndpointConfig[];
  readonly feeds: readonly FeedConfig[];
  /** Absent: no status server. */
  readonly server?: { readonly host: string; readonly port: number; readonly tokenDigest?: string };
  readonly logLevel: LogLevel;
}

export type StoreConfig = SqliteStoreConfig | RedisStoreConfig;

export interface SqliteStoreConfig {
  readonly kind: 'sqlite';
  /** Absolute. */
  readonly path: string;
}

export interface RedisStoreConfig {
  readonly kind: 'redis';
  readonly topology: 'single' | 'sentinel' | 'cluster';
  /** Of the server; of the sentinels; of some servers of the cluster. At least one. */
  readonly nodes: readonly RedisNode[];
  /** What the sentinels call the master. */
  readonly masterName?: string;
  readonly user?: string;
  readonly password?: Secret;
  readonly sentinelPassword?: Secret;
  readonly database: number;
  /** Absent: not encrypted. `ca`: PEM, trusted besides the usual authorities. */
  readonly tls?: { readonly ca?: string };
  /** First part of every key. */
  readonly prefix: string;
  /** For how long a process that has died keeps the lanes and slots it had. */
  readonly leaseMs: number;
  /** `none`: a server that forgets everything at a restart will do. */
  readonly durability?: 'none';
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface AllowList {
  /** Class words, addresses, CIDRs and host names, lower case. */
  readonly allow: readonly string[];
}

export interface FeedNetwork extends AllowList {
  /** PEM. */
  readonly ca?: string;
  readonly http2: boolean;
  /** `url` may hold a password: never to be logged. */
  readonly proxy?: { readonly url: string; readonly resolves: 'here' | 'proxy' };
}

export interface Limits {
  readonly minIntervalMs: number;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxInterimResponses: number;
  readonly maxHeaderBytes: number;
  readonly maxWireBytes: number;
  readonly maxBodyBytes: number;
  readonly maxRedirects: number;
  readonly maxDepth: number;
  readonly maxReferences: number;
  readonly maxTags: number;
  readonly maxEntries: number;
  readonly maxArchives: number;
  readonly floodLimit: number;
  readonly maxConcurrentLanes: number;
}

export interface OriginConfig {
  readonly scope?: 'host' | 'site' | 'feed';
  readonly gapMs?: number;
  readonly concurrency?: number;
  readonly http2?: boolean;
  /** PEM: authorities trusted besides the usual ones; the client certificate, and its private key. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: Secret;
}

export interface EndpointConfig {
  readonly id: string;
  /** May hold a token: never to be logged. */
  readonly url: string;
  readonly format: Format;
  /** All sign, the first one first; none: not signed. */
  readonly secrets: readonly Secret[];
  readonly lookAlikes: readonly LookAlikeSignature[];
  readonly events: readonly SubscribedType[];
  /** Absent: all feeds. */
  readonly labels?: readonly string[];
  readonly filter?: Filter;
  readonly content: Content;
  readonly maxBytes: number;
  /** Chat, topic or room. */
  readonly to?: string;
  readonly sender: { readonly name?: string; readonly icon?: string };
  readonly priority?: number;
  readonly template?: Readonly<Record<string, unknown>>;
  readonly handshake: boolean;
  readonly concurrency: number;
  readonly rate?: Rate;
  readonly ordering: 'feed' | 'none';
  readonly maxBlockMs: number;
  /** `withinMs` is absent where the digest alone says when. */
  readonly batch?: { readonly count: number; readonly withinMs?: number };
  /** Cron expressions. */
  readonly digest?: string;
  readonly quiet?: { readonly from: string; readonly until: string };
  readonly timezone: string;
  readonly maxKept: number;
  /** The wait before each attempt. */
  readonly retryMs: readonly number[];
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** May hold credentials: values are never to be logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly auth?: EndpointAuth;
  readonly tls: {
    /** PEM: authorities trusted besides the usual ones; the client certificate, and its private key. */
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: Secret;
  };
}

/** How much of an entry is sent. */
export type Content = 'none' | 'summary' | 'text' | 'html' | 'both';

export interface LookAlikeSignature {
  readonly scheme: 'github' | 'websub' | 'miniflux';
  readonly secret: Secret;
}

export type EndpointAuth =
  | { readonly kind: 'basic'; readonly user: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret };

/** Sent to the origin of the feed's configured URL and to no other. */
export type FeedAuth =
  | {
      readonly kind: 'basic';
      readonly user: string;
      readonly password: Secret;
      /** Sent unasked. */
      readonly isPreemptive: boolean;
    }
  | { readonly kind: 'bearer'; readonly token: Secret };

export interface FeedConfig {
  readonly id: string;
  readonly url: string;
  /** Only when the feed has an interval of its own. */
  readonly intervalMs?: number;
  readonly defaultIntervalMs: number;
  readonly schedule?: { readonly expression: string; readonly timezone: string };
  /** Absent: all endpoints. */
  readonly endpointIds?: readonly string[];
  readonly filter?: Filter;
  readonly initial: 'none' | 'all' | number;
  readonly labels: readonly string[];
  readonly documentHints: boolean;
  readonly rawContent: boolean;
  readonly identity?: Rung;
  /** May hold credentials: values are never to be logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly auth?: FeedAuth;
  readonly allowDowngrade: boolean;
  readonly staleProbe: boolean;
}
