// A cut is where a walk over all characters would have made it, though only its place is looked at.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutText, lengthOf, type Unit } from '../../../src/deliver/render/cut.ts';
import { sayIn } from '../../../src/deliver/render/say.ts';

const units: readonly Unit[] = ['utf16', 'characters', 'bytes'];
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

function walked(text: string, limit: number, unit: Unit): string {
  if (counted(text, unit) <= limit) return text;
  const room = limit - counted('…', unit);
  if (room < 0) return '';
  let made = '';
  for (const { segment } of graphemes.segment(text)) {
    if (counted(made + segment, unit) > room) break;
    made += segment;
  }
  return `${made.trimEnd()}…`;
}

function counted(text: string, unit: Unit): number {
  if (unit === 'bytes') return Buffer.byteLength(text);
  return unit === 'utf16' ? text.length : [...text].length;
}

const anyText = fc.string({
  unit: fc.constantFrom(
    ...[
      'a',
      ' ',
      '\n',
      '\r\n',
      'é',
      'e\u0301',
      '\u0301',
      '日',
      '👨‍👩‍👧‍👦',
      '🇩🇪',
      '🇩',
      '👍🏽',
      '✈️',
      '\u200d',
      '\ufe0f',
    ],
    ...['\u1100\u1161', 'क्षि', 'مرحبا ', '\ud83d', '\udc00', '*', '&', '@all '],
  ),
  maxLength: 60,
});
const anyLimit = fc.integer({ min: 0, max: 150 });
const runs = { numRuns: 1_000, seed: 7 };

describe.each(units)('counted in %s', (unit) => {
  test('a text is as long as a walk finds it', () => {
    fc.assert(
      fc.property(anyText, (text) => lengthOf(text, unit) === counted(text, unit)),
      runs,
    );
  });

  test('it is cut between two characters as people see them', () => {
    fc.assert(
      fc.property(anyText, anyLimit, (text, limit) => {
        expect(cutText(text, limit, unit)).toBe(walked(text, limit, unit));
      }),
      runs,
    );
  });

  test('said in any sizes, one after the other, it has as many characters as fit with their escapes', () => {
    const neutralise = (text: string) => text.replaceAll(/[*&]/g, '\\$&');
    fc.assert(
      fc.property(anyText, fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 5 }), (text, limits) => {
        const say = sayIn({ unit, neutralise });
        for (const limit of limits) expect(say(text, limit)).toBe(mostOf(text, limit, unit, neutralise));
      }),
      runs,
    );
  });
});

/** Of every beginning the longest that fits. */
function mostOf(text: string, limit: number, unit: Unit, neutralise: (text: string) => string): string {
  if (counted(neutralise(text), unit) <= limit) return neutralise(text);
  const ends = [0, ...Array.from(graphemes.segment(text), ({ segment, index }) => index + segment.length)];
  const made = ends.slice(0, -1).map((end) => neutralise(`${text.slice(0, end).trimEnd()}…`));
  return made.findLast((each) => counted(each, unit) <= limit) ?? neutralise('…');
}
