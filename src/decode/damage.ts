// Is this text in another charset, or in the right one with a few broken bytes? Generators that cut a
// summary in the middle of a character make the second, and it must not turn the whole feed into mojibake.

/**
 * True when at least half of what is not ASCII stands in sequences that have the shape of UTF-8: a lead byte with the
 * continuation bytes that it announces. Overlong forms and surrogates have the shape without being valid.
 * In the 8-bit charsets that shape is rare.
 */
export function looksLikeUtf8(bytes: Uint8Array): boolean {
  let shaped = 0;
  let stray = 0;
  for (let index = 0; index < bytes.length; ) {
    const byte = bytes[index] ?? 0;
    if (byte < 0x80) {
      index += 1;
      continue;
    }
    const length = announcedLength(byte);
    if (length > 1 && continues(bytes, index + 1, length - 1)) {
      shaped += 1;
      index += length;
    } else {
      stray += 1;
      index += 1;
    }
  }
  return shaped > 0 && shaped >= stray;
}

/** True when more characters beyond ASCII could be read than not. */
export function isMostlyReadable(text: string): boolean {
  let readable = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0xfffd) readable -= 1;
    else if (unit >= 0x80) readable += 1;
  }
  return readable > 0;
}

function announcedLength(lead: number): number {
  if (lead >= 0xf0 && lead <= 0xf7) return 4;
  if (lead >= 0xe0) return lead <= 0xef ? 3 : 0;
  return lead >= 0xc0 ? 2 : 0;
}

function continues(bytes: Uint8Array, from: number, count: number): boolean {
  for (let index = from; index < from + count; index++) {
    if (((bytes[index] ?? 0) & 0xc0) !== 0x80) return false;
  }
  return true;
}
