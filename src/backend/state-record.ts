// A feed's state as one JSON text, and the note of a request as another on a line of its own, in force over the state
// as long as it is there. Anything it cannot understand is a fault, never an absent state.

import { StoreError } from '../errors.ts';
import type { FeedState } from '../model/feed.ts';
import type { RequestNote } from '../model/poll.ts';

const version = 1;

export function writeStateRecord(state: FeedState): string {
  return JSON.stringify({ version, ...state });
}

export function writeRequestNote({ requestedAt, nextPoll }: RequestNote): string {
  return JSON.stringify({ requestedAt, nextPoll });
}

export function readStateRecord(feedId: string, record: string): FeedState {
  const lineEnd = record.indexOf('\n');
  if (lineEnd === -1) return readState(feedId, record);
  return { ...readState(feedId, record.slice(0, lineEnd)), ...readNote(feedId, record.slice(lineEnd + 1)) };
}

function readState(feedId: string, record: string): FeedState {
  const { version: written, ...state } = parse<Written>(feedId, record);
  if (written > version) {
    throw new StoreError('store-newer', `state of feed ${feedId} was written by a newer feedhook`, {
      feedId,
    });
  }
  if (written !== version || state.feedId !== feedId || state.nextPoll?.at === undefined || !state.totals) {
    throw damaged(feedId);
  }
  return withInfinity(state);
}

function readNote(feedId: string, text: string): RequestNote {
  const note = parse<RequestNote>(feedId, text);
  if (typeof note.requestedAt !== 'number' || note.nextPoll?.at === undefined) throw damaged(feedId);
  return withInfinity(note);
}

/** JSON has no Infinity and writes null: a feed that is not polled again by itself. */
function withInfinity<T extends RequestNote | FeedState>(read: T): T {
  const at: number | null = read.nextPoll.at;
  return at === null ? { ...read, nextPoll: { ...read.nextPoll, at: Number.POSITIVE_INFINITY } } : read;
}

type Written = FeedState & { readonly version: number };

function parse<T>(feedId: string, record: string): T {
  let parsed: unknown;
  try {
    parsed = JSON.parse(record);
  } catch (cause) {
    throw damaged(feedId, cause);
  }
  if (typeof parsed !== 'object' || parsed === null) throw damaged(feedId);
  return parsed as T;
}

function damaged(feedId: string, cause?: unknown): StoreError {
  return new StoreError('store-corrupt', `state of feed ${feedId} cannot be understood`, { cause, feedId });
}
