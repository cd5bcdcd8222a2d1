// The JSON of an event, how long it is in UTF-8, and the longest beginning of a text that fits. The payload's limit is in
// bytes on the wire, where a quotation mark takes two and a control character six.

/** How JSON.stringify writes half a character, and what a text may look like that speaks of it. */
const halfCharacter = /\\ud[89a-f]/;

/** A lone surrogate becomes U+FFFD, because many parsers refuse its escape. */
export function wireJson(value: unknown): string {
  const text = JSON.stringify(value);
  // Asking at every value costs more than all the rest.
  return halfCharacter.test(text) ? JSON.stringify(value, wellFormed) : text;
}

function wellFormed(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(wireJson(value));
}

/** Of one UTF-16 unit: that of a control character. */
const mostUnitBytes = 6;

/** The longest beginning of `text` that takes at most `maxBytes` between its quotation marks; whole characters only. */
export function jsonPrefix(text: string, maxBytes: number): string {
  if (text.length * mostUnitBytes <= maxBytes) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += characterBytes(character.codePointAt(0) ?? 0);
    if (bytes > maxBytes) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/** The longest beginning of a list that takes at most `room` bytes. */
export function itemsThatFit(items: readonly unknown[], room: number): readonly unknown[] {
  let bytes = 2;
  const end = items.findIndex((item) => {
    bytes += jsonBytes(item) + 1;
    return bytes > room;
  });
  return end === -1 ? items : items.slice(0, end);
}

function characterBytes(code: number): number {
  if (code < 0x20) return '\b\f\n\r\t'.includes(String.fromCharCode(code)) ? 2 : 6;
  if (code === 0x22 || code === 0x5c) return 2;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
