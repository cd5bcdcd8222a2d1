// The reckoning of the tour: what was published against what the receiver accepted. Pure.

import type { OriginCounts } from './origin.ts';
import type { Arrival } from './receiver.ts';
import { printableBytes, type Row } from './screen.ts';

export interface Published {
  readonly feedId: string;
  readonly entryId: string;
  readonly title: string;
}

export interface Evidence {
  readonly published: readonly Published[];
  readonly arrivals: readonly Arrival[];
  /** Those of them that the receiver accepted. */
  readonly accepted: readonly Arrival[];
  /** Epoch ms at which the daemon was started again after the kill. */
  readonly restartedAt?: number;
  readonly feeds: number;
  readonly origin: OriginCounts;
}

export interface Tally {
  readonly published: number;
  readonly delivered: number;
  readonly missing: readonly Published[];
  /** Accepted under two ids, with two bodies, or twice with no crash in between. */
  readonly doubled: number;
  /** Accepted again under the same id because a crash hid the first answer: allowed. */
  readonly repeated: number;
  /** Arrivals of something that was not published as news. */
  readonly unexpected: number;
  readonly verified: number;
  readonly arrivals: number;
  readonly isClean: boolean;
}

export function tally({ published, arrivals, accepted, restartedAt }: Evidence): Tally {
  const news = new Set(published.map((each) => entryName(each.feedId, each.entryId)));
  const byEntry = Map.groupBy(accepted, arrivalName);
  const missing = published.filter((each) => !byEntry.has(entryName(each.feedId, each.entryId)));
  const judged = [...byEntry.values()].map((each) => judge(each, restartedAt));
  const verified = arrivals.filter((arrival) => arrival.refusal === undefined).length;
  const counts = {
    doubled: judged.filter((verdict) => verdict === 'doubled').length,
    unexpected: arrivals.filter((arrival) => !news.has(arrivalName(arrival))).length,
  };
  return {
    published: published.length,
    delivered: published.length - missing.length,
    missing,
    ...counts,
    repeated: judged.filter((verdict) => verdict === 'repeated').length,
    verified,
    arrivals: arrivals.length,
    isClean:
      missing.length + counts.doubled + counts.unexpected === 0 &&
      verified === arrivals.length &&
      published.length > 0,
  };
}

function judge(
  accepted: readonly Arrival[],
  restartedAt: number | undefined,
): 'once' | 'repeated' | 'doubled' {
  const [first, second, ...more] = accepted;
  if (first === undefined || second === undefined) return 'once';
  const isSame = accepted.every(
    (each) => each.webhookId === first.webhookId && each.bodyHash === first.bodyHash,
  );
  const isAcrossCrash = restartedAt !== undefined && first.at <= restartedAt && second.at >= restartedAt;
  return isSame && isAcrossCrash && more.length === 0 ? 'repeated' : 'doubled';
}

export function entryName(feedId: string, entryId: string): string {
  return `${feedId} ${entryId}`;
}

export function arrivalName({ event }: Arrival): string {
  return entryName(String(event?.data?.feed?.id), String(event?.data?.entry?.id));
}

/** The table that ends the tour. */
export function tallyRows(result: Tally, { feeds, origin }: Evidence): Row[] {
  const share = origin.requests === 0 ? 0 : (100 * origin.notModified) / origin.requests;
  return [
    { name: 'entries published', value: String(result.published) },
    { name: 'delivered', value: String(result.delivered), mood: mood(result.missing.length === 0) },
    { name: 'missing', value: String(result.missing.length), mood: mood(result.missing.length === 0) },
    { name: 'doubled', value: String(result.doubled), mood: mood(result.doubled === 0) },
    {
      name: 'repeated with the same id',
      value: String(result.repeated),
      remark: 'accepted just before the kill, so the daemon never knew; the id tells the receiver',
    },
    { name: 'not asked for', value: String(result.unexpected), mood: mood(result.unexpected === 0) },
    {
      name: 'signatures verified',
      value: `${result.verified} of ${result.arrivals}`,
      mood: mood(result.verified === result.arrivals),
    },
    {
      name: 'requests to the origin',
      value: String(origin.requests),
      remark: `${origin.unconditional} without validators, for ${feeds} feeds`,
    },
    { name: 'answered 304', value: `${share.toFixed(0)} %` },
    {
      name: 'bytes saved',
      value: printableBytes(origin.bytesSaved),
      remark: `${printableBytes(origin.bytesSent)} sent`,
    },
  ];
}

function mood(isGood: boolean): 'good' | 'bad' {
  return isGood ? 'good' : 'bad';
}
