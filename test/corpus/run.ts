// Reads every file of the corpus as a poll would and counts which of its assertions hold. What the corpus
// says only instructs is left out: `extended` assertions, and in all the sums the set of Python's sanitiser.

import { decode } from '../../src/decode/decode.ts';
import { DecodeError, ParseError } from '../../src/errors.ts';
import { type ParseLimits, parse } from '../../src/parse/parse.ts';
import {
  type CorpusAssertion,
  type CorpusCase,
  corpusBytes,
  corpusSet,
  corpusSets,
} from '../support/corpus.ts';
import { holds, isAnswered, type Reading } from './judge.ts';

/** Its expectations are what one sanitiser of one parser does; what is safe is judged elsewhere. */
export const instructive = 'feedparser-sanitize';

/** Most cases have no URL of their own. */
export const anyUrl = 'https://corpus.example/document';

const limits: ParseLimits = { maxDepth: 100, maxReferences: 250_000, maxTags: 200_000, maxEntries: 5_000 };

export interface CaseResult {
  readonly set: string;
  readonly each: CorpusCase;
  readonly reading: Reading;
  /** Without the `extended` ones. */
  readonly assertions: number;
  readonly misses: readonly CorpusAssertion[];
}

export interface Score {
  cases: number;
  wholeCases: number;
  assertions: number;
  held: number;
}

/** All cases of one set. */
export function runSet(set: string): CaseResult[] {
  return corpusSet(set).map((each) => runCase(set, each));
}

/** All cases of all sets that bind. */
export function runCorpus(): CaseResult[] {
  return corpusSets()
    .filter((set) => set !== instructive)
    .flatMap(runSet);
}

function runCase(set: string, each: CorpusCase): CaseResult {
  const reading = readCase(each);
  const binding = each.expect.filter(({ extended }) => !extended);
  const misses = binding.filter((assertion) => !holds(reading, assertion, each.url ?? anyUrl));
  return { set, each, reading, assertions: binding.length, misses };
}

export function readCase(each: CorpusCase, bytes: Uint8Array = corpusBytes(each)): Reading {
  const start = performance.now();
  const result = read(each, bytes);
  return { ...result, ms: performance.now() - start };
}

function read({ contentType, url = anyUrl }: CorpusCase, bytes: Uint8Array): Omit<Reading, 'ms'> {
  let charset: string | undefined;
  try {
    const { text, charset: found } = decode(bytes, contentType);
    charset = found.charset;
    const feed = parse({ text, url, ...(contentType && { contentType }), limits });
    return { feed, charset };
  } catch (crash) {
    const isRefusal = crash instanceof ParseError || crash instanceof DecodeError;
    return { ...(charset && { charset }), ...(!isRefusal && { crash }) };
  }
}

export function scoreOf(results: readonly CaseResult[]): Score {
  const score: Score = { cases: 0, wholeCases: 0, assertions: 0, held: 0 };
  for (const result of results) {
    // A case of nothing but extended assertions binds to nothing.
    if (result.assertions === 0) continue;
    score.cases++;
    if (result.misses.length === 0 && isAnswered(result.reading)) score.wholeCases++;
    score.assertions += result.assertions;
    score.held += result.assertions - result.misses.length;
  }
  return score;
}
