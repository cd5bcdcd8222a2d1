// Regular expressions of feeds.yaml, run over what strangers write: by RE2, whose time grows with the length of the text and
// never explodes, since it has no look-around and no back-references. https://github.com/google/re2/wiki/Syntax

import { RE2JS } from 're2js';
import type { Pattern } from './filter.ts';

const maxPatternBytes = 1024;

/**
 * Room for any 1 KiB of plain letters; what needs more repeats itself by counts. 64 KiB of text that are made for it
 * then cost under a second, usual ones a few milliseconds.
 */
const maxPatternSteps = 1100;

export type ReadPattern = { readonly pattern: Pattern } | { readonly problem: string };

export function readPattern(source: string): ReadPattern {
  if (source === '') return { problem: 'a regular expression must not be empty: it would match everything' };
  if (Buffer.byteLength(source) > maxPatternBytes) {
    return { problem: `a regular expression has at most ${maxPatternBytes} bytes` };
  }
  try {
    const compiled = RE2JS.compile(source);
    if (compiled.programSize() > maxPatternSteps) {
      return {
        problem: `the regular expression is too costly: written out, its counts ({…}) make more than ${maxPatternSteps} steps`,
      };
    }
    return { pattern: { source, test: (text) => compiled.test(text) } };
  } catch (error) {
    return { problem: problemOf(source, error) };
  }
}

const lookAround = /\(\?<?[=!]/;
// Not behind an escaped backslash: `\\1` is a backslash and a 1.
const backReference = /(?<!\\)(?:\\\\)*(?:\\[1-9]|\\k[<{'])|\(\?P=/;
const possessive = /\(\?>|[*+?}]\+/;

function problemOf(source: string, error: unknown): string {
  if (lookAround.test(source))
    return `${lacks('look-around, (?=…) (?!…) (?<=…) (?<!…)')}; combine conditions with all, any and not`;
  if (backReference.test(source)) return lacks('back-references, \\1 or \\k<name>');
  if (possessive.test(source)) return lacks('atomic groups and possessive counts, (?>…) or a++');
  // Names the place by its text, such as: missing closing ): `(`
  const said = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
  return `this is no regular expression (RE2): ${said}`;
}

function lacks(what: string): string {
  return `RE2 has no ${what}, since their time is not bounded`;
}
