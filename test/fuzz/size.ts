// How much text a reading holds, each distinct text once: what a document is copied into, counted without a clock and
// without a look at the heap.

import type { Learned } from '../../src/poll/learn.ts';

export function textIn({ parsed, memory, events }: Learned): number {
  const texts = new Set<string>();
  collect(parsed, texts);
  collect(memory && [...memory.entries], texts);
  collect(events, texts);
  let length = 0;
  for (const text of texts) length += text.length;
  return length;
}

function collect(value: unknown, texts: Set<string>): void {
  if (typeof value === 'string') texts.add(value);
  else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) collect(each, texts);
  }
}
