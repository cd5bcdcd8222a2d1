// What podcasts say of an episode beyond its file: number, season, kind, chapters, transcripts, people and
// other forms of the file. Where iTunes and the podcast namespace speak of one thing, the latter says it more
// exactly, whatever their order. https://podcasters.apple.com/support/823-podcast-requirements
// https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md

import type { Episode } from '../model/entry.ts';
import { withoutAbsent } from './draft.ts';
import type { EntryDraft } from './entry-draft.ts';
import { type EpisodeDraft, mostExtras } from './extras.ts';
import { urlIn } from './fields.ts';
import { type Reader, type ReaderTable, table } from './readers.ts';
import { collapse } from './text.ts';
import { attributeOf, childrenOf, textOf, type XmlElement } from './xml.ts';

export const podcastReaders: ReaderTable<EntryDraft> = table<EntryDraft>(
  ['itunes:season', fill('season', seasonOf)],
  ['itunes:episode', fill('number', numberOf)],
  ['itunes:episodetype', fill('kind', kindOf)],
  ['itunes:explicit', fill('isExplicit', isExplicit)],
  ['podcast:season', replace('season', seasonOf)],
  ['podcast:episode', replace('number', numberOf)],
  ['podcast:chapters', fill('chaptersUrl', urlIn('url'))],
  ['podcast:transcript', readTranscript],
  ['podcast:alternateenclosure', readAlternate],
  ['podcast:person', readPerson],
);

type Part = Exclude<keyof EpisodeDraft, 'transcripts'>;
type Read<P extends Part> = (element: XmlElement) => EpisodeDraft[P] | undefined;

function fill<P extends Part>(part: P, read: Read<P>): Reader<EntryDraft> {
  return (element, { extras }) => set(extras, part, extras.episode?.[part] ?? read(element));
}

function replace<P extends Part>(part: P, read: Read<P>): Reader<EntryDraft> {
  return (element, { extras }) => set(extras, part, read(element) ?? extras.episode?.[part]);
}

function set<P extends Part>(
  extras: EntryDraft['extras'],
  part: P,
  value: EpisodeDraft[P] | undefined,
): void {
  if (value === undefined) return;
  extras.episode ??= {};
  extras.episode[part] = value;
}

function seasonOf(element: XmlElement): number | undefined {
  const text = textOf(element) ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function numberOf(element: XmlElement): number | undefined {
  const text = textOf(element) ?? '';
  return /^\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
}

function kindOf(element: XmlElement): Episode['kind'] {
  const kind = textOf(element)?.toLowerCase();
  return kind === 'full' || kind === 'trailer' || kind === 'bonus' ? kind : undefined;
}

/** Apple said yes, no and clean before it said true and false. */
function isExplicit(element: XmlElement): boolean | undefined {
  const text = textOf(element)?.toLowerCase() ?? '';
  if (['true', 'yes', 'explicit'].includes(text)) return true;
  return ['false', 'no', 'clean'].includes(text) ? false : undefined;
}

function readTranscript(element: XmlElement, { extras }: EntryDraft): void {
  const url = urlIn('url')(element);
  if (url === undefined) return;
  extras.episode ??= {};
  extras.episode.transcripts ??= [];
  if (extras.episode.transcripts.length === mostExtras) return;
  const [mimeType, language] = [attributeOf(element, 'type'), attributeOf(element, 'language')];
  extras.episode.transcripts.push({ url, ...withoutAbsent({ mimeType, language }) });
}

/** Its sources are one file at several addresses, some of them ipfs: or magnet:. The first on the web is taken. */
function readAlternate(element: XmlElement, { enclosures }: EntryDraft): void {
  const sources = childrenOf(element).filter(({ name }) => name === 'podcast:source');
  enclosures.addAlternate({
    url: sources.map(urlIn('uri')).find((url) => url !== undefined),
    mimeType: attributeOf(element, 'type'),
    size: attributeOf(element, 'length'),
    title: attributeOf(element, 'title'),
  });
}

/** Who hosts or writes is an author; guests, editors and all others took part. No role means host. */
function readPerson(element: XmlElement, entry: EntryDraft): void {
  const name = collapse(textOf(element) ?? '');
  const role = attributeOf(element, 'role')?.toLowerCase() ?? 'host';
  const isAuthor = /\b(?:co-?)?host\b|\bauthor\b/.test(role);
  if (name === '') return;
  const person = { name, ...withoutAbsent({ url: urlIn('href')(element) }) };
  (isAuthor ? entry.authors : entry.contributors).push(person);
}
