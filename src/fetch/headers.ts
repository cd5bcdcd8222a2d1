// The header fields of an answer as the HTTP client hands them over: names in lower case, and one character for
// each byte of a value (latin1), so that what an origin sent can be sent back byte for byte; and as people are
// shown them.

/** A field that was sent more than once is a list, in the order of the wire. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The field's first line; later ones of a field that must be single are not trusted. */
export function firstLine(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** All lines of a list-valued field as one. RFC 9110 §5.3. https://www.rfc-editor.org/rfc/rfc9110#section-5.3 */
export function wholeList(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}

/** What is kept of the lines that a decision was read from. */
const longestSaid = 200;

/** Those of the fields that are there, as they came: `Cache-Control: max-age=7200; Age: 1800`. */
export function linesOf(headers: AnswerHeaders, names: readonly string[]): string {
  let lines = '';
  for (const name of names) {
    const key = name.toLowerCase();
    const value = key === 'cache-control' ? wholeList(headers, key) : firstLine(headers, key);
    if (value !== undefined) lines += `${lines === '' ? '' : '; '}${name}: ${value}`;
  }
  return printableLine(lines, longestSaid);
}

const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The text as one line that steers no terminal, and no longer than `maxLength`. */
export function printableLine(text: string, maxLength: number): string {
  // Cut first, so that a hostile length costs nothing, and again, as what was replaced has grown.
  const line = text
    .slice(0, maxLength + 1)
    .replace(unprintable, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
}
