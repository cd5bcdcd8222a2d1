// What a document becomes when its bytes contradict the charset that the rule decided. The order is
// documented in docs/charset.md; the first answer that fits is taken, so the result depends on the bytes
// and the header alone. A label that nobody can decode is never replaced by a guess.

import type { BytePattern } from './bom.ts';
import { type CharsetReason, type CharsetRule, charsetOfPattern } from './charset.ts';
import { isMostlyReadable, looksLikeUtf8 } from './damage.ts';
import { decoderFor, fitsPattern } from './decoders.ts';
import { detectCharsets } from './detect.ts';

export interface Contradiction {
  /** Without the BOM. */
  readonly bytes: Uint8Array;
  readonly pattern: BytePattern;
  readonly rule: CharsetRule;
  /** The labels that the rule passed over. */
  readonly declaration?: string;
  readonly charsetParameter?: string;
}

export interface Recovery {
  readonly text: string;
  readonly charset: string;
  readonly reason: CharsetReason;
}

/**
 * Nothing when the rule names a charset without a decoder, no other source names one that fits, and the
 * layout of the bytes tells nothing either.
 */
export function recover(found: Contradiction): Recovery | undefined {
  const { bytes, pattern, rule } = found;
  // A BOM is proof enough: the rest is damage.
  if (rule.reason === 'bom') return damaged(bytes, rule.charset, pattern);
  const ruled = decoderFor(rule.charset, pattern);
  if (!ruled) return passedOver(found) ?? byPattern(bytes, pattern);
  return (
    (ruled.charset === 'utf-8' ? damagedUtf8(bytes, pattern) : undefined) ??
    passedOver(found) ??
    byPattern(bytes, pattern) ??
    validUtf8(bytes) ??
    damagedUtf8(bytes, pattern) ??
    damagedNamed(found) ??
    detected(bytes) ??
    exact(bytes, 'windows-1252', pattern, 'recovered-windows-1252')
  );
}

/** Another source named a charset, and every byte fits it. */
function passedOver({ bytes, pattern, declaration, charsetParameter, rule }: Contradiction) {
  const named = [
    [declaration, 'recovered-declaration'],
    [charsetParameter, 'recovered-content-type'],
  ] as const;
  for (const [label, reason] of named) {
    if (label === undefined || label === rule.charset) continue;
    const recovery = exact(bytes, label, pattern, reason);
    if (recovery) return recovery;
  }
  return undefined;
}

function byPattern(bytes: Uint8Array, pattern: BytePattern): Recovery | undefined {
  if (pattern === 'ascii') return undefined;
  const charset = charsetOfPattern(pattern);
  return exact(bytes, charset, pattern, 'recovered-byte-pattern') ?? damaged(bytes, charset, pattern);
}

// Shifts of ISO-2022 are valid UTF-8 too; they are left to the detection.
function validUtf8(bytes: Uint8Array): Recovery | undefined {
  if (bytes.includes(0x1b)) return undefined;
  return exact(bytes, 'utf-8', 'ascii', 'recovered-utf-8');
}

function damagedUtf8(bytes: Uint8Array, pattern: BytePattern): Recovery | undefined {
  return pattern === 'ascii' && looksLikeUtf8(bytes) ? damaged(bytes, 'utf-8', pattern) : undefined;
}

/** A named charset in which most can be read, some cannot. */
function damagedNamed({ bytes, pattern, rule, declaration }: Contradiction): Recovery | undefined {
  for (const label of [rule.charset, declaration]) {
    const recovery = label === undefined ? undefined : damaged(bytes, label, pattern);
    if (recovery && recovery.charset !== 'utf-8' && isMostlyReadable(recovery.text)) return recovery;
  }
  return undefined;
}

function detected(bytes: Uint8Array): Recovery | undefined {
  for (const label of detectCharsets(bytes)) {
    const recovery = exact(bytes, label, 'ascii', 'recovered-detected');
    if (recovery) return recovery;
  }
  return undefined;
}

function exact(
  bytes: Uint8Array,
  label: string,
  pattern: BytePattern,
  reason: CharsetReason,
): Recovery | undefined {
  const decoder = decoderFor(label, pattern);
  if (!decoder || !fitsPattern(decoder.charset, pattern)) return undefined;
  const text = decoder.readExact(bytes);
  return text === undefined ? undefined : { text, charset: decoder.charset, reason };
}

function damaged(bytes: Uint8Array, label: string, pattern: BytePattern): Recovery | undefined {
  const decoder = decoderFor(label, pattern);
  if (!decoder || !fitsPattern(decoder.charset, pattern)) return undefined;
  return { text: decoder.readDamaged(bytes), charset: decoder.charset, reason: 'recovered-replacement' };
}
