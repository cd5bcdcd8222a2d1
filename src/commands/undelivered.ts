// Why nothing of an entry was ever owed to an endpoint: no event, or an event that nobody gets. Pure.

import type { StoredEvent } from '../model/event.ts';
import type { EntryContext, Verdict } from './entry-stage.ts';
import type { EntryTrace } from './entry-trace.ts';
import type { Route } from './routes.ts';
import { when } from './table.ts';

/** Its event is stored and no endpoint is owed it. */
export function unownedVerdict(event: StoredEvent, { memory, routing, endpointId }: EntryContext): Verdict {
  if (memory?.outbox.includes(event.id)) {
    return {
      stage: 'waiting',
      because: 'its event is stored and not yet handed to the delivery queue',
      advice: 'nothing: that is done at the next start, or the next poll of the feed',
    };
  }
  const routes = routing(event);
  const {
    owed = [],
    filtered = [],
    'not-routed': elsewhere = [],
  } = Object.groupBy(routes, ({ kind }) => kind);
  if (elsewhere.length === routes.length) return unroutedVerdict(elsewhere, endpointId);
  const now = owed.concat(filtered).map(({ endpointId }) => endpointId);
  return {
    stage: 'not-subscribed',
    because:
      endpointId === undefined
        ? `no endpoint of the feed wanted ${event.type} when it happened (${when(event.detectedAt)})`
        : `${endpointId} did not want ${event.type} when it happened (${when(event.detectedAt)})`,
    advice:
      now.length > 0
        ? `nothing: ${now.join(', ')} gets those that happen from now on`
        : `name ${event.type} in the "events" of ${endpointId ?? 'an endpoint that the feed names'}, for those to come`,
  };
}

function unroutedVerdict(elsewhere: readonly Route[], endpointId: string | undefined): Verdict {
  const [first] = elsewhere;
  const why = first?.kind === 'not-routed' ? first.because : undefined;
  return {
    stage: 'not-routed',
    because:
      endpointId === undefined
        ? `no endpoint gets what this feed brings${why === undefined ? '' : `: of ${first?.endpointId}, ${why}`}`
        : `${endpointId} does not get what this feed brings: ${why ?? 'it is not in feeds.yaml'}`,
    advice:
      'name it in "endpoints" of the feed, or give the feed a label that the endpoint wants, for those to come',
  };
}

/** It is known, and has no event. */
export function silentVerdict(
  { known }: EntryTrace,
  { memory, initial, retentionMs, now }: EntryContext,
): Verdict {
  if (!known) {
    return {
      stage: 'unknown',
      because: 'the memory of the feed does not have it',
      advice: 'nothing: it is announced when a document shows it again',
    };
  }
  if (known.isFormer) {
    return {
      stage: 'renamed',
      because: 'the publisher changed its id, and it goes on under the new one',
      advice: 'ask by its title or link, or by the new id',
    };
  }
  if (memory?.baseline?.at === known.firstSeen) {
    return {
      stage: 'baseline',
      because: `it was in the first document of the feed: ${initialWords(initial)}`,
      advice: 'nothing brings it any more; its changes are announced as entry.updated',
    };
  }
  if (now - known.firstSeen * 1000 > retentionMs) {
    return {
      stage: 'expired',
      because: `it was first seen ${when(known.firstSeen * 1000)}, and events are not kept for so long ("retention")`,
      advice: 'nothing: what became of its delivery is not known any more',
    };
  }
  return {
    stage: 'silent',
    because:
      'it was made known without an event: an older entry that slid into the window, or a known one under a new id',
    advice: 'nothing: docs/entries.md says when that happens',
  };
}

function initialWords(initial: EntryContext['initial']): string {
  if (initial === 'none') return '"initial: none" announces none of those';
  return initial === 'all'
    ? '"initial" was another one when that was read'
    : `"initial: ${initial}" announces only the newest of those`;
}
