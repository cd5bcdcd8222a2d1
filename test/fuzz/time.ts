// How long one reading holds up the thread that reads, whatever else the machine does meanwhile: the longest stretch
// without a turn of the event loop. That is learning a document, or making the bodies of as many events as a store takes at
// a time.

import { read, type Served } from './read.ts';

/** For a document of up to 1 MB of which every entry is an event. */
export const maxMs = 250;

/** As many as backend/sqlite/feed-store.ts stores together. */
const eventsTogether = 500;

/** In milliseconds of the thread's own time. */
export function longestStretch(served: Served): number {
  let longest = 0;
  for (const stretch of stretches(served)) {
    const before = process.threadCpuUsage();
    stretch();
    const { user, system } = process.threadCpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
  }
  return longest;
}

/** What a poll does with a document, piece by piece. */
export function* stretches(served: Served): Generator<() => void> {
  let events: ReturnType<typeof read>['events'] = [];
  yield () => {
    events = read(served).events;
  };
  for (let at = 0; at < events.length; at += eventsTogether) {
    yield () => {
      for (const event of events.slice(at, at + eventsTogether)) bodies.last = event.body;
    };
  }
}

/** Keeps the making of a body from being left out as useless. */
const bodies = { last: '' };
