import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { decodeContent } from '../../src/fetch/content-coding.ts';

const text = Buffer.from('<rss>hello, hello, hello</rss>'.repeat(40));
const roomy = 1_000_000;

const codings = [
  ['gzip', 'gzip', gzipSync],
  ['deflate, as zlib', 'deflate', deflateSync],
  ['deflate, raw', 'deflate', deflateRawSync],
  ['br', 'br', brotliCompressSync],
  ['zstd', 'zstd', zstdCompressSync],
] as const;

async function decodedText(
  coding: string | string[] | undefined,
  wire: Uint8Array,
  max = roomy,
): Promise<string> {
  return Buffer.from(await decodeContent({ 'content-encoding': coding }, wire, max)).toString();
}

describe.each(codings)('%s', (_name, coding, compress) => {
  test('is decoded', async () => {
    expect(await decodedText(coding, compress(text))).toBe(text.toString());
  });

  test('cut at any point is encoding-corrupt', async () => {
    const wire = compress(text);
    for (let length = 1; length < wire.length; length++) {
      await expect(decodedText(coding, wire.subarray(0, length))).rejects.toMatchObject({
        code: 'encoding-corrupt',
      });
    }
  });

  test('of exactly the limit passes, and one byte more is decoded-too-large', async () => {
    const wire = compress(text);
    expect(await decodedText(coding, wire, text.length)).toBe(text.toString());
    const shorter = decodedText(coding, wire, text.length - 1);
    await expect(shorter).rejects.toMatchObject({ code: 'decoded-too-large' });
  });

  test('a limit of 0 lets nothing pass', async () => {
    await expect(decodedText(coding, compress(text), 0)).rejects.toMatchObject({ code: 'decoded-too-large' });
    await expect(decodedText(coding, compress(Buffer.from('x')), 0)).rejects.toMatchObject({
      code: 'decoded-too-large',
    });
  });

  test('a bomb of 50 MB ends at the limit, with little memory', async () => {
    const wire = compress(Buffer.alloc(50_000_000, 'a'));
    const before = process.memoryUsage().rss;
    await expect(decodedText(coding, wire, 2_000_000)).rejects.toMatchObject({ code: 'decoded-too-large' });
    expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
  });
});

describe('the Content-Encoding header', () => {
  test.each([
    ['absent', undefined],
    ['identity', 'identity'],
    ['empty', ''],
    ['identity twice', ['identity', 'Identity']],
  ])('%s leaves the bytes as they are', async (_name, coding) => {
    expect(await decodedText(coding, text)).toBe(text.toString());
  });

  test.each([
    ['in capitals', 'GZIP'],
    ['by its old name', 'x-gzip'],
    ['beside identity', 'identity, gzip'],
    ['with empty list members', ', gzip,'],
  ])('gzip %s is gzip', async (_name, coding) => {
    expect(await decodedText(coding, gzipSync(text))).toBe(text.toString());
  });

  test.each([
    ['unknown', 'foo'],
    ['compress, which nobody sends', 'compress'],
    ['two layers', 'gzip, gzip'],
    ['two layers on two lines', ['gzip', 'br']],
    ['eight layers', Array(8).fill('gzip').join(',')],
  ])('%s is refused', async (_name, coding) => {
    await expect(decodedText(coding, gzipSync(gzipSync(text)))).rejects.toMatchObject({ code: 'encoding' });
  });
});

describe('what follows the end mark', () => {
  test('a second gzip member is decoded too, and its cut is seen', async () => {
    const two = Buffer.concat([gzipSync('one '), gzipSync('two')]);
    expect(await decodedText('gzip', two)).toBe('one two');
    await expect(decodedText('gzip', two.subarray(0, -1))).rejects.toMatchObject({
      code: 'encoding-corrupt',
    });
  });

  test('junk after gzip is encoding-corrupt, zero padding is not', async () => {
    const wire = gzipSync(text);
    const junk = Buffer.concat([wire, Buffer.from('junk')]);
    await expect(decodedText('gzip', junk)).rejects.toMatchObject({ code: 'encoding-corrupt' });
    expect(await decodedText('gzip', Buffer.concat([wire, Buffer.alloc(16)]))).toBe(text.toString());
  });
});

test('a body that is not compressed at all is encoding-corrupt under its label', async () => {
  await expect(decodedText('gzip', text)).rejects.toMatchObject({ code: 'encoding-corrupt' });
});

test('an empty body is an empty document under any label', async () => {
  expect(await decodedText('gzip', new Uint8Array(0))).toBe('');
});

test('an uncompressed body obeys the same limit', async () => {
  expect(await decodedText(undefined, text, text.length)).toBe(text.toString());
  await expect(decodedText(undefined, text, text.length - 1)).rejects.toMatchObject({
    code: 'decoded-too-large',
  });
});
