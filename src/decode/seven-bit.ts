// 7-bit mail encodings that no library here reads. They only wrap a double-byte set that TextDecoder does
// read, so they are unwrapped to its 8-bit form: HZ and ISO-2022-CN to gb18030, ISO-2022-KR to euc-kr.

const tilde = 0x7e;
const newline = 0x0a;
const esc = 0x1b;
const shiftOut = 0x0e;
const shiftIn = 0x0f;
const dollar = 0x24;
/** `)`: the designator speaks of the set behind SO. */
const shiftOutSet = 0x29;

/** RFC 1843: `~{` starts GB, `~}` ends it, `~~` is a tilde, `~` at a line's end joins two lines. */
export function unwrapHz(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let isGb = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    const next = String.fromCharCode(bytes[index + 1] ?? 0);
    if (byte === tilde && (isGb ? next === '}' : '{~\n'.includes(next))) {
      if (next === '~') out[length++] = tilde;
      isGb = next === '{';
      index++;
    } else {
      // A line must end in ASCII; one that forgets to must not spoil the rest of the document.
      if (byte === newline) isGb = false;
      out[length++] = isGb ? byte | 0x80 : byte;
    }
  }
  return out.subarray(0, length);
}

/** RFC 1557: the designator `ESC $ ) C` stands once, then SO starts Korean and SI ends it. */
export function unwrapIso2022Kr(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let isKorean = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === esc) index += 3;
    else if (byte === shiftOut || byte === shiftIn) isKorean = byte === shiftOut;
    else out[length++] = isKorean && byte > 0x20 ? byte | 0x80 : byte;
  }
  return out.subarray(0, length);
}

/** In no 8-bit form of a double-byte set: what stands for it becomes U+FFFD. */
const unreadable = 0xff;
const gbDesignator = 0x41;

/**
 * RFC 1922 §3: `ESC $ ) A` puts GB 2312 behind SO, other designators sets of CNS 11643, which are not read here. SI and
 * the end of a line end it.
 */
export function unwrapIso2022Cn(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let isShifted = false;
  let isGb = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === esc && bytes[index + 1] === dollar) {
      if (bytes[index + 2] === shiftOutSet) isGb = bytes[index + 3] === gbDesignator;
      index += 3;
    } else if (byte === esc) {
      // A single shift: one character of another set.
      out[length++] = unreadable;
      index += 3;
    } else if (byte === shiftOut || byte === shiftIn) isShifted = byte === shiftOut;
    else {
      if (byte === newline) isShifted = false;
      out[length++] = !isShifted || byte <= 0x20 ? byte : isGb ? byte | 0x80 : unreadable;
    }
  }
  return out.subarray(0, length);
}
