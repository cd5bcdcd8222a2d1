// Publishers that do to a feed what publishers do, each as chance has it, read as a poll reads: with archives where
// nothing is known, with parts (226), and with documents whose poll was lost in a crash and is repeated. Whatever was
// shown is announced once, and what is said to be deleted is gone.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Rung } from '../../src/model/entry.ts';
import { type Article, Publisher } from './publisher.ts';

type Step = (publisher: Publisher) => void;

const place = fc.nat({ max: 11 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: news((publisher) => publisher.show()) },
  { weight: 2, arbitrary: fc.constant<Step>((publisher) => publisher.show()) },
  { weight: 1, arbitrary: news((publisher) => publisher.crash()) },
  { weight: 2, arbitrary: edit((publisher) => publisher.show()) },
  { weight: 2, arbitrary: edit((publisher, article) => publisher.show([article], { isPartial: true })) },
  {
    weight: 2,
    arbitrary: news((publisher) => publisher.show(publisher.window.slice(0, 3), { isPartial: true })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(place, fc.boolean()).map(
      ([at, isTold]): Step =>
        (publisher) =>
          publisher.remove(at, isTold),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((publisher) => publisher.restore()) },
  { weight: 1, arbitrary: fc.constant<Step>((publisher) => publisher.reissue()) },
  { weight: 1, arbitrary: fc.constant<Step>((publisher) => publisher.show([])) },
  {
    weight: 1,
    arbitrary: place.map(
      (length): Step =>
        (publisher) =>
          publisher.show(publisher.window.slice(0, length)),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((publisher) => publisher.show(publisher.window.toReversed())) },
  {
    weight: 1,
    arbitrary: place.map(
      (at): Step =>
        (publisher) =>
          publisher.show(turned(publisher.window, at)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 5, max: 14 }).map(
      (size): Step =>
        (publisher) =>
          Object.assign(publisher, { size }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('http', 'https').map(
      (scheme): Step =>
        (publisher) =>
          Object.assign(publisher, { scheme }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<(Rung | undefined)[]>('guid', 'link', undefined).map(
      (identity): Step =>
        (publisher) =>
          Object.assign(publisher, { identity }),
    ),
  },
);

function news(then: Step): fc.Arbitrary<Step> {
  return fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 12 }), fc.boolean()).map(
    ([count, age, isDated]): Step =>
      (publisher) => {
        publisher.write(count > 12 ? count : 1 + (count % 3), age, isDated);
        then(publisher);
      },
  );
}

function edit(then: (publisher: Publisher, article: Article) => void): fc.Arbitrary<Step> {
  return place.map(
    (at): Step =>
      (publisher) => {
        const article = publisher.at(at);
        if (!article) return;
        article.text += 1;
        then(publisher, article);
      },
  );
}

const turned = (articles: Article[], by: number) => [...articles.slice(by), ...articles.slice(0, by)];

test('200 publishers: what they show is announced once, or waits, and what is told as deleted is gone', () => {
  let withheld = 0;
  fc.assert(
    fc.property(fc.array(steps, { minLength: 5, maxLength: 60, size: 'max' }), (all) => {
      const publisher = new Publisher();
      for (const step of all) step(publisher);
      withheld += publisher.withheld;
      expect(publisher.announced.toSorted()).toEqual([...publisher.shown].sort());
      expect(publisher.sequences).toEqual(publisher.sequences.map((_, at) => at + 1));
    }),
    { numRuns: 200 },
  );
  expect(withheld).toBeGreaterThan(0);
});
