// Two 7-bit mail encodings that no library here reads. Both only wrap a double-byte set that TextDecoder
// does read, so they are unwrapped to its 8-bit form: HZ to gb18030, ISO-2022-KR to euc-kr.

const tilde = 0x7e;
const newline = 0x0a;
const esc = 0x1b;
const shiftOut = 0x0e;
const shiftIn = 0x0f;

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
