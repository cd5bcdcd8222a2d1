// The fast path and the full parse agree: on every fixture and every document of the corpus, after changes at random,
// each document read from the memory of the one before. `RUNS=50 npm run jest -- test/parse/changed-any` is the long form.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decode } from '../../src/decode/decode.ts';
import type { ReadDocument } from '../../src/parse/changed.ts';
import type { ParseInput } from '../../src/parse/parse.ts';
import { corpusBytes, corpusSet, corpusSets, hasCorpus } from '../support/corpus.ts';
import { anyChange, applyAll } from './changes.ts';
import { changed, inFull, inputOf, reused } from './readings.ts';

interface Subject {
  readonly name: string;
  readonly input: ParseInput;
}

const fixtures = join(import.meta.dirname, '../fixtures/feeds');
const own: Subject[] = readdirSync(fixtures).map((name) => ({
  name,
  input: inputOf(readFileSync(join(fixtures, name), 'utf8')),
}));

function corpus(): Subject[] {
  return corpusSets()
    .flatMap(corpusSet)
    .map((each) => ({ name: each.file, input: inputOf(textOf(corpusBytes(each), each.contentType)) }));
}

function textOf(bytes: Buffer, contentType: string | undefined): string {
  try {
    return decode(bytes, contentType).text;
  } catch {
    return bytes.toString('latin1');
  }
}

/** Reads the document, then what became of it, then the document again, each time from the memory of before. */
function compare({ name, input }: Subject, steps: Parameters<typeof applyAll>[1][]): number {
  const texts = [input.text];
  for (const step of steps) texts.push(applyAll(texts.at(-1) ?? '', step));
  let before: ReadDocument | undefined;
  let found = 0;
  for (const text of [...texts, input.text]) {
    const now = changed({ ...input, text }, before?.seen);
    const full = inFull({ ...input, text });
    if (now.said !== full.said) expect([name, text, now.said]).toEqual([name, text, full.said]);
    found += reused(now.read?.feed, before?.feed);
    before = now.read ?? before;
  }
  return found;
}

const runs = Number(process.env.RUNS ?? 1);
const anySteps = fc.array(fc.array(anyChange, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 3,
});

describe('the fast path and the full parse agree on any document after any change', () => {
  test('of the fixtures', () => {
    const anySubject = fc.constantFrom(...own);
    let found = 0;
    fc.assert(
      fc.property(anySubject, anySteps, (subject, steps) => {
        found += compare(subject, steps);
      }),
      { numRuns: 600 * runs, seed: 20261120 },
    );
    expect(found).toBeGreaterThan(150 * runs);
  });

  (hasCorpus ? test : test.skip)('of the corpus (skipped where ../shared/corpus is absent)', () => {
    const steps = fc.sample(anySteps, { numRuns: 997, seed: 20261121 });
    let at = 0;
    let found = 0;
    for (let run = 0; run < runs; run++) {
      for (const subject of corpus()) found += compare(subject, steps[at++ % steps.length] ?? []);
    }
    expect(found).toBeGreaterThan(1_000 * runs);
  });
});
