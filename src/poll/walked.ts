// What the archives of a document add to what it taught each feed of its source: the entries that were missed, and
// whether a gap is left. The cost goes to the first feed, as that of the document does. Pure but for the clock.

import type { FetchedFailure, FetchedFeed } from '../model/poll.ts';
import type { Walk } from './archive.ts';
import { type Learned, learnMore } from './learn.ts';
import { type Lesson, type LessonTools, lessonOf } from './lesson.ts';

/** The lessons of one answer, in the order of the source, with what `walk` brought. */
export function withArchives(lessons: readonly Lesson[], walk: Walk, tools: LessonTools): Lesson[] {
  return lessons.map((lesson, place) => {
    const { member, summary } = lesson;
    const fetched = withCost(lesson.fetched, walk, place === 0);
    return lessonOf(member, fetched, learnedFrom(lesson, walk, tools), summary.startedAt, tools);
  });
}

/** One without a gap has missed nothing, so that what the archives hold is not looked at. */
function learnedFrom({ member, fetched, learned }: Lesson, walk: Walk, tools: LessonTools): Learned {
  const find = walk.finds.get(member.feed.id);
  if (!find || fetched.kind !== 'document') return learned;
  const more = learnMore(member.feed, member.memory, fetched, { learned, missed: find.entries }, tools);
  const { possibleGap: _, ...notes } = more.notes ?? {};
  const knownEntries = (more.knownEntries ?? 0) + find.known;
  return {
    ...more,
    knownEntries,
    notes: { ...notes, ...(walk.read > 0 && { archives: walk.read }) },
    ...(knownEntries === 0 && walk.why !== undefined && { message: walk.why }),
  };
}

/** The answer as one that was cut off with its archives: the requests count, nothing of it is kept. */
export function cutOffOf(fetched: FetchedFeed, walk: Walk, isFirst: boolean): FetchedFailure {
  const { url, hops, figures, terms } = withCost(fetched, walk, isFirst);
  const message = 'cut off while its archives were read';
  return { kind: 'failed', code: 'aborted', message, url, hops, figures, terms };
}

function withCost(fetched: FetchedFeed, { figures, terms }: Walk, isFirst: boolean): FetchedFeed {
  const archives = isFirst && figures.requests > 0 ? { archives: figures } : {};
  return { ...fetched, terms, figures: { ...fetched.figures, ...archives } };
}
