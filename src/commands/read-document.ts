// One URL, asked and read as a poll does it, for commands that store nothing: what it holds, or why that is no feed.

import { type Code, FeedhookError } from '../errors.ts';
import type { FeedClient, FeedRequest } from '../fetch/client.ts';
import type { ParsedFeed } from '../model/feed.ts';
import type { DecodedFeed, FetchedDocument, FetchedFeed } from '../model/poll.ts';
import type { ParseLimits } from '../parse/parse.ts';

export interface ReadTools {
  readonly client: FeedClient;
  readonly limits: ParseLimits;
}

export interface FeedReading {
  readonly fetched: FetchedDocument;
  readonly decoded: DecodedFeed;
  readonly parsed: ParsedFeed;
}

export type ReadDocument =
  | ({ readonly kind: 'feed' } & FeedReading)
  /** A complete document, but no feed that could be read; `text` is absent if its charset could not be read. */
  | {
      readonly kind: 'other';
      readonly fetched: FetchedDocument;
      readonly text?: string;
      readonly code: Code;
      readonly message: string;
    }
  | { readonly kind: 'failed'; readonly fetched: FetchedFeed; readonly code: Code; readonly message: string };

/** `request`: what is sent besides, of the feed that feeds.yaml has under this URL. */
export async function readDocument(
  url: string,
  { client, limits }: ReadTools,
  request: Omit<FeedRequest, 'url'> = {},
): Promise<ReadDocument> {
  const { decode } = await import('../decode/decode.ts');
  const { parse } = await import('../parse/parse.ts');
  const fetched = await client.fetch({ ...request, url });
  if (fetched.kind !== 'document') {
    const { code, message } =
      fetched.kind === 'failed' ? fetched : { code: 'unsolicited-304' as const, message: url };
    return { kind: 'failed', fetched, code, message };
  }
  const { contentType } = fetched;
  let text: string | undefined;
  try {
    const decoded = decode(fetched.body, contentType);
    text = decoded.text;
    const parsed = parse({
      text,
      url: fetched.url,
      limits,
      ...(contentType !== undefined && { contentType }),
    });
    return { kind: 'feed', fetched, decoded, parsed };
  } catch (error) {
    if (!(error instanceof FeedhookError)) throw error;
    const { code, message } = error;
    return { kind: 'other', fetched, ...(text !== undefined && { text }), code, message };
  }
}
