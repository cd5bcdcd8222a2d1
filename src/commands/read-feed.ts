// One URL that must be a feed, for `preview`: what it holds, or an error that says what to do.

import { FetchError, ParseError } from '../errors.ts';
import type { FeedRequest } from '../fetch/client.ts';
import { type FeedReading, type ReadTools, readDocument } from './read-document.ts';

/** Closes the client. */
export async function readFeed(
  { url, ...request }: FeedRequest,
  { client, limits }: ReadTools,
): Promise<FeedReading> {
  try {
    const reading = await readDocument(url, { client, limits }, request);
    if (reading.kind === 'feed') return reading;
    const { code, message } = reading;
    if (reading.kind === 'other') {
      const further = code === 'not-a-feed' ? '; "feedhook discover" looks for feeds there' : '';
      throw new ParseError(code, `${message}${further}`);
    }
    const wayOut = code === 'blocked-address' ? '; for this preview alone, --allow does the same' : '';
    throw new FetchError(code, `${message}${wayOut}`);
  } finally {
    await client.close();
  }
}
