// What is left of HTML when a body has less room: whole tags, closed, and nothing of a tag that was cut in two.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sanitisedHtml } from '../../src/outbox/html.ts';
import { htmlBeginning } from '../../src/outbox/html-beginning.ts';
import { jsonBytes } from '../../src/outbox/json-size.ts';

describe('the beginning of safe HTML', () => {
  test.each([
    ['is the whole, where there is room', '<p>a</p>', 8, '<p>a</p>'],
    ['says nothing of a tag that is cut behind its sign', 'words <p></p>', 7, 'words'],
    ['says nothing of a tag that is cut in its name', 'words <p></p>', 8, 'words'],
    ['says nothing of half a reference', 'a &amp; b', 5, 'a'],
    ['does not close what never is', 'a<br />b<hr />cc', 15, 'a<br />b<hr />c'],
  ])('%s', (_, html, room, expected) => {
    expect(htmlBeginning(html, room)).toBe(expected);
  });

  test('closes what is open, the last first', () => {
    const html = `<ul><li><b>${'word '.repeat(40)}</b></li></ul>`;
    expect(htmlBeginning(html, 150)).toMatch(/^<ul><li><b>(?:word ){10,}\w*<\/b><\/li><\/ul>$/);
  });

  test('has something where tags stand deep in each other', () => {
    const html = sanitisedHtml('<div>a'.repeat(1_000));
    expect(htmlBeginning(html, 300)).toMatch(/^(?:<div>a){10,}/);
  });
});

const part = fc.constantFrom(
  ...[
    'word ',
    'ä',
    '😀',
    '"',
    '\\',
    '&amp;',
    '&lt;b&gt;',
    '<b>',
    '</b>',
    '<p>',
    '</p>',
    '<div lang="en">',
    '</div>',
  ],
  ...[
    '<br>',
    '<img src="https://e.example/a" alt="x>y">',
    '<a href="https://e.example/?a&b">',
    '</a>',
    '<ul><li>',
    '</ul>',
  ],
  ...[
    '<table><tr><td>',
    '</table>',
    '<script>x</script>',
    '<video controls>',
    '</video>',
    '<p/>',
    '<unknown>',
    '</',
  ],
);
const anyHtml = fc.array(part, { maxLength: 60 }).map((parts) => parts.join(''));

test('of any HTML is within its room, closed, and says nothing that the whole did not', () => {
  fc.assert(
    fc.property(anyHtml, fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }), (raw, isSafe, share) => {
      const html = isSafe ? sanitisedHtml(raw) : raw;
      const room = Math.floor(share * jsonBytes(html));
      const beginning = htmlBeginning(html, room);
      expect(jsonBytes(beginning) - 2).toBeLessThanOrEqual(room);
      expect(openTags(beginning)).toEqual([]);
      if (isSafe) expect(html.startsWith(withoutEnds(beginning, html))).toBe(true);
    }),
    { numRuns: 2_000, seed: 3 },
  );
});

/** As far as it is the same: what is behind that has to be tags that close. */
function withoutEnds(beginning: string, html: string): string {
  let end = beginning.length;
  while (!html.startsWith(beginning.slice(0, end))) end--;
  return /^(?:<?\/?(?:[a-z]\w*)?>?)(?:<\/[a-z]\w*>)*$/.test(beginning.slice(end))
    ? beginning.slice(0, end)
    : beginning;
}

function openTags(html: string): string[] {
  const open: string[] = [];
  for (const [tag, slash, name = ''] of html.matchAll(/<(\/?)([a-z]\w*)[^<>]*>/g)) {
    if (slash === '') open.push(...(tag.endsWith('/>') ? [] : [name]));
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}
