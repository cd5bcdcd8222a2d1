// Documents to measure parsing on: what real feeds of three kinds are made of, in made-up words. The same
// arguments give the same document each time, so that runs can be compared.

export interface FeedDocument {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Long articles have many paragraphs. */
export type EntryWriter = (at: number, paragraphs: number) => string;

export interface FeedKind {
  readonly name: string;
  readonly contentType: string;
  readonly entry: EntryWriter;
  /** The whole document round the entries. */
  readonly document: (entries: string) => string;
}

/** The entries from `first` on, the newest on top as feeds have it. */
export function documentOf(kind: FeedKind, count: number, first = 0, paragraphs = 5): FeedDocument {
  const entries = Array.from({ length: count }, (_, at) => kind.entry(first + count - 1 - at, paragraphs));
  const text = kind.document(entries.join('\n'));
  return { name: kind.name, contentType: kind.contentType, bytes: new TextEncoder().encode(text) };
}

const words =
  'the harbour road opens again after winter repairs while crews measure salt in new concrete and city planners publish maps of each bridge with notes on traffic cost weather trees ferries schools and what comes next for cyclists who cross it daily'.split(
    ' ',
  );

/** Words that follow from the numbers given. */
export function prose(seed: number, count: number): string {
  return Array.from(
    { length: count },
    (_, at) => words[(seed * 7 + at * (3 + (seed % 5))) % words.length],
  ).join(' ');
}

export function titleOf(at: number): string {
  return `${prose(at, 6)} &amp; ${at % 3 === 0 ? 'caf\u00e9s' : 'more'}`;
}

export function dateOf(at: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + at * 7_200_000);
}

/** Paragraphs with links and a picture, as a blog writes them. */
export function article(at: number, paragraphs: number): string {
  const parts = Array.from({ length: paragraphs }, (_, part) => {
    const link = `<a href="https://blog.example.org/tag/${part}?a=1&amp;b=${at}">${prose(at + part, 3)}</a>`;
    return `<p>${prose(at * 3 + part, 35)}, ${link} \u2013 ${prose(at + part * 5, 20)}.</p>`;
  });
  const picture = `<figure><img src="https://cdn.example.org/${at}/large.jpg" alt="${prose(at, 4)}" width="1024" height="683" /></figure>`;
  return `${picture}\n${parts.join('\n')}`;
}
