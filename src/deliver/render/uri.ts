// Writes a URL with the characters of RFC 3986 alone. Feeds and configurations hold others, and a header or an attribute that
// is said to be a URI must not.

/** RFC 3986 §2: reserved, unreserved, and `%` of what is encoded already. https://www.rfc-editor.org/rfc/rfc3986#section-2 */
const notUri = /[^\w.~:/?#[\]@!$&'()*+,;=%-]|%(?![\da-f]{2})/gi;

export function uriOf(text: string): string {
  const url = URL.parse(text)?.href ?? text.toWellFormed();
  return url.replace(/[^\x00-\x7f]+/g, encodeURIComponent).replace(notUri, encodeURIComponent);
}
