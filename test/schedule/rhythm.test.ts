import { describe, expect, test } from '@jest/globals';
import { noteProbe, probeIsDue } from '../../src/schedule/rhythm.ts';
import { day, FeedLife, hour, type Met, start } from './feed-life.ts';

const changed: Met = { parsed: {} };
const silent: Met = { status: 304 };

/** A feed that changed every 12 hours for a week. */
const regular = () => new FeedLife().polls(14, changed, 12 * hour);

const isProbeDue = (life: FeedLife, freshUntil?: number) => probeIsDue(life.stored, life.now, freshUntil);

describe('the usual time between two changes', () => {
  const usual = (...gaps: number[]) => {
    const life = new FeedLife();
    life.poll(changed);
    for (const gap of gaps) life.poll(changed, gap);
    return life.stored.rhythm?.usualMs;
  };

  test('is unknown before the second change', () => {
    expect(usual()).toBeUndefined();
    expect(usual(day)).toBe(day);
  });

  test('rises at once and falls slowly, so that a burst does not make a silence unusual', () => {
    expect(usual(day, 3 * day)).toBe(2 * day);
    expect(usual(8 * day, 0)).toBe(7 * day);
  });

  test('is not changed by 304s, failures and the same document again', () => {
    const life = regular();
    const { rhythm } = life.stored;
    for (const met of [silent, { status: 503 }, {}]) life.poll(met, hour);
    expect(life.stored.rhythm).toEqual(rhythm);
  });
});

describe('POLITENESS §11 row 13: an origin that says 304 for ever', () => {
  test('is suspect after three times the usual silence, and said so once', () => {
    const life = regular();
    const said = Array.from({ length: 12 }, () => life.poll(silent, 6 * hour).isNewlyOverdue);
    expect(said.indexOf(true)).toBe(6);
    expect(said.filter(Boolean)).toHaveLength(1);
  });

  test('is never suspect within a day', () => {
    const life = new FeedLife().polls(20, changed, hour);
    const said = Array.from({ length: 30 }, () => life.poll(silent, hour).isNewlyOverdue);
    expect(said.indexOf(true)).toBe(24);
  });

  test.each<[string, Met]>([
    ['answers with the same document', {}],
    ['fails', { status: 503 }],
  ])('an origin that %s is not', (_, met) => {
    const life = regular().polls(20, met, day);
    expect(isProbeDue(life)).toBe(false);
  });

  test('a feed whose rhythm is unknown is never suspect', () => {
    const life = new FeedLife();
    life.poll(changed);
    expect(isProbeDue(life.polls(50, silent, day))).toBe(false);
  });

  test('is probed at most once in 24 h, and not before the answer is stale', () => {
    const life = regular().polls(10, silent, 12 * hour);
    expect(isProbeDue(life)).toBe(true);
    expect(isProbeDue(life, life.now + 1)).toBe(false);
    expect(probeIsDue(noteProbe(life.stored, life.now - day + 1), life.now)).toBe(false);
    expect(probeIsDue(noteProbe(life.stored, life.now - day), life.now)).toBe(true);
  });

  test('a probe that found nothing makes the next doubt later', () => {
    const life = regular().polls(10, silent, 12 * hour);
    const silence = life.now - (life.stored.rhythm?.changedAt ?? 0);
    life.poll({ isConditional: false });
    expect(life.stored.rhythm).toMatchObject({ probedAt: life.now, usualMs: silence / 2 });
    life.poll(silent, silence / 2);
    expect(isProbeDue(life)).toBe(false);
    life.poll(silent, hour);
    expect(isProbeDue(life)).toBe(true);
  });

  test('a request that failed counts as a probe too', () => {
    const life = regular();
    life.poll({ status: 503, isConditional: false }, hour);
    expect(life.stored.rhythm?.probedAt).toBe(life.now);
  });
});

test('a probe of a feed without rhythm leaves no trace', () => {
  const life = new FeedLife();
  life.poll(silent);
  expect(noteProbe(life.stored, start)).toEqual(life.stored);
});
