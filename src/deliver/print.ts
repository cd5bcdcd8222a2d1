// The built-in `stdout` endpoint: each event is one JSON line on standard output, so that a first run without
// any endpoint shows something. A line counts as delivered when the stream has taken it, so a slow reader
// slows the deliveries and never fills the memory.

import type { Writable } from 'node:stream';
import type { StoredEvent } from '../model/event.ts';
import type { Printed, Unanswered } from './send.ts';

/** `signal` ends the wait for a reader that stands still. */
export async function printEvent(
  output: Writable,
  event: StoredEvent,
  signal: AbortSignal,
): Promise<Printed | Unanswered> {
  // A failed write is also an 'error' event, perhaps a late one, and would end the process if nobody listened.
  output.off('error', ignore).on('error', ignore);
  try {
    await write(output, `${event.body}\n`, signal);
    return { kind: 'printed' };
  } catch (error) {
    return { kind: 'unanswered', code: 'output-closed', message: reasonOf(error), phases: {} };
  }
}

const ignore = () => {};

/** Rejects with what the stream says (EPIPE when its reader has gone), or when `signal` aborts. */
function write(output: Writable, line: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  // A stream that failed for good never calls back.
  if (output.errored) reject(output.errored);
  else output.write(line, (error) => (error ? reject(error) : resolve()));
  return promise.finally(() => signal.removeEventListener('abort', stop));
}

function reasonOf(error: unknown): string {
  return `standard output cannot be written: ${error instanceof Error ? error.message : String(error)}`;
}
