// Turns what ioredis, node-redis and BullMQ throw into a StoreError whose message names the server and the remedy. Nobody
// else reads an error of Redis. Error replies begin with a word: https://redis.io/docs/latest/develop/reference/protocol-spec/

import { isNativeError } from 'node:util/types';
import { type Code, FeedhookError, StoreError } from '../../../errors.ts';
import { NoAnswer } from './in-time.ts';

interface Meaning {
  readonly code: Code;
  readonly what: string;
}

const unreachable = (what: string): Meaning => ({ code: 'store-unreachable', what });
const again = 'work goes on by itself when it answers';

/** By the first word of an error reply. */
const replies: Readonly<Record<string, Meaning>> = {
  LOADING: unreachable(`it has been started and reads its data from disk; ${again}`),
  BUSY: unreachable(`it is busy with a script of somebody else; ${again}`),
  READONLY: unreachable('it has become a replica; the new master is looked for'),
  MASTERDOWN: unreachable('it is a replica that has lost its master; the new master is looked for'),
  CLUSTERDOWN: unreachable(`the cluster does not serve our keys; ${again}`),
  TRYAGAIN: unreachable(`the cluster is moving our keys; ${again}`),
  MOVED: unreachable('our keys have moved to another master, which is looked for'),
  ASK: unreachable('our keys are moving to another master, which is looked for'),
  UNBLOCKED: unreachable('it has become a replica; the new master is looked for'),
  NOREPLICAS: unreachable(
    'it has fewer replicas than its min-replicas-to-write and takes no write: see to the replicas',
  ),
  OOM: {
    code: 'store-full',
    what: 'its memory (maxmemory) is full: give it more, work goes on by itself',
  },
  MISCONF: {
    code: 'store-full',
    what: 'it cannot write to its disk and takes no write: free some space and see its log, work goes on by itself',
  },
  NOAUTH: { code: 'store-failed', what: 'it wants a password: write redis://user:password@… in `store`' },
  WRONGPASS: { code: 'store-failed', what: 'it refuses the user or the password: correct them in `store`' },
  NOPERM: {
    code: 'store-failed',
    what: 'the user may not do what feedhook needs: give it all commands and channels on the keys of its prefix',
  },
  DENIED: {
    code: 'store-failed',
    what: 'it is in protected mode: give it a password, or bind it to an address',
  },
  WRONGTYPE: {
    code: 'store-corrupt',
    what: 'a key under our prefix holds something else: another program uses this prefix',
  },
  CROSSSLOT: { code: 'store-failed', what: 'it is a cluster: add `cluster` to `store`' },
};

/** By a part of the message, where there is no word. */
const phrases: readonly (readonly [RegExp, Meaning])[] = [
  [/max number of clients/, unreachable('it has all the clients that it takes (maxclients)')],
  [
    /cluster support disabled/,
    { code: 'store-failed', what: 'it is no cluster: take `cluster` out of `store`' },
  ],
  [
    /DB index is out of range|SELECT is not allowed in cluster mode/,
    { code: 'store-failed', what: 'it has no database of this number: correct it in `store`' },
  ],
  [
    /(without any|no) password (is set|configured)/,
    { code: 'store-failed', what: 'it has no password for this user: take it out of `store`' },
  ],
  [
    /unknown command .?sentinel/i,
    { code: 'store-failed', what: 'it is no sentinel: name the sentinels, or take sentinel= out of `store`' },
  ],
  [
    /unknown (sub)?command|Unknown Redis command|wrong number of arguments/i,
    { code: 'store-unsafe', what: 'it lacks a command that feedhook needs: Redis 6.2 or later is needed' },
  ],
  [
    /All sentinels are unreachable/,
    unreachable('no sentinel names a reachable master: check the addresses and the name after sentinel='),
  ],
  [
    /Failed to refresh slots cache|startup nodes|Cluster isn't ready|Too many Cluster redirections/,
    unreachable('no server of the cluster answers for our keys'),
  ],
  [
    /certificate|self.signed|SSL routines|ssl3_|tlsv1|wrong version number/i,
    {
      code: 'store-failed',
      what: 'no TLS connection: check `rediss` and `ca` in `store` and the certificate',
    },
  ],
];

const sockets: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is Redis running?',
  ENOTFOUND: 'the host name does not exist',
  EAI_AGAIN: 'the host name could not be resolved now',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'no network leads there',
  ENETUNREACH: 'no network leads there',
};

/** The fault behind an error of a client; a programmer's error, and what BullMQ says of one job, comes back as it is. */
export function redisFault(name: string, error: unknown): unknown {
  // Not by its class: the error of a built-in module may come from another realm than ours.
  if (!isNativeError(error) || isOurs(error)) return error;
  const { code, what } = meaningOf(error);
  return new StoreError(code, `store ${name}: ${what}`, { cause: error });
}

/** A record of ours that is none. `feedId` where it is that of one feed, which then fails alone. */
export function damagedRecord(name: string, what: string, feedId?: string): StoreError {
  return new StoreError('store-corrupt', `store ${name}: ${what}`, feedId === undefined ? {} : { feedId });
}

/** Waiting does not help. */
export function isFinal(error: Error): boolean {
  return !isOurs(error) && !['store-unreachable', 'store-full'].includes(meaningOf(error).code);
}

function isOurs(error: Error): boolean {
  // BullMQ numbers what it says of jobs, such as a lock that somebody else holds.
  return (
    error instanceof FeedhookError ||
    /^(Type|Range|Reference|Syntax)Error$/.test(error.name) ||
    ('code' in error && typeof error.code === 'number')
  );
}

function meaningOf(error: Error): Meaning {
  // Of a cluster without any slots: what the last of its servers answered.
  if ('lastNodeError' in error && isNativeError(error.lastNodeError) && isReply(error.lastNodeError)) {
    return meaningOf(error.lastNodeError);
  }
  const { message } = error;
  if (error instanceof NoAnswer || message === 'Command timed out')
    return unreachable(`no answer in time; ${again}`);
  const word = wordOf(message);
  if (word !== undefined && replies[word]) return replies[word];
  const phrase = phrases.find(([pattern]) => pattern.test(message));
  if (phrase) return phrase[1];
  const socket = socketCodeOf(error);
  if (socket !== undefined) return unreachable(sockets[socket] ?? 'the connection was lost');
  if (isReply(error)) return { code: 'store-failed', what: `it answered: ${message}` };
  return unreachable(`there is no connection; ${again}`);
}

/** Before Redis 7 what a call within a script answered stands after a dash in the middle. */
function wordOf(message: string): string | undefined {
  return /: -([A-Z]+) /.exec(message)?.[1] ?? /^([A-Z]+)\b/.exec(message)?.[1];
}

function socketCodeOf(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z]/.test(error.code)) return error.code;
  const [first]: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  if (isNativeError(first)) return socketCodeOf(first);
  return undefined;
}

/** Of ioredis; of node-redis. */
function isReply(error: Error): boolean {
  return (
    error.name === 'ReplyError' || ['SimpleError', 'BlobError', 'ErrorReply'].includes(error.constructor.name)
  );
}
