// The last resort before windows-1252: what the statistics of the bytes suggest. Markup and English words
// would drown the few words that matter, so only the words with bytes beyond ASCII are looked at.

import chardet from 'chardet';

/** Beyond this the answer does not get better, and chardet takes 0.1 ms per KB. */
const sampleBytes = 16 * 1024;

/** Of 100. Below it chardet's first answer is wrong more often than windows-1252 is … */
const leastConfidence = 50;
/** … but words of hardly any ASCII letter are in no Western script, and then any answer is the better one. */
const leastForeignConfidence = 10;
const foreignShare = 0.6;

/** The Windows page that holds all of the ISO one and more; the Encoding Standard merges only some pairs. */
const supersets: Record<string, string> = { 'iso-8859-8': 'windows-1255' };

const esc = 0x1b;

/** Labels worth trying, best first. */
export function detectCharsets(bytes: Uint8Array): string[] {
  const sample = foreignWords(bytes);
  if (sample.length === 0) return [];
  const least = isForeignScript(sample) ? leastForeignConfidence : leastConfidence;
  return chardet
    .analyse(sample)
    .filter(({ confidence }) => confidence >= least)
    .map(({ name }) => name.toLowerCase())
    .filter((label) => !/^(utf-|ascii$)/.test(label))
    .map((label) => supersets[label] ?? label);
}

function isForeignScript(sample: Uint8Array): boolean {
  let letters = 0;
  let foreign = 0;
  for (const byte of sample) {
    if (byte > 0x20) letters += 1;
    if (byte >= 0x80) foreign += 1;
  }
  return foreign > foreignShare * letters;
}

// White space and angle brackets are never the second byte of a character in an 8-bit charset. In ISO-2022
// they can be, but there the escape sequences alone decide.
function foreignWords(bytes: Uint8Array): Uint8Array {
  const sample = new Uint8Array(sampleBytes);
  let length = 0;
  let start = 0;
  let isForeign = false;
  for (let index = 0; index <= bytes.length; index++) {
    const byte = bytes[index] ?? 0x20;
    if (byte >= 0x80 || byte === esc) isForeign = true;
    if (byte === esc || (byte > 0x20 && byte !== 0x3c && byte !== 0x3e)) continue;
    if (isForeign) {
      const word = bytes.subarray(start, index);
      if (length + word.length + 1 > sampleBytes) break;
      sample.set(word, length);
      length += word.length;
      sample[length++] = 0x20;
    }
    start = index + 1;
    isForeign = false;
  }
  return sample.subarray(0, length);
}
