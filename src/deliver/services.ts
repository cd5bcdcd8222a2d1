// What single services say in their own words, beyond or instead of the status. One small reader a service; it looks at texts of
// strangers, so it is total, and takes nothing but numbers and words of a fixed list out of them.

import type { Format } from '../config/formats.ts';
import type { Meaning } from './meaning.ts';
import { bounded } from './quota.ts';
import type { Answered } from './send.ts';

/** What overrides the reading of the status. */
export interface Remark {
  readonly meaning?: Meaning;
  /** The one that counts, where the answer's own says nothing. */
  readonly status?: number;
  /** What the service calls it. */
  readonly word?: string;
  readonly waitMs?: number;
  readonly movedTo?: string;
  readonly disables?: string;
}

const none: Remark = {};

export function remarkOn(format: Format, answer: Answered): Remark {
  return readers[format]?.(answer) ?? none;
}

/** Formats whose 2xx says too little: without its body, the answer is none. */
export function needsBody(format: Format): boolean {
  return format === 'telegram' || format === 'teams';
}

const readers: Readonly<Partial<Record<Format, (answer: Answered) => Remark>>> = {
  telegram: ofTelegram,
  teams: ofTeams,
  discord: ofDiscord,
  slack: ofSlack,
  matrix: ofMatrix,
};

// https://core.telegram.org/bots/api#making-requests and #responseparameters
function ofTelegram({ status, text }: Answered): Remark {
  const { ok, error_code: code, description, parameters } = recordIn(text);
  if (ok === true && status <= 299) return none;
  const said = isFailure(code) ? { status: code } : {};
  const { retry_after: seconds, migrate_to_chat_id: chat } = recordOf(parameters);
  const waitMs = spanMs(seconds, 1_000);
  const wait = waitMs === undefined ? {} : { waitMs };
  // The group has become another chat; the same message is welcome there.
  if (Number.isSafeInteger(chat))
    return { ...said, ...wait, meaning: 'busy', movedTo: String(chat), word: 'the chat has moved' };
  if (status <= 299 && !('status' in said)) return { ...wait, meaning: 'busy', word: 'without "ok": true' };
  const isOfChat = typeof description === 'string' && chatFault.test(description);
  return {
    ...said,
    ...wait,
    ...(isOfChat && { meaning: 'refused', word: 'the chat does not take messages' }),
  };
}

// All of them are a 400, like a message that cannot be read ("can't parse entities"), but no message would be taken.
const chatFault =
  /chat not found|chat_id is empty|not enough rights|have no rights|chat was deactivated|bot was kicked|peer_id_invalid|chat_write_forbidden|topic_closed|thread not found/i;

// A connector answers 200 whatever Teams said to it.
// https://github.com/MicrosoftDocs/msteams-docs/issues/7425, /1810, /10178
function ofTeams({ status, text }: Answered): Remark {
  const inner = Number(/\bHTTP error (\d{3})\b/.exec(text)?.[1]);
  return status <= 299 && isFailure(inner) ? { status: inner, word: `HTTP error ${inner} within` } : none;
}

// https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit: seconds with fractions.
// A webhook that was deleted answers 404 (10015), and 10 000 refused requests in 10 minutes ban our address.
function ofDiscord({ status, text }: Answered): Remark {
  if (status === 404) return { disables: 'http-404' };
  if (status !== 429) return none;
  const waitMs = spanMs(recordIn(text).retry_after, 1_000);
  return waitMs === undefined ? none : { waitMs };
}

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors: one word as text.
const slackGone: ReadonlySet<string> = new Set([
  'no_service',
  'no_service_id',
  'no_active_hooks',
  'no_team',
  'team_disabled',
]);
const slackRefused: ReadonlySet<string> = new Set([
  'channel_not_found',
  'user_not_found',
  'channel_is_archived',
]);
const slackDenied: ReadonlySet<string> = new Set([
  'action_prohibited',
  'posting_to_general_channel_denied',
  'invalid_token',
  'token_revoked',
]);

function ofSlack({ status, text }: Answered): Remark {
  if (status <= 399 || status >= 500) return none;
  const word = text.slice(0, 100).trim();
  if (slackGone.has(word)) return { word, disables: word };
  if (slackDenied.has(word)) return { word, meaning: 'denied' };
  if (!slackRefused.has(word)) return none;
  return status === 410 ? { word } : { word, meaning: 'refused' };
}

// https://spec.matrix.org/latest/client-server-api/#standard-error-response
const matrixMeanings: ReadonlyMap<unknown, Meaning> = new Map<unknown, Meaning>([
  ['M_LIMIT_EXCEEDED', 'slow'],
  ['M_UNKNOWN_TOKEN', 'denied'],
  ['M_MISSING_TOKEN', 'denied'],
  ['M_FORBIDDEN', 'denied'],
  ['M_USER_DEACTIVATED', 'denied'],
  ['M_USER_LOCKED', 'denied'],
  ['M_USER_SUSPENDED', 'denied'],
  ['M_NOT_FOUND', 'refused'],
  ['M_UNRECOGNIZED', 'refused'],
  ['M_INVALID_PARAM', 'refused'],
  ['M_BAD_JSON', 'poison'],
  ['M_NOT_JSON', 'poison'],
  ['M_TOO_LARGE', 'poison'],
]);

function ofMatrix({ status, text }: Answered): Remark {
  if (status <= 399) return none;
  const { errcode, retry_after_ms: ms } = recordIn(text);
  const meaning = matrixMeanings.get(errcode);
  const waitMs = spanMs(ms, 1);
  return {
    ...(meaning && { meaning, word: String(errcode) }),
    ...(waitMs !== undefined && { waitMs }),
  };
}

function isFailure(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
}

function spanMs(value: unknown, unitMs: number): number | undefined {
  return typeof value === 'number' && value >= 0 ? bounded(value * unitMs) : undefined;
}

function recordIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
