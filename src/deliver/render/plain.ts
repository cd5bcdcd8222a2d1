// Makes a feed's text safe to stand in somebody else's line, whatever that line's markup: no control characters, nothing that
// turns the direction of what follows, nothing that hides in a word. Letters of every script, right-to-left ones too, accents
// and emoji sequences stay as they are. The markup of a target is not its business: see the file of each.

// Unicode Technical Report 36 §2.4 (bidirectional text spoofing): embeddings, overrides and isolates reach beyond the text that
// they are in. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing . The marks U+200E, U+200F and U+061C only
// place the punctuation beside them, and honest Hebrew and Arabic has them.
const turning = '\\u202a-\\u202e\\u2066-\\u2069\\u206a-\\u206f';

// Invisible and in no writing system needed inside a word. Not among them: U+200C and U+200D, which Persian and emoji families are
// spelled with, and variation selectors.
const hidden = '\\u00ad\\u034f\\u180e\\u200b\\u2060-\\u2065\\ufeff\\ufff0-\\ufffb\\u{e0000}\\u{e0001}';

// C0 but line feed, DEL and C1.
const control = '\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f';

const unwanted = new RegExp(`[${turning}${hidden}]`, 'gu');
const controls = new RegExp(`[${control}]`, 'gu');
const lineBreak = /\r\n?|[\u0085\u2028\u2029\v\f]/gu;

// Tag characters spell the flags of Scotland and Wales after a black flag; anywhere else they are hidden text.
const tags = /(\u{1f3f4})?[\u{e0020}-\u{e007f}]+/gu;
/** Of UTF-16: a flag, five letters or digits and the end. */
const longestFlag = 14;

/** Of several lines; blank ones at most one at a time, none at the ends. */
export function plainLines(text: string): string {
  return text
    .toWellFormed()
    .replace(lineBreak, '\n')
    .replace(controls, ' ')
    .replace(unwanted, '')
    .replace(tags, (run, flag = '') => (flag !== '' && run.length <= longestFlag ? run : flag))
    .replace(/[^\S\n]+/gu, ' ')
    .replace(/ ?\n ?/gu, '\n')
    .replace(/\n{3,}/gu, '\n\n')
    .trim();
}

/** Of one line. */
export function plainLine(text: string): string {
  return plainLines(text).replace(/\n+/gu, ' ');
}

// Nothing but joiners, accents without a letter, and blanks that are called letters (Hangul fillers, the empty Braille cell).
const visible = /[^\p{Cf}\p{Cc}\p{M}\p{Z}\u115f\u1160\u2800\u3164\uffa0]/u;

export function isVisible(text: string | undefined): text is string {
  return text !== undefined && visible.test(text);
}
