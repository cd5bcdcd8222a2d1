// The part of an answer that is kept for people: at most 1 KiB, as printable text. It is shown in terminals
// and on pages, so control and formatting characters become spaces.

const maxExcerptBytes = 1_024;
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu;

/** `undefined` when nothing readable came, or when the answer is compressed. */
export function excerptOf(body: Uint8Array, contentEncoding = 'identity'): string | undefined {
  if (contentEncoding.toLowerCase() !== 'identity') return undefined;
  // `stream` holds back a character that the cut went through, instead of showing U+FFFD for it.
  const text = new TextDecoder().decode(body.subarray(0, maxExcerptBytes), { stream: true });
  return text.replace(unprintable, ' ').trim() || undefined;
}
