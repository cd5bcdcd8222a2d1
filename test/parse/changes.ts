// What may happen to a document between two polls, from the usual (an entry on top) to the malicious (an entry's
// text inside a comment). Works on the text alone, so that nothing of the code under test decides what an entry is.

import fc from 'fast-check';

export interface Change {
  readonly kind: keyof typeof changes;
  readonly at: number;
  readonly to: number;
  readonly shard: string;
}

const entryPattern = /<((?:[\w-]+:)?(?:item|entry))[\s>][\s\S]*?<\/\1\s*>/g;

/** The entries of a text, as far as a pattern can find them. */
export function entriesIn(text: string): string[] {
  return [...text.matchAll(entryPattern)].map(([entry]) => entry);
}

/** The text with its entries exchanged for others; what stands between them stays. */
export function withEntries(text: string, change: (entries: string[]) => string[]): string {
  const between = text.split(entryPattern).filter((_, at) => at % 2 === 0);
  const [head = '', ...rest] = between;
  const entries = change(entriesIn(text));
  const tail = rest.splice(entries.length).join('');
  const last = rest.length;
  return `${head}${entries.map((entry, at) => entry + (at < last ? rest[at] : '\n')).join('')}${tail}`;
}

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list[at % Math.max(1, list.length)];
}

function spliced(text: string, at: number, piece: string, lost = 0): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + piece + text.slice(place + lost);
}

function replacedEntry(text: string, at: number, by: (entry: string) => string): string {
  return withEntries(text, (entries) =>
    entries.map((entry, index) => (index === at % entries.length ? by(entry) : entry)),
  );
}

/** Behind the first `>` of a tag whose name ends in this. */
function insideFirst(text: string, name: string, attribute: string): string {
  return text.replace(new RegExp(`<((?:[\\w-]+:)?${name})(?=[\\s>])`), (tag) => `${tag} ${attribute}`);
}

type Edit = (text: string, change: Omit<Change, 'kind'>) => string;

const changes = {
  nothing: (text) => text,
  'an entry on top': (text, { at, shard }) =>
    withEntries(text, (entries) => [(pick(entries, at) ?? '').replace('>', `>${shard}`), ...entries]),
  'an entry less': (text, { at }) =>
    withEntries(text, (entries) => entries.filter((_, index) => index !== at % entries.length)),
  'an entry twice': (text, { at, to }) =>
    withEntries(text, (entries) => entries.toSpliced(to % (entries.length + 1), 0, pick(entries, at) ?? '')),
  'another order': (text, { at, to }) =>
    withEntries(text, (entries) => {
      const others = entries.toSpliced(at % Math.max(1, entries.length), 1);
      return others.toSpliced(to % (others.length + 1), 0, pick(entries, at) ?? '');
    }),
  'the reverse order': (text) => withEntries(text, (entries) => entries.reverse()),
  'an entry edited': (text, { at, to, shard }) =>
    replacedEntry(text, at, (entry) => spliced(entry, to, shard)),
  'an entry in CDATA': (text, { at }) => replacedEntry(text, at, (entry) => `<![CDATA[${entry}]]>`),
  'an entry in a comment': (text, { at }) => replacedEntry(text, at, (entry) => `<!--${entry}-->`),
  'an entry in another element': (text, { at }) => replacedEntry(text, at, (entry) => `<x>${entry}</x>`),
  'an entry in another entry': (text, { at, to }) => {
    const inner = pick(entriesIn(text), to) ?? '';
    return replacedEntry(text, at, (entry) => entry.replace('>', `>${inner}`));
  },
  'an entry in the text of another': (text, { at, to }) => {
    const inner = pick(entriesIn(text), to) ?? '';
    return replacedEntry(text, at, (entry) =>
      entry.replace(/<\/[^<]*$/, `<title><![CDATA[${inner}]]></title>$&`),
    );
  },
  'an entry behind all else': (text, { at }) =>
    text.replace(/<\/[^<]*$/, `${pick(entriesIn(text), at) ?? ''}$&`),
  'a header edited': (text, { at, shard }) => spliced(text, at % 700, shard),
  'damage anywhere': (text, { at, to, shard }) => spliced(text, at, shard, to % 9),
  'a cut': (text, { at }) => text.slice(0, at % (text.length + 1)),
  'prefixes bound anew': (text, { at }) =>
    text.replace(/xmlns(:[\w-]+)?="[^"]*"/g, (whole, prefix = '') =>
      whole.length % 3 === at % 3 ? `xmlns${prefix}="http://purl.org/dc/elements/1.1/"` : whole,
    ),
  'another base': (text, { at }) =>
    insideFirst(
      text,
      pick(['rss', 'feed', 'channel', 'item', 'entry'], at) ?? '',
      `xml:base="https://b.example/${at}/"`,
    ),
  'another language': (text, { at, to }) =>
    insideFirst(
      text,
      pick(['rss', 'feed', 'channel', 'item'], at) ?? '',
      `xml:lang="${to % 2 ? 'de' : 'fr'}"`,
    ),
  'an entity declared': (text, { to }) =>
    text.replace(/<(?=rss|feed|rdf:RDF)/, `<!DOCTYPE rss [<!ENTITY nbsp "${to}">]><`),
  'another licence': (text, { to }) =>
    text.replace(
      /<title|<id/,
      `<cc:license xmlns:cc="http://web.resource.org/cc/">https://l.example/${to}</cc:license>$&`,
    ),
} satisfies Record<string, Edit>;

const shards = [
  ' ',
  'x',
  '<',
  '>',
  '&',
  '"',
  '&nbsp;',
  '&#8212;',
  '<b>',
  '<br/>',
  '</item>',
  '<item>',
  '</entry>',
  '<entry>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<![CDATA[</item>]]>',
  '<![CDATA[<item>]]>',
  '<!--</entry><entry>-->',
  '<?x y?>',
  '<item/>',
  '</channel>',
  '<channel>',
  '<guid>other</guid>',
  '<title>Other</title>',
  '<link>https://other.example/</link>',
  '<dc:date>2026-11-20</dc:date>',
  '\u0001',
  '\r\n',
];

export const anyChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom(...(Object.keys(changes) as (keyof typeof changes)[])),
  at: fc.nat(100_000),
  to: fc.nat(100_000),
  shard: fc.constantFrom(...shards),
});

export function applyAll(text: string, all: readonly Change[]): string {
  return all.reduce((changed, { kind, ...how }) => changes[kind](changed, how), text);
}
