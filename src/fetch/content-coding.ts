// Turns the bytes of the wire into the bytes of the document: at most one layer of gzip, deflate, br or zstd.
// Works on a body whose framing is proven complete, so that a cut inside the compressed data is told from a cut
// connection, and proves in turn that the decoder reached its end mark. The size is counted while decompressing:
// what a few bytes could become is never allocated beyond the limit.
// RFC 9110 §8.4.1: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1

import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import { FetchError } from '../errors.ts';
import { type AnswerHeaders, wholeList } from './headers.ts';

type Decoder = (
  wire: Uint8Array,
  options: { maxOutputLength: number; chunkSize: number },
) => Promise<Uint8Array>;

const gzip: Decoder = promisify(gunzip);
const zlib: Decoder = promisify(inflate);
const rawDeflate: Decoder = promisify(inflateRaw);

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', (wire, options) => (hasZlibHeader(wire) ? zlib : rawDeflate)(wire, options)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)],
]);

// Four times zlib's default: fewer turns of the event loop, and of 20 MB no more than 64 KB too much.
const chunkBytes = 64 * 1_024;

/** Throws FetchError `encoding`, `encoding-corrupt` or `decoded-too-large`. */
export async function decodeContent(
  headers: AnswerHeaders,
  wire: Uint8Array,
  maxBodyBytes: number,
): Promise<Uint8Array> {
  const decoder = decoderOf(headers);
  // Servers label an empty body like a full one; that it is empty, the parser says.
  const body = decoder === undefined || wire.length === 0 ? wire : await run(decoder, wire, maxBodyBytes);
  if (body.length > maxBodyBytes) throw tooLarge(maxBodyBytes);
  return body;
}

function decoderOf(headers: AnswerHeaders): Decoder | undefined {
  const value = wholeList(headers, 'content-encoding') ?? '';
  const layers = value
    .split(',')
    .map((layer) => layer.trim().toLowerCase())
    .filter((layer) => layer !== '' && layer !== 'identity');
  const [coding] = layers;
  if (coding === undefined) return undefined;
  if (layers.length > 1) throw new FetchError('encoding', `${layers.length} layers of content coding`);
  const decoder = decoders.get(coding);
  if (decoder === undefined)
    throw new FetchError('encoding', `unknown content coding "${coding.slice(0, 20)}"`);
  return decoder;
}

async function run(decoder: Decoder, wire: Uint8Array, maxBodyBytes: number): Promise<Uint8Array> {
  try {
    // zlib takes no limit of 0; the caller compares the length once more.
    return await decoder(wire, { maxOutputLength: Math.max(1, maxBodyBytes), chunkSize: chunkBytes });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBodyBytes);
    throw new FetchError('encoding-corrupt', `damaged or cut (${codeOf(error)})`, { cause: error });
  }
}

// RFC 1950 §2.2. The coding "deflate" means zlib, but some servers send what zlib wraps, RFC 1951.
function hasZlibHeader(wire: Uint8Array): boolean {
  const [method = 0, flags = 0] = wire;
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
}

function tooLarge(maxBodyBytes: number): FetchError {
  return new FetchError('decoded-too-large', `more than ${maxBodyBytes} bytes once decompressed`);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}
