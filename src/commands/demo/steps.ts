// The six steps of the tour, in the order in which the reader sees them. Each does one thing to the world,
// shows what follows, and ends only when it has been seen.

import { formatNames } from './documents/render.ts';
import type { OriginAnswer } from './origin.ts';
import type { Arrival } from './receiver.ts';
import { printableBytes } from './screen.ts';
import { type Stage, TourFailure } from './stage.ts';
import { bakery } from './texts/bakery.ts';
import { library } from './texts/library.ts';
import { publishers } from './texts/publishers.ts';
import type { Publisher } from './texts/story.ts';

export async function showBaseline(stage: Stage): Promise<void> {
  const { screen, origin } = stage;
  screen.step(1, 'The first poll of each feed learns what is there, and sends nothing');
  const show = (answer: OriginAnswer) => {
    if (answer.status === 200) screen.line(`GET  200  ${describeAnswer(stage, answer)}`);
  };
  origin.on('answer', show);
  await stage.startDaemon();
  // A 304 proves more than a 200 does: the daemon has committed what the 200 said, and says so.
  await stage.until('every feed had been polled twice', () =>
    publishers.every(({ feed }) => origin.counts(feed.id).notModified > 0),
  );
  origin.off('answer', show);
  if (stage.receiver.arrivals.length > 0) throw new TourFailure('the baseline was sent to the receiver');
  screen.line(`${publishers.length} feeds known, nothing sent`, 'good');
}

export async function showArrival(stage: Stage): Promise<void> {
  const { screen, receiver } = stage;
  screen.step(2, 'A new entry is published, and arrives signed');
  await publishAndSee(stage, [bakery], (arrival) => {
    screen.block(`POST ${arrival.path}\n${signatureLines(arrival)}\n${shortened(arrival)}`);
  });
  screen.line('one more in each of the other feeds, whatever its format and charset');
  const others = publishers.filter((publisher) => publisher !== bakery);
  await publishAndSee(stage, others);
  screen.line(
    `${receiver.arrivals.length} of ${stage.published.length} arrived, every signature verified`,
    'good',
  );
}

export async function showUnchanged(stage: Stage): Promise<void> {
  const { screen, origin } = stage;
  screen.step(3, 'Nothing new: each poll asks “still the same?” and ends in a 304');
  const before = origin.counts();
  const wanted = 3 * publishers.length;
  const shown = new Set<string>();
  const show = ({ feedId, status, version }: OriginAnswer) => {
    if (!shown.has(feedId)) screen.line(`GET  ${status}  ${feedId.padEnd(11)}  still version ${version}`);
    shown.add(feedId);
  };
  origin.on('answer', show);
  await stage.until(`${wanted} more polls`, () => origin.counts().requests - before.requests >= wanted);
  origin.off('answer', show);
  const after = origin.counts();
  const requests = after.requests - before.requests;
  const notModified = after.notModified - before.notModified;
  const saved = printableBytes(after.bytesSaved - before.bytesSaved);
  screen.line(`${requests} polls, ${notModified} times 304, ${saved} not sent`, 'good');
}

export async function showRetry(stage: Stage): Promise<void> {
  const { screen, receiver } = stage;
  screen.step(4, 'The receiver fails twice; the same event comes again until it is accepted');
  receiver.failNext(503, 503);
  const seen = receiver.arrivals.length;
  await publishAndSee(stage, [library], (arrival) => screen.block(arrival.webhookId));
  const ids = new Set(receiver.arrivals.slice(seen).map((arrival) => arrival.webhookId));
  if (ids.size !== 1) throw new TourFailure(`the attempts carried ${ids.size} ids instead of one`);
  screen.line(`${receiver.arrivals.length - seen} attempts, one id`, 'good');
}

export async function showCrash(stage: Stage): Promise<void> {
  const { screen, receiver } = stage;
  screen.step(5, 'Many entries at once, and the daemon is killed in mid-work (SIGKILL)');
  // Slow answers keep requests in flight, so that the kill comes at the worst moment.
  receiver.decide = () => ({ answer: 200, delayMs: 150 });
  const before = stage.published.length;
  for (const publisher of publishers) stage.publish(publisher, ...restOf(stage, publisher));
  const burst = stage.published.slice(before);
  screen.line(`${burst.length} entries published in ${publishers.length} feeds`);
  await killInFlight(stage, 6);
  screen.line(
    `killed: ${stage.arrivedOf(burst)} of ${burst.length} have arrived, ${stage.acceptedOf(burst)} were accepted`,
    'bad',
  );
  await stage.startDaemon();
  screen.line('started again on the same store');
  await stage.until('every entry was accepted', () => stage.acceptedOf(burst) === burst.length);
  screen.line(`${burst.length} of ${burst.length} accepted, nothing lost`, 'good');
}

export async function showStop(stage: Stage): Promise<void> {
  const { screen, origin, receiver } = stage;
  screen.step(6, 'A last quiet round, then a graceful stop (SIGTERM)');
  const { requests } = origin.counts();
  const arrivals = receiver.arrivals.length;
  await stage.until(
    'one more round of polls',
    () => origin.counts().requests - requests >= publishers.length,
  );
  screen.line(
    `${origin.counts().requests - requests} polls, ${receiver.arrivals.length - arrivals} deliveries`,
  );
  const askedAt = stage.clock.now();
  const { code, signal } = await stage.daemon.stop();
  if (code !== 0) throw new TourFailure(`the daemon ended with ${code ?? signal} instead of 0`);
  screen.line(`stopped after ${stage.clock.now() - askedAt} ms, exit code 0`, 'good');
}

/** Publishes the next story of each and shows what comes in until all of it is accepted. */
async function publishAndSee(
  stage: Stage,
  from: readonly Publisher[],
  showMore: (arrival: Arrival) => void = () => {},
): Promise<void> {
  const { screen, receiver } = stage;
  const show = (arrival: Arrival) => {
    screen.line(describeArrival(arrival), arrival.reply.answer === 200 ? 'good' : 'bad');
    showMore(arrival);
  };
  const before = stage.published.length;
  for (const publisher of from) {
    const [story] = restOf(stage, publisher);
    if (story === undefined) throw new TourFailure(`${publisher.feed.id} has nothing left to publish`);
    stage.publish(publisher, story);
    screen.line(`${publisher.feed.id} publishes “${story.title}”`);
  }
  const news = stage.published.slice(before);
  receiver.on('arrival', show);
  await stage.until('the receiver had accepted it', () => stage.acceptedOf(news) === news.length);
  receiver.off('arrival', show);
}

/** Kills the daemon when the n-th arrival from now stands unanswered. */
async function killInFlight(stage: Stage, nth: number): Promise<void> {
  const { receiver } = stage;
  const wanted = receiver.arrivals.length + nth;
  let ended: Promise<unknown> | undefined;
  const strike = () => {
    if (receiver.arrivals.length < wanted || ended !== undefined) return;
    ended = stage.daemon.kill();
  };
  receiver.on('arrival', strike);
  await stage.until(`${nth} requests had reached the receiver`, () => ended !== undefined);
  receiver.off('arrival', strike);
  await ended;
}

function restOf(stage: Stage, { feed, news }: Publisher): Publisher['news'] {
  return news.slice(stage.published.filter((each) => each.feedId === feed.id).length);
}

function describeAnswer({ origin }: Stage, { feedId, bodyBytes }: OriginAnswer): string {
  const publisher = publishers.find(({ feed }) => feed.id === feedId);
  const { format = 'atom', charset = '' } = publisher?.feed.packaging ?? {};
  const size = printableBytes(bodyBytes).padStart(8);
  const entries = `${origin.entries(feedId).length} entries`;
  return `${feedId.padEnd(11)}  ${formatNames[format].padEnd(13)}  ${charset.padEnd(12)}  ${size}  ${entries}`;
}

function describeArrival({ event, headers, reply }: Arrival): string {
  const { feed, entry } = event?.data ?? {};
  const attempt = headers['feedhook-attempt'] ?? '?';
  return `POST  ${reply.answer}  attempt ${attempt}  ${feed?.id}: “${entry?.title}”`;
}

function signatureLines({ headers }: Arrival): string {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  return names.map((name) => `${name}: ${headers[name]}`).join('\n');
}

// The fields worth a look; JSON.stringify leaves out every key that is not named here.
const shownKeys = [
  ...['id', 'type', 'timestamp', 'data', 'feed', 'title', 'format', 'language', 'entry', 'url'],
  ...['summary', 'content_html', 'date_published', 'tags', '_feedhook', 'key', 'revision', 'sequence'],
];

/** The event as JSON, without the fields that a first look does not need. */
function shortened({ event }: Arrival): string {
  return `${JSON.stringify(event, shownKeys, 2)}\n(shortened)`;
}
