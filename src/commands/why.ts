// `feedhook why FEED [ENTRY]`: when the feed is polled next and why then, with the header, element or key that says so,
// and everything else that decides about its polls; of an entry why-entry.ts tells where it stands. Works beside a
// running daemon and asks nobody.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { printableUrl } from '../log.ts';
import type { Explained } from '../schedule/explain.ts';
import { configOption } from './config-option.ts';
import { endpointNamed } from './endpoint-name.ts';
import { entryText } from './entry-text.ts';
import { firstOf, isNamed, unknownFeed } from './feed-name.ts';
import { jsonText, withMaskedUrls } from './json-text.ts';
import { openBeside } from './open.ts';
import { readFeeds } from './read-feeds.ts';
import { currentSources } from './sources.ts';
import { fromNow, printable, span, table, when } from './table.ts';
import { because } from './turn.ts';
import { answerOfEntry } from './why-entry.ts';
import { type WhyReport, whyReport } from './why-report.ts';
import { withheldByFeed, withheldWords } from './withheld.ts';

interface WhyOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly endpoint?: string;
}

export function addWhy(program: Command): void {
  program
    .command('why <feed> [entry]')
    .description(
      'Explain one feed (id or URL): last poll, next poll with everything that asks for a wait, validators, lane, and what to do. With an entry (id, link, part of the title, event or delivery): whether it was delivered, or why not.',
    )
    .addOption(configOption())
    .option('--endpoint <id>', 'of an entry: only what became of it at this endpoint')
    .option('--json', 'one JSON document instead of text')
    .action(async (name: string, words: string | undefined, options: WhyOptions, command: Command) => {
      const { config: file, json } = options;
      if (words?.trim() === '')
        return command.error('error: name the entry by id, link, a part of its title, event or delivery');
      const { scheduledFeeds } = await import('../daemon/world.ts');
      const config = await readFeeds(file);
      const feeds = scheduledFeeds(config);
      const feed = feeds.find((each) => isNamed(each, name));
      if (!feed) return command.error(`error: ${await unknownFeed(name, file, feeds)}`);
      await using opened = await openBeside(config);
      const { store } = opened.backend;
      const states = await store.readStates(feeds.map(({ id }) => id));
      const sources = currentSources(config, feeds, states);
      const memory = await store.readMemory(feed.id);
      const now = systemClock.now();
      const withheld = (await withheldByFeed(opened.backend.deliveries)).get(feed.id) ?? 0;
      const report = whyReport({ feed, sources, states, memory, withheld, now });
      if (words === undefined) return console.log(json ? whyJson(report) : whyText(report, now));
      const endpointId =
        options.endpoint === undefined ? undefined : await endpointNamed(options.endpoint, opened, command);
      const only = endpointId === undefined ? {} : { endpointId };
      const question = { words, feed, config, memory, ofFeed: report, now, ...only };
      const answer = await answerOfEntry(question, opened.backend);
      console.log(json ? jsonText(withMaskedUrls(answer)) : entryText(answer, now));
    });
}

/** The URL of a move is shown whole, since a person has to write it into feeds.yaml. */
export function whyJson(report: WhyReport): string {
  return jsonText(withMaskedUrls(report, [report.adopted, report.pendingMove]));
}

/** One fact a line; whatever came from an origin is made harmless to the terminal. */
export function whyText(report: WhyReport, now: number): string {
  const { explained } = report;
  return [
    `${report.feedId}: ${headline(report, now)}`,
    ...[
      ['to do', report.advice],
      ...withheldLines(report),
      ...urlLines(report),
      ...pollLines(report, now),
      ...validatorLines(report),
      ...failureLines(report, now),
      ...laneLines(report),
    ].map(([head = '', text = '']) => `  ${head.padEnd(14)}${printable(text)}`),
    ...(explained && explained.terms.length > 0 ? ['', termTable(explained)] : []),
  ].join('\n');
}

type Line = readonly [head: string, text: string];

function headline({ explained, hasOtherUrl, parkedAt }: WhyReport, now: number): string {
  if (!explained) return 'not polled yet';
  if (hasOtherUrl) return 'due now: its url was changed in feeds.yaml';
  if (parkedAt !== undefined) return `parked since ${when(parkedAt)}: the origin says that it is gone (410)`;
  const { at } = explained.nextPoll;
  return `due ${fromNow(at, now)}, at ${when(at)}, because of ${printable(because(explained))}`;
}

function withheldLines({ feedId, withheld }: WhyReport): Line[] {
  return withheld === undefined ? [] : [['withheld', withheldWords(feedId, withheld)]];
}

function urlLines({ url, adopted, pendingMove, claimedUrl, sameUrl, feedId }: WhyReport): Line[] {
  const lines: Line[] = [['url', printableUrl(url)]];
  if (adopted) {
    const shown = printableUrl(adopted.url);
    const hidden = shown === adopted.url ? '' : ' (query values are hidden here; --json has them)';
    lines.push(['asked at', `${shown}, adopted ${when(adopted.at)}`]);
    // With the id, under which history is kept: one that was made from the old URL would change with the URL.
    lines.push(['feeds.yaml', `- { id: ${JSON.stringify(feedId)}, url: ${JSON.stringify(shown)} }${hidden}`]);
  }
  if (pendingMove) {
    const { to, polls, since } = pendingMove;
    lines.push([
      'moving to',
      `${printableUrl(to)}, seen at ${polls} ${polls === 1 ? 'poll' : 'polls'} since ${when(since)}; adopted after 3 polls over 7 d`,
    ]);
  }
  if (claimedUrl !== undefined)
    lines.push([
      'claimed',
      `${printableUrl(claimedUrl)}: a document said that the feed lives there; it is asked there only if feeds.yaml says so`,
    ]);
  if (sameUrl.length > 0)
    lines.push(['same request', `${firstOf(sameUrl)}: one request for all, after the longest wait of any`]);
  return lines;
}

function pollLines({ explained, lastPoll, lastSuccessAt }: WhyReport, now: number): Line[] {
  if (!explained) return [];
  if (!lastPoll) return [['last poll', 'never ended']];
  const { endedAt, outcome, status, code, message, hops, charset, entries, notes = {}, events } = lastPoll;
  const lines: Line[] = [
    [
      'last poll',
      `${fromNow(endedAt, now)}, at ${when(endedAt)}: ${outcome}${status === undefined ? '' : ` (${status})`}`,
    ],
    ...hops.map(({ url, status: moved }): Line => ['redirect', `${moved} from ${printableUrl(url)}`]),
  ];
  if (hops.length > 0) lines.push(['redirect', `to ${printableUrl(lastPoll.url)}`]);
  if (code !== undefined) lines.push(['failure', `${code}: ${message ?? ''}`]);
  if (charset) lines.push(['charset', `${charset.charset} (${charset.reason})`]);
  if (entries !== undefined) lines.push(['entries', `${entries}, ${events} events`]);
  if (notes.archives)
    lines.push(['archives', `${notes.archives} read, because no entry of the document was known`]);
  if (notes.possibleGap)
    lines.push(['possible gap', `entries may have been missed: ${message ?? 'none was known'}`]);
  if (lastSuccessAt !== undefined && lastSuccessAt !== endedAt)
    lines.push(['last good', `${fromNow(lastSuccessAt, now)}, at ${when(lastSuccessAt)}`]);
  return lines;
}

/** As they will be sent, so that ones that are stuck can be seen: https://github.com/FreshRSS/FreshRSS/issues/6712 */
function validatorLines({ validators, areOfRedirect, lastPoll }: WhyReport): Line[] {
  if (!validators) return lastPoll ? [['validators', 'none: the next request is unconditional']] : [];
  const { url, etag, lastModified } = validators;
  return [
    ...(etag === undefined ? [] : [['validators', `If-None-Match: ${etag}`] as const]),
    ...(lastModified === undefined ? [] : [['validators', `If-Modified-Since: ${lastModified}`] as const]),
    ...(areOfRedirect ? [['validators', `only for ${printableUrl(url)}`] as const] : []),
  ];
}

function failureLines({ failing }: WhyReport, now: number): Line[] {
  if (!failing) return [];
  const { since, failures, told } = failing;
  const events = told === 0 ? 'no feed.error yet' : `${told} of 3 feed.error sent`;
  return [['failing', `since ${when(since)} (${span(now - since)}), ${failures} in a row, ${events}`]];
}

function laneLines({ lane }: WhyReport): Line[] {
  if (!lane) return [];
  const { id, gapMs, concurrency, mates, heldUntil } = lane;
  const others = mates.length === 0 ? 'alone in it' : `with ${firstOf(mates)}`;
  const held = heldUntil === undefined ? '' : `, held until ${when(heldUntil)}`;
  return [['lane', `${id}: ${others}, ${span(gapMs)} apart, ${concurrency} at a time${held}`]];
}

const originWords = {
  terms: undefined,
  'cut-off': 'the last request was cut off; its wait counts from when it left, with the most jitter there is',
  'same-url': 'another feed with this URL owes a longer wait',
  'changed-plan': 'feeds.yaml was changed since; a running daemon takes it over',
} as const;

function termTable({ terms, jitterMs, origin, nextPoll }: Explained): string {
  const rows = terms.map(({ term, waitMs, askedMs, until, saidBy, decides }) => [
    decides ? `> ${term}` : `  ${term}`,
    waitMs === 0 ? '-' : Number.isFinite(waitMs) ? span(waitMs) : 'for good',
    askedMs === undefined ? '' : `of ${span(askedMs)}`,
    when(until),
    saidBy ?? '-',
  ]);
  const note = originWords[origin];
  return [
    table(['  TERM', 'WAIT', 'CAPPED', 'UNTIL', 'SAID BY'], rows),
    `  jitter adds ${span(jitterMs)}; next poll ${when(nextPoll.at)}${note === undefined ? '' : `; ${note}`}`,
  ].join('\n');
}
