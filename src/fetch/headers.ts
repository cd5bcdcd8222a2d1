// The header fields of an answer as the HTTP client hands them over: names in lower case, and one character for
// each byte of a value (latin1), so that what an origin sent can be sent back byte for byte.

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
