// From a name to its addresses, the way the machine is set up to find them: getaddrinfo, with its hosts file, its
// nsswitch and its search domains. Decides how long that may take, how many names may be looked up at a time, how
// many addresses are tried, and what a failure is called. Which addresses may be reached is egress.ts.

import { lookup as getaddrinfo, type LookupAddress, type LookupAllOptions, Resolver } from 'node:dns';
import { getSystemErrorName } from 'node:util';
import { type Clock, systemClock } from '../clock.ts';
import { type Code, codes, FetchError } from '../errors.ts';
import { ThreadShare } from './thread-share.ts';

export interface LookUpOptions extends LookupAllOptions {
  /** Milliseconds after which the look-up fails with `dns-timeout`. @default 4000 */
  readonly limitMs?: number;
}

/** Can stand for `dns.lookup` wherever all addresses are wanted. */
export type LookUp = (
  hostname: string,
  options: LookUpOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface LookUpTools {
  readonly clock?: Clock;
  /** Threads that look-ups may hold at a time. */
  readonly threads?: number;
  readonly system?: (
    hostname: string,
    options: LookupAllOptions,
    callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
  ) => void;
  /** Instead of those of /etc/resolv.conf, for the questions that need no thread. */
  readonly nameServers?: readonly string[];
}

/** Within the connect limit, so that a silent name server is told from a silent origin. */
const defaultLimitMs = 4_000;
/** Node gives each but the last half a second, so a name that lists dead addresses costs at most the connect limit. */
const maxAddresses = 6;
/** Two questions, after one and two seconds without an answer. */
const patience = { timeout: 1_000, tries: 2 };
/** /etc/resolv.conf is read anew this often. */
const resolverLifeMs = 30_000;

/** Look-ups of this maker share the threads among them: one for the process, as its thread pool is. */
export function createLookUp(tools: LookUpTools = {}): LookUp {
  const { clock = systemClock, system = getaddrinfo } = tools;
  const ask = asker(clock, tools.nameServers);
  let share: ThreadShare | undefined;

  const find = async (hostname: string, options: LookupAllOptions, isOver: () => boolean) => {
    // Not before the first look-up: cli.ts sets the size of the pool after it has loaded this file.
    share ??= new ThreadShare(tools.threads ?? threadsForLookUps(process.env.UV_THREADPOOL_SIZE));
    const isSilent = share.isCrowded && (await ask(hostname)).includes('ETIMEOUT');
    if (isSilent) throw dnsError('dns-timeout', 'ETIMEOUT');
    const ended = await share.run(async () => {
      if (isOver()) return undefined;
      return new Promise<Failure | Found>((resolve) => {
        system(hostname, options, (fault, found) => resolve(fault ? { fault } : { found }));
      });
    });
    // Nobody waits for it any more: not for the addresses, nor for the name of the failure.
    if (ended === undefined || isOver()) return [];
    if ('found' in ended) return addressesToTry(ended.found);
    throw await named(ended.fault, () => ask(hostname));
  };

  return (hostname, { limitMs = defaultLimitMs, ...options }, callback) => {
    let isOver = false;
    const end = (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
      if (isOver) return;
      isOver = true;
      limit.cancel();
      callback(error, found);
    };
    const limit = clock.startTimer(limitMs, () => end(dnsError('dns-timeout', `${limitMs} ms`), []));
    find(hostname, options, () => isOver).then(
      (found) => end(null, found),
      (error) => end(error, []),
    );
  };
}

export const lookUp = createLookUp();

interface Failure {
  readonly fault: NodeJS.ErrnoException;
}

interface Found {
  readonly found: LookupAddress[];
}

/** libuv lets getaddrinfo have half of its pool (rounded up), so that files and zlib never wait for name servers. */
export function threadsForLookUps(poolSize: string | undefined): number {
  const threads = Math.min(Number.parseInt(poolSize ?? '4', 10) || 1, 1_024);
  return Math.floor((threads + 1) / 2);
}

/** The first ones, of both families by turns, so that a name with one dead family keeps a living address. */
export function addressesToTry(found: readonly LookupAddress[]): LookupAddress[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const second = found.filter(({ family }) => family !== found[0]?.family);
  const turns = first.flatMap((address, index) => [address, ...second.slice(index, index + 1)]);
  return [...turns, ...second.slice(first.length)].slice(0, maxAddresses);
}

// getaddrinfo says EAI_AGAIN for every end but "does not exist" and "has no address", and Node calls those two alike.
// So the name servers are asked once more, by other means; whatever they answer now, the look-up has failed.
async function named(error: NodeJS.ErrnoException, ask: Ask): Promise<Error> {
  if (error.errno !== undefined && getSystemErrorName(error.errno) === 'EAI_NODATA') {
    return dnsError('dns-no-address', 'EAI_NODATA', error);
  }
  if (error.code !== 'EAI_AGAIN') return error;
  const ends = await ask();
  if (ends.includes('EREFUSED')) return dnsError('dns-refused', 'EREFUSED', error);
  return ends.includes('ETIMEOUT') ? dnsError('dns-timeout', 'ETIMEOUT', error) : error;
}

function dnsError(code: Code & keyof typeof codes, symptom: string, cause?: Error): FetchError {
  return new FetchError(code, `${codes[code]} (${symptom})`, cause && { cause });
}

/** Asks the name servers themselves, which holds no thread: how the questions for A and AAAA ended. */
type Ask = () => Promise<readonly string[]>;

function asker(clock: Clock, nameServers: readonly string[] | undefined) {
  let resolver: Resolver | undefined;
  let madeAt = Number.NEGATIVE_INFINITY;
  return async (hostname: string): Promise<readonly string[]> => {
    if (resolver === undefined || clock.now() > madeAt + resolverLifeMs) {
      resolver = new Resolver(patience);
      madeAt = clock.now();
      if (nameServers) resolver.setServers(nameServers);
    }
    const asked = resolver;
    const end = (question: 'resolve4' | 'resolve6') =>
      new Promise<string>((resolve) =>
        asked[question](hostname, (error) => resolve(error?.code ?? 'answered')),
      );
    return Promise.all([end('resolve4'), end('resolve6')]);
  };
}
