// What an answer, or the lack of one, means: the table of docs/delivery.md. Pure. Only a 2xx is success: a receiver that
// redirects has not said that it has the event. Where a service tells more than its status, or tells it elsewhere, services.ts
// knows. What follows for the delivery, answer.ts decides, and for the endpoint, health.ts.

import type { Format } from '../config/formats.ts';
import type { Code } from '../errors.ts';
import { type Meaning, meaningOfStatus } from './meaning.ts';
import { limitOf, type QuotaLeft, retryAfterMs, tightest } from './quota.ts';
import type { Answered, Sent, Unanswered } from './send.ts';
import { type Remark, remarkOn } from './services.ts';

export interface Reading {
  readonly meaning: Meaning;
  /** Absent when it was delivered. */
  readonly code?: Code;
  readonly message?: string;
  /** What the receiver asks us to wait; at most a day. */
  readonly waitMs?: number;
  /** What is left to send, and for how long. */
  readonly limit?: QuotaLeft;
  /** The chat that the configured one has become. */
  readonly movedTo?: string;
  /** Why nothing more is to be sent to this endpoint at all. */
  readonly disables?: string;
}

export function readAnswer(format: Format, sent: Sent, now: number): Reading {
  switch (sent.kind) {
    case 'answered':
      return readAnswered(format, sent, now);
    case 'unanswered':
      return { meaning: meaningOfSilence(sent), code: sent.code, message: sent.message };
    case 'printed':
      return { meaning: 'delivered' };
    default:
      return sent satisfies never;
  }
}

function meaningOfSilence({ code }: Unanswered): Meaning {
  if (code === 'blocked-address') return 'blocked';
  return code === 'handshake-refused' ? 'denied' : 'unreachable';
}

function readAnswered(format: Format, sent: Answered, now: number): Reading {
  const remark = remarkOn(format, sent);
  const meaning = remark.meaning ?? meaningOfStatus(remark.status ?? sent.status);
  const told = limitOf(sent.headers, now);
  const limit = tightest([...(told ? [told] : []), ...(sent.allowance ? [sent.allowance] : [])]);
  const left = limit && { limit };
  if (meaning === 'delivered') return { meaning, ...left };
  const waitMs = longest(retryAfterMs(sent.headers, now), remark.waitMs);
  const disables =
    remark.disables ?? (meaning === 'gone' ? `http-${remark.status ?? sent.status}` : undefined);
  return {
    meaning,
    code: `http-${remark.status ?? sent.status}`,
    message: complaint(meaning, sent, remark),
    ...(waitMs !== undefined && { waitMs }),
    ...left,
    ...(remark.movedTo !== undefined && { movedTo: remark.movedTo }),
    ...(disables !== undefined && { disables }),
  };
}

// A Location often repeats the path of the webhook, and the path of some webhooks is a secret: only its
// origin is named.
function complaint(meaning: Meaning, { status, headers }: Answered, { word }: Remark): string {
  const said = `the receiver answered ${status}${word === undefined ? '' : ` (${word})`}`;
  const target = meaning === 'redirected' ? URL.parse(headers.location ?? '') : null;
  // Others have no origin, and no host that exists has a longer name: this is kept with the attempt and logged.
  if (target === null || !/^https?:$/.test(target.protocol) || target.hostname.length > longestName)
    return said;
  return `${said} and points to ${target.origin}; redirects are not followed`;
}

// https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
const longestName = 253;

function longest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : Math.max(one, other ?? 0);
}
