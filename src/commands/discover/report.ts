// What `feedhook discover` prints: one line for each feed, what is special about it, what was asked in vain, and the
// lines for feeds.yaml. URLs are shown whole, as the page itself shows them: they are the answer. Pure.

import { printable, short, table } from '../table.ts';
import type { Source } from './candidates.ts';
import { bestOf, type FoundFeed } from './found-feed.ts';
import type { Discovery, Miss, NotAsked } from './search.ts';

const maxTitleLength = 40;
/** Lines that nobody reads all of. */
const maxListed = 10;

export function discoveryReport(discovery: Discovery): string {
  const { is, found, misses, notAsked } = discovery;
  const parts = [
    opening(discovery),
    found.length > 0 ? table(heads, found.map(row)) : '',
    found.flatMap(remarks).join('\n'),
    listed(
      'no feed:',
      misses.filter(({ source }) => source !== 'given' || (is === 'failed' && found.length > 0)),
      missLine,
    ),
    listed('not asked:', notAsked, notAskedLine),
    found.length > 0 ? feedLines(bestOf(found)) : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function opening(discovery: Discovery): string {
  const { asked, url, is, insteadOfHttps, found, misses } = discovery;
  const place = printable(url);
  const instead =
    insteadOfHttps === undefined ? '' : `https could not be asked (${insteadOfHttps}), so http was.\n`;
  const given = misses.findLast(({ source }) => source === 'given');
  if (is === 'feed') return `${instead}${place} is a feed itself.`;
  if (is === 'failed' && given && found.length === 0) {
    return `${instead}no feed found: ${printable(asked)}: ${given.code}: ${printable(given.message)}${wayOut(given, discovery)}`;
  }
  if (found.length === 0) return `${instead}no feed found at ${place}: tried ${triedWays(discovery)}.`;
  const count = found.length === 1 ? '1 feed' : `${found.length} feeds`;
  return `${instead}${count} found at ${place}, by ${foundWays(found)}.`;
}

/** What the message of a failure cannot know: that a command asked, and what was left out on its line. */
function wayOut({ code }: Miss, { isHttpsAssumed }: Discovery): string {
  if (code === 'blocked-address') return '; for this search alone, --allow does the same';
  if (isHttpsAssumed && code.startsWith('tls-'))
    return '; https was assumed: begin the URL with http:// if its host speaks nothing else';
  return '';
}

const ways: Readonly<Record<Exclude<Source, 'given'>, string>> = {
  moved: 'the new location that it names',
  link: 'its link elements',
  anchor: 'anchors that look like feeds',
  'known path': 'known paths',
};

function foundWays(found: readonly FoundFeed[]): string {
  const sources = new Set(found.map(({ source }) => source));
  return [...sources].map((source) => (source === 'given' ? 'its URL' : ways[source])).join(' and ');
}

/** With numbers: a page may have named none, or ten that are dead. */
function triedWays({ misses, notAsked }: Discovery): string {
  const bySource = Map.groupBy([...misses, ...notAsked], ({ source }) => source);
  const counts = (['moved', 'link', 'anchor', 'known path'] as const).flatMap((source) => {
    const count = bySource.get(source)?.length ?? 0;
    return count > 0 || source === 'link' ? [`${ways[source]} (${count})`] : [];
  });
  return counts.join(', ');
}

const heads = ['URL', 'FORMAT', 'ENTRIES', 'A NEW ONE', 'NEWEST', 'ITS TITLE', 'FEED'];

function row({ url, format, entries, usualGapMs, newest, title }: FoundFeed): (string | number)[] {
  return [
    url,
    format,
    entries,
    usualGapMs === undefined ? '-' : everyText(usualGapMs),
    newest?.date?.slice(0, 10) ?? '-',
    short(newest?.title, maxTitleLength),
    short(title, maxTitleLength),
  ];
}

const units = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `every 3 days`: in the largest unit that a number above 1 can be said in. */
export function everyText(gapMs: number): string {
  if (gapMs < 60_000) return 'many at once';
  const [name, unitMs] = units.find(([, each]) => gapMs >= 1.5 * each) ?? ['minute', 60_000];
  const count = Math.round(gapMs / unitMs);
  return count === 1 ? `every ${name}` : `every ${count} ${name}s`;
}

/** Only what is out of the ordinary has a line. */
function remarks(feed: FoundFeed): string[] {
  const { url, charset, selfUrl, hubUrls, newFeedUrl, flaws, alsoAt, sameEntriesAs, isComments } = feed;
  const lines = [
    ...(isComments ? ['comments    it holds what readers say'] : []),
    ...(sameEntriesAs === undefined ? [] : [`entries     those of ${sameEntriesAs}`]),
    ...(charset.recovered
      ? [`charset     ${charset.charset} (${charset.reason}): its bytes contradict what they are sent as`]
      : []),
    ...(selfUrl === undefined || selfUrl === url ? [] : [`self        ${selfUrl}`]),
    ...hubUrls.slice(0, 3).map((hub) => `hub         ${hub}`),
    ...(newFeedUrl === undefined || newFeedUrl === url ? [] : [`moved       it says to ${newFeedUrl}`]),
    ...(flaws === 0 ? [] : [`flaws       ${flaws}; "feedhook preview" names them`]),
    ...alsoAt.map((other) => `also at     ${other}`),
  ];
  return lines.length === 0 ? [] : [url, ...lines.map((line) => `  ${line}`)].map(printable);
}

function listed<T>(head: string, all: readonly T[], line: (one: T) => string): string {
  if (all.length === 0) return '';
  const more = all.length > maxListed ? [`  and ${all.length - maxListed} more`] : [];
  return [head, ...all.slice(0, maxListed).map((one) => `  ${printable(line(one))}`), ...more].join('\n');
}

function missLine({ url, code, message }: Miss): string {
  return `${url}  ${code}: ${message}`;
}

function notAskedLine({ url, why }: NotAsked): string {
  return `${url}  ${why}`;
}

function feedLines(feeds: readonly FoundFeed[]): string {
  return ['for feeds.yaml:', '', 'feeds:', ...feeds.map(({ url }) => `  - ${yamlText(url)}`)].join('\n');
}

/** A page must not make feeds.yaml read a variable into a URL; and a text that ends in a colon would be a key. */
export function yamlText(url: string): string {
  const inert = url.replaceAll('${', '$$$${');
  return /^[\w\-./:?=&%~+@,;]*[\w\-./?=&%~+]$/.test(inert) ? inert : JSON.stringify(inert);
}
