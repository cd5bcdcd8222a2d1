// The entry of WEBHOOKS §2, its feed, and what may happen to that feed, to be varied.

import type { Entry, EntryChange } from '../../src/model/entry.ts';
import type { FeedEventType, FeedNotice } from '../../src/model/event.ts';
import type { FeedFacts } from '../../src/model/feed.ts';
import { type EventFeed, entryEvent } from '../../src/outbox/event.ts';

export const detectedAt = Date.parse('2026-11-20T09:20:11.482Z');

export const feed: EventFeed & { readonly facts: FeedFacts } = {
  id: 'example-security',
  url: 'https://example.org/feed',
  feedUrl: 'https://example.org/feed.atom',
  labels: ['security'],
  facts: {
    format: 'atom10',
    title: 'Example security',
    homePageUrl: 'https://example.org/',
    language: 'en',
  },
};

export const bare: Entry = { authors: [], contributors: [], categories: [], enclosures: [] };

export const full: Entry = {
  id: 'tag:example.org,2026:post-42',
  url: 'https://example.org/posts/42',
  externalUrl: 'https://other.example/report',
  title: 'Plain text title',
  summary: '<p>One or two <i>plain</i> sentences.</p>',
  baseUrl: 'https://example.org/posts/',
  contentHtml: '<p onclick="x()">Sanitised <a href="43">HTML</a></p><script>x()</script>',
  published: '2026-11-20T08:58:00+01:00',
  updated: '2026-11-20T09:05:00+01:00',
  authors: [{ name: 'J. Doe', url: 'https://example.org/jd', email: 'jd@example.org' }],
  contributors: [],
  categories: [{ term: 'CVE', label: 'Vulnerabilities' }],
  enclosures: [
    {
      url: 'https://example.org/a.mp3',
      mimeType: 'audio/mpeg',
      sizeBytes: 123,
      durationSeconds: 60,
      title: 'Talk',
    },
  ],
  image: 'https://example.org/42.jpg',
  language: 'en',
  source: { id: 'urn:origin', title: 'Origin', feedUrl: 'https://origin.example/feed' },
};

const since = Date.parse('2026-11-20T09:20:11.482Z');

/** One of each type; `feed.error` has the id of WEBHOOKS §2. */
export const notices: { readonly [Type in FeedEventType]: Extract<FeedNotice, { type: Type }> } = {
  'feed.error': {
    type: 'feed.error',
    code: 'http-503',
    message: 'the origin answered 503',
    status: 503,
    since,
    failures: 3,
    lastSuccessAt: Date.parse('2026-11-20T08:20:09Z'),
    nextPollAt: Date.parse('2026-11-20T14:03:00Z'),
    episodeAt: since,
    step: '1',
  },
  'feed.recovered': {
    type: 'feed.recovered',
    since,
    failures: 7,
    mayHaveMissed: true,
    episodeAt: since,
    step: 'recovered',
  },
  'feed.moved': {
    type: 'feed.moved',
    from: 'https://example.org/feed',
    to: 'https://www.example.org/feed.atom',
    via: 301,
    isAdopted: true,
    episodeAt: since,
    step: 'https://www.example.org/feed.atom',
  },
  'feed.gone': {
    type: 'feed.gone',
    status: 410,
    since,
    polling: 'parked',
    episodeAt: since,
    step: 'parked',
  },
  'feed.identity_churn': {
    type: 'feed.identity_churn',
    matched: 18,
    withheld: 3,
    sample: [
      {
        id: 'https://www.example.org/?p=42',
        previousId: 'tag:example.org,2026:post-42',
        url: 'https://example.org/posts/42',
        title: 'Plain text title',
      },
      { id: 'https://www.example.org/?p=41', title: 'The one before' },
    ],
    episodeAt: since,
    step: '1',
  },
};

/** The entry of WEBHOOKS §2 after it was taken out of its feed: nothing but its label is left. */
export const deletion: Partial<EntryChange> = {
  type: 'entry.deleted',
  reason: 'tombstone',
  revision: 3,
  sequence: 1044,
  contentHash: '5feceb66ffc86f38.6b86b273ff34fce1.d4735e3a265e16ee.4e07408562bedb8b',
};

export const label: Entry = {
  ...bare,
  id: 'tag:example.org,2026:post-42',
  url: 'https://example.org/posts/42',
  title: 'Plain text title',
};

export function change(entry: Entry, fields: Partial<EntryChange> = {}): EntryChange {
  return {
    type: 'entry.new',
    entry,
    key: { source: 'guid', value: 'guid:tag:example.org,2026:post-42' },
    revision: 1,
    sequence: 1042,
    isInitial: false,
    contentHash: `sha256:${'2d71'.repeat(16)}`,
    firstSeen: Math.floor(detectedAt / 1000),
    ...fields,
  };
}

export function bodyOf(entry: Entry, fields: Partial<EntryChange> = {}) {
  return JSON.parse(entryEvent(change(entry, fields), feed, detectedAt).body);
}

export function itemOf(fields: Partial<Entry>, changed: Partial<EntryChange> = {}) {
  return bodyOf({ ...bare, ...fields }, changed).data.entry;
}
