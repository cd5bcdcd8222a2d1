// The body of an answer as text: all that was read of it, for reading.ts; and the part that is kept for people, at most 1 KiB, as
// printable text. That is shown in terminals and on pages, so control and formatting characters become spaces.

const maxExcerptBytes = 1_024;
const decoder = new TextDecoder();
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu;

/** Whether the body is what it is, and not compressed. */
export function isPlain(contentEncoding = 'identity'): boolean {
  return contentEncoding.trim().toLowerCase() === 'identity';
}

/** In UTF-8, and nothing else: none of the services that we read speaks another charset. */
export function textOf(body: Uint8Array): string {
  return decoder.decode(body);
}

/**
 * `undefined` when nothing readable came, or when the answer is compressed. Many servers repeat what they were asked ("Cannot
 * POST /hooks/…"), so what `secrets` matches becomes `***`.
 */
export function excerptOf(body: Uint8Array, contentEncoding?: string, secrets = /(?!)/g): string | undefined {
  if (body.length === 0 || !isPlain(contentEncoding)) return undefined;
  // Twice as much as is kept, so that no secret is cut in two before it is found.
  const masked = startOf(body, 2 * maxExcerptBytes).replace(secrets, '***');
  const text = masked.replace(unprintable, ' ').trim();
  return startOf(Buffer.from(text), maxExcerptBytes).trimEnd() || undefined;
}

function startOf(bytes: Uint8Array, length: number): string {
  if (bytes.length <= length) return textOf(bytes);
  // `stream` holds back a character that the cut goes through, instead of showing U+FFFD for it.
  return new TextDecoder().decode(bytes.subarray(0, length), { stream: true });
}
