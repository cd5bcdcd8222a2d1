// What the Markdown dialects of chat services have in common: signs that a backslash takes the meaning from, and marks that mean
// something at the beginning of a line only. What a backslash does not help against (mentions, which are found in the text that
// is left) is broken with an invisible space by the file of each service.

/** Zero-width space: between the sign and the name of a mention it ends the mention and is not seen. */
export const gap = '\u200b';

// Lists, and the underlines of headings. CommonMark §4.3, §5.2. https://spec.commonmark.org/0.31.2/
const lineMark = /^(?:([-+])|(=)|(\d{1,9})(?=[.)]))/gmu;

/** `signs` are those that the dialect lets a backslash stand before. */
export function escapeMarkdown(text: string, signs: RegExp): string {
  return text
    .replaceAll(signs, '\\$&')
    .replaceAll(lineMark, (mark, bullet?: string, underline?: string) =>
      bullet === undefined ? (underline === undefined ? `${mark}${gap}` : `${gap}${mark}`) : `\\${mark}`,
    );
}

/** `:name:`, which becomes a picture; its underscores may have their backslashes already. */
export const emojiName = /:(?=[\w~+\\-]+:)/g;

/** Where an address would become a link. */
export const linkScheme = /:(?=\/\/)/g;
