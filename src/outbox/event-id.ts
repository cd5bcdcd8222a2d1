// The id of an event: computed from what happened and to whom, so that a repeat after a crash, a restored backup or a
// second installation gives the same id. No clock, random, host or attempt is ever part of it (docs/delivery.md).

import { hash } from 'node:crypto';

// RFC 4648 §6, in lower case. https://www.rfc-editor.org/rfc/rfc4648#section-6
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** 26 characters are 130 of the 256 bits. */
const length = 26;

/** The parts are joined by a zero byte, which XML cannot contain. */
export function eventId(...parts: readonly string[]): string {
  return `evt_${base32(hash('sha256', parts.join('\0'), 'buffer')).slice(0, length)}`;
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >> (bits - 5)) & 31];
    held &= 0xff;
  }
  return text;
}
