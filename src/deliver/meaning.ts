// The kinds of answer, and which of them a status is. Pure; the rows of the answers table of docs/delivery.md.

export type Meaning =
  | 'delivered'
  | 'redirected'
  | 'gone'
  /** This event is not accepted. */
  | 'poison'
  /** Nothing of ours is: who we are is not enough, or not right. */
  | 'denied'
  /** Nothing of ours is. */
  | 'refused'
  /** Not now. */
  | 'busy'
  /** Not now, and not so fast. */
  | 'slow'
  /** The address rule forbids it. */
  | 'blocked'
  | 'unreachable';

const poisonStatuses: ReadonlySet<number> = new Set([400, 413, 415, 422]);
const deniedStatuses: ReadonlySet<number> = new Set([401, 403, 407]);
// RFC 9110 §15.5.9 and RFC 8470 §5.2: the request was not dealt with, and may be sent again.
const passingStatuses: ReadonlySet<number> = new Set([408, 425]);
const slowStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export function meaningOfStatus(status: number): Exclude<Meaning, 'blocked' | 'unreachable'> {
  if (status >= 200 && status <= 299) return 'delivered';
  if (status >= 300 && status <= 399) return 'redirected';
  // RFC 9110 §15.5.11: gone, likely for good. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.11
  if (status === 410) return 'gone';
  if (poisonStatuses.has(status)) return 'poison';
  if (deniedStatuses.has(status)) return 'denied';
  if (slowStatuses.has(status)) return 'slow';
  if (status >= 400 && status <= 499 && !passingStatuses.has(status)) return 'refused';
  return 'busy';
}
