// A feed's state as one JSON text. Anything it cannot understand is a fault, never an absent state.

import { StoreError } from '../errors.ts';
import type { FeedState } from '../model/feed.ts';

const version = 1;

export function writeStateRecord(state: FeedState): string {
  return JSON.stringify({ version, ...state });
}

export function readStateRecord(feedId: string, record: string): FeedState {
  const { version: written, ...state } = parse(feedId, record);
  if (written > version) {
    throw new StoreError('store-newer', `state of feed ${feedId} was written by a newer feedhook`, {
      feedId,
    });
  }
  const at: number | null | undefined = state.nextPoll?.at;
  if (written !== version || state.feedId !== feedId || at === undefined || !state.totals) {
    throw damaged(feedId);
  }
  // JSON has no Infinity and writes null: a feed that is not polled again by itself.
  return at === null ? { ...state, nextPoll: { ...state.nextPoll, at: Number.POSITIVE_INFINITY } } : state;
}

type Written = FeedState & { readonly version: number };

function parse(feedId: string, record: string): Written {
  let parsed: unknown;
  try {
    parsed = JSON.parse(record);
  } catch (cause) {
    throw damaged(feedId, cause);
  }
  if (typeof parsed !== 'object' || parsed === null) throw damaged(feedId);
  return parsed as Written;
}

function damaged(feedId: string, cause?: unknown): StoreError {
  return new StoreError('store-corrupt', `state of feed ${feedId} cannot be understood`, { cause, feedId });
}
